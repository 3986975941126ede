"""The one gate for writing messages: send, put, edit, delete, react, pin, and mark as read. `history.py` reads them.

Every interface writes through these functions, and nothing else uses the writers. A text is admitted here (space, and
how often its author writes); the writers judge the rest, step by step (`sending`, `changing`): who may write there,
automod, mentions, slow mode, quota.

Every write goes through a writer, which stores the writes of many people in one commit. A write that repeats its key
(the message's id, the author's nonce, the client's version) gets the answer of the first.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Final, TypeAlias
from uuid import UUID

from msgspec.structs import replace

from coterie import errors
from coterie.database.connection import Connection, Database
from coterie.errors import CoterieError
from coterie.filtering.rules import AutomodRefusalError
from coterie.http.rate_limits import Limits
from coterie.log.append import advance, lock
from coterie.log.writer import Writer
from coterie.messages import access, operations, parts, queries, read_marks, system_messages, unread
from coterie.messages.admission import EVERYTHING, WriteAdmission
from coterie.messages.author import SystemAuthor, UserAuthor
from coterie.messages.changing import store as changing
from coterie.messages.changing.request import ChangeRequest, MessagePlace, digest_of
from coterie.messages.enforcing import NOTHING, Consequences, RefusedWrite
from coterie.messages.limits import READINGS
from coterie.messages.models import Message, MessageCreation, ReplyCreation, UnreadCount
from coterie.messages.reactions import check_emoji, custom_id, is_custom
from coterie.messages.read_marks import ReadMark
from coterie.messages.receipts import Receipt, Receipts
from coterie.messages.sending import drafts
from coterie.messages.sending.attempt import Sending
from coterie.messages.sending.drafts import Put
from coterie.messages.sending.store import Sender, store
from coterie.messages.system_messages import PlacedSystemMessage, SystemMessage
from coterie.permissions.cache import PermissionCache
from coterie.usage.counting import Usage

Answer: TypeAlias = "Callable[[asyncio.Future[Message]], object]"


class Messages:
    """What the actions on messages need: their writers, what admits a text, and what follows from one."""

    def __init__(
        self,
        database: Database,
        permissions: PermissionCache,
        usage: Usage,
        admission: WriteAdmission = EVERYTHING,
        consequences: Consequences = NOTHING,
    ) -> None:
        self.database: Final = database
        self.permissions: Final = permissions
        self.admission: Final = admission
        self.receipts: Final = Receipts(database, permissions)
        self.sender: Final = Sender(
            database, permissions, usage, self.receipts, consequences.introduced, admission.screening
        )
        self.sending: Final[Writer[Sending, Message]] = Writer(
            partial(store, self.sender),
            weigh=lambda sending: 500 + 4 * len(sending.draft.content),
        )
        self.changing: Final[Writer[ChangeRequest, Message]] = Writer(
            partial(changing.store, database, permissions, screening=admission.screening),
            weigh=lambda _: 4_000,
            key=lambda request: request.message_id,
        )
        self.marking: Final[Writer[ReadMark, None]] = Writer(
            partial(read_marks.store, database, permissions), weigh=lambda _: 200, key=lambda mark: mark
        )
        self._enforce: Final = consequences.enforce
        self._enforcing: Final[set[asyncio.Task[Message]]] = set()

    async def refuse(self, refusal: AutomodRefusalError, key: str) -> Message:
        """Raise automod's refusal after its consequences. `key` is the name of the write: a repeat has the same one."""
        await self._enforce(RefusedWrite(refusal.written, refusal.verdict, key))
        raise refusal

    def refuse_later(self, refusal: AutomodRefusalError, key: str, answer: Answer) -> None:
        """The same, for a caller that does not wait; `answer` is called with the refusal."""
        task = asyncio.create_task(self.refuse(refusal, key))
        self._enforcing.add(task)
        task.add_done_callback(self._enforcing.discard)
        task.add_done_callback(answer)

    async def close(self) -> None:
        """Wait until everything submitted is stored."""
        await self.sending.close()
        await asyncio.gather(*self._enforcing, return_exceptions=True)
        await self.changing.close()
        await self.marking.close()
        await self.receipts.close()


async def send(messages: Messages, channel_id: UUID, author_id: UUID, creation: MessageCreation) -> Message:
    """Put a message at the end of a channel; returns when it is durable."""
    return await create(messages, drafts.created(channel_id, author_id, creation))


async def reply(messages: Messages, place: MessagePlace, author_id: UUID, creation: ReplyCreation) -> Message:
    """Put a reply at the end of a message's thread; returns when it is durable."""
    whole = MessageCreation(creation.content, creation.reply_to, creation.nonce)
    return await create(messages, drafts.created(place.channel_id, author_id, whole, place.message_id))


async def create(messages: Messages, sending: Sending) -> Message:
    """Store a new message; returns when it is durable. What automod refuses has consequences for its author."""
    messages.admission.check(sending.author_id)
    return await _store(messages, sending)


def enqueue(messages: Messages, sending: Sending, answer: Answer) -> None:
    """Take a message now, in the order of the calls, as `create` does; `answer` is called with what became of it."""

    def done(stored: "asyncio.Future[Message]") -> None:
        error = stored.exception() if not stored.cancelled() else None
        if isinstance(error, AutomodRefusalError):
            messages.refuse_later(error, sending.key, answer)
        else:
            answer(stored)

    messages.admission.check(sending.author_id)
    messages.sending.enqueue(sending).add_done_callback(done)


async def rewrite(messages: Messages, request: ChangeRequest) -> Message:
    """Give a message another text; returns when that is durable. As in `create` with automod."""
    messages.admission.check(request.actor_id)
    return await _rewrite(messages, request)


async def change(messages: Messages, request: ChangeRequest) -> Message:
    """Change a message without writing a text: a deletion, a vote. Returns when that is durable."""
    return await messages.changing.submit(request)


async def carry_out(connection: Connection, requests: Sequence[ChangeRequest]) -> None:
    """Change messages as Coterie, inside the caller's transaction; what is done already stays as it is."""
    assert all(isinstance(request.author, SystemAuthor) for request in requests), "users are judged"
    await changing.store_in(connection, PermissionCache(), requests, is_retry=True)


async def attach(
    connection: Connection, permissions: PermissionCache, place: MessagePlace, user_id: UUID, filenames: Sequence[str]
) -> Message:
    """Change a message to which the caller adds files in its transaction, at the next position of the channel.

    Raises what refuses it, so that the transaction is rolled back.
    """
    request = place.request(user_id, operations.attach(filenames))
    [changed] = await changing.store_in(connection, permissions, [request], is_retry=False)
    if isinstance(changed, CoterieError):
        raise changed
    return changed


async def add_system_messages(connection: Connection, channel_id: UUID, *told: SystemMessage) -> None:
    """Add system messages to a channel or conversation, if it still exists, inside the caller's transaction.

    The caller has locked its topic.
    """
    position = (await lock(connection, [channel_id])).get(channel_id) if told else None
    if position is not None:
        given = [PlacedSystemMessage(channel_id, position + n, each) for n, each in enumerate(told, start=1)]
        await advance(connection, await system_messages.insert(connection, given, datetime.now(UTC)))


async def _store(messages: Messages, sending: Sending) -> Message:
    try:
        return await messages.sending.submit(sending)
    except AutomodRefusalError as refusal:
        return await messages.refuse(refusal, sending.key)


async def _rewrite(messages: Messages, request: ChangeRequest) -> Message:
    try:
        return await messages.changing.submit(request)
    except AutomodRefusalError as refusal:
        return await messages.refuse(refusal, digest_of(request.message_id, refusal.written.content).hex())


async def put(messages: Messages, put: Put) -> Message:
    """Create or edit the message of this id; a repeat changes nothing.

    Raises NONCE_REUSED when the key was used for something else: the client version, or without one the id.
    """
    messages.admission.check(put.author_id)
    if await queries.message(messages.database, put.message_id) is None:
        created = await _store(messages, drafts.put(put))
        if put.says_the_same_as(created):
            return created
    return await _put_again(messages, put)


async def _put_again(messages: Messages, put: Put) -> Message:
    """The message exists already: this is the same write, or an edit with a client version of its own."""
    place = MessagePlace(put.channel_id, put.message_id)
    current = await access.visible_at(messages.permissions, messages.database, place, put.author_id)
    if put.client_version is None:
        said = await queries.first_text(messages.database, put.message_id)
        first = current if said is None else replace(current, content=said)
        if current.author_id != put.author_id or not (put.says_the_same_as(first) or put.says_the_same_as(current)):
            raise CoterieError(errors.NONCE_REUSED)
        return current
    edit = operations.edit(put.content)
    author = UserAuthor(put.author_id)
    request = ChangeRequest(put.message_id, author, edit, put.client_version, put.digest, had=put.had)
    return await _rewrite(messages, request)


async def edit(messages: Messages, message_id: UUID, user_id: UUID, content: str) -> Message:
    """Change the text of your own message."""
    changed = await rewrite(messages, ChangeRequest(message_id, UserAuthor(user_id), operations.edit(content)))
    return (await parts.with_parts(messages.database, [changed], user_id))[0]


async def delete(messages: Messages, message_id: UUID, user_id: UUID) -> None:
    """Leave a tombstone in a message's place."""
    await change(messages, ChangeRequest(message_id, UserAuthor(user_id), operations.delete()))


async def react(messages: Messages, place: MessagePlace, user_id: UUID, emoji: str) -> None:
    """Add a reaction; a repeat changes nothing. A custom emoji is valid only in its server."""
    check_emoji(emoji)
    if is_custom(emoji):
        await messages.permissions.in_channel(messages.database, place.channel_id, user_id)
        emoji_id = custom_id(emoji)
        if emoji_id is None or not await parts.is_emoji_of(messages.database, emoji_id, place.channel_id):
            raise CoterieError(errors.UNKNOWN_EMOJI)
    await change(messages, place.request(user_id, operations.react(user_id, emoji), "emojis"))


async def unreact(messages: Messages, place: MessagePlace, user_id: UUID, emoji: str) -> None:
    """Remove your own reaction."""
    check_emoji(emoji)
    await change(messages, place.request(user_id, operations.unreact(user_id, emoji)))


async def pin(messages: Messages, place: MessagePlace, user_id: UUID) -> None:
    """Pin a message; a repeat changes nothing."""
    await change(messages, place.request(user_id, operations.pin(user_id), "pins"))


async def unpin(messages: Messages, place: MessagePlace, user_id: UUID) -> None:
    await change(messages, place.request(user_id, operations.unpin(user_id)))


async def mark_read(messages: Messages, channel_id: UUID, user_id: UUID, up_to: UUID | None = None) -> None:
    """Store that the user has read up to a message, or everything; their other devices are notified.

    In a conversation the other participants are notified too, if the user sends read receipts.
    """
    await messages.marking.submit(ReadMark(user_id, channel_id, up_to))
    if messages.permissions.is_conversation(channel_id):
        await messages.receipts.keep(Receipt(user_id, channel_id, up_to, is_read=True))


async def mark_server_read(messages: Messages, server_id: UUID, user_id: UUID) -> None:
    """Store that the user has read every channel of a server that they can view; their other devices are notified."""
    authority = await messages.permissions.in_server(messages.database, server_id, user_id)
    visible = dict.fromkeys(authority.visible_channels, unread.LATEST)
    async with messages.database.acquire() as connection, connection.transaction():
        counts = await unread.counts(connection, user_id, visible)
        await read_marks.move(connection, [ReadMark(user_id, each.channel_id) for each in counts])


async def mark_unread(messages: Messages, channel_id: UUID, user_id: UUID, message_id: UUID) -> None:
    """Store that the user has not read a message and all after it; their other devices are notified.

    What a conversation's other participants were told of reading stays as it is.
    """
    message = await access.visible(messages.permissions, messages.database, message_id, user_id)
    if message.channel_id != channel_id:
        raise CoterieError(errors.NOT_FOUND)
    async with messages.database.acquire() as connection, connection.transaction():
        await read_marks.move_back(connection, user_id, channel_id, message.seq - 1)


async def mark_message_read(messages: Messages, message_id: UUID, user_id: UUID) -> None:
    """Store that the user has read up to a message, whichever channel it is in."""
    message = await access.visible(messages.permissions, messages.database, message_id, user_id)
    await mark_read(messages, message.channel_id, user_id, message_id)


async def unread_counts(messages: Messages, limits: Limits, user_id: UUID) -> list[UnreadCount]:
    """What a user has not read in all that they follow; it costs as many readings as these are."""
    limits.action(READINGS, user_id, 0)
    authority = await messages.permissions.memberships(messages.database, user_id)
    channels = [channel for each in authority for channel in each.visible_channels]
    conversations = await queries.conversations_of(messages.database, user_id)
    topics = dict.fromkeys((*channels, *conversations), unread.LATEST)
    limits.charge(READINGS, user_id, len(topics))
    return await unread.counts(messages.database, user_id, topics)
