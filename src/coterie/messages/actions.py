"""What one can do with messages: send, put, list, edit, delete.

Every write goes through a writer, which stores those of many people in one commit. A write that repeats its key (the
message's id, the author's nonce, the client's version) is answered with what the key made first.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from coterie import errors
from coterie.conversations.receipts import Receipt, Receipts
from coterie.database.connection import Connection, Database
from coterie.errors import CoterieError
from coterie.identifiers import new_id
from coterie.log import versions
from coterie.log.event import Event
from coterie.log.writer import Writer
from coterie.messages import (
    access,
    changes,
    insertion,
    mentions,
    metered,
    pages,
    parts,
    queries,
    read_marks,
    slow_mode,
    unread,
)
from coterie.messages.changes import ChangeRequest, Counted, Deed, digest_of, encoder, event_of
from coterie.messages.insertion import Sending
from coterie.messages.mentions import NOBODY, Mentions, Text
from coterie.messages.models import Draft, Message, MessageCreation, MessageEdit, ReplyCreation, UnreadCount
from coterie.messages.read_marks import ReadMark
from coterie.messages.slow_mode import SlowSending, seconds_to_wait
from coterie.permissions.bits import Permission
from coterie.permissions.rights import Rights, Seen
from coterie.usage.counting import Usage

ATTEMPTS: Final = 5
"""How often a write whose rights change all the while is judged anew."""


CUSTOM: Final = re.compile("c:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
"""A reaction with an emoji of the server's own, by its id."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Which page of a history: just before, just after or around a message; the newest without any."""

    limit: int
    before: UUID | None = None
    after: UUID | None = None
    around: UUID | None = None


@dataclass(frozen=True, slots=True)
class Put:
    """A message as it shall be, under the client's own id, and the client's own name for this write."""

    channel_id: UUID
    author_id: UUID
    message_id: UUID
    content: str
    reply_to: UUID | None = None
    client_version: str | None = None
    thread_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class MessagePlace:
    """A message, named together with its channel."""

    channel_id: UUID
    message_id: UUID

    def request(self, actor_id: UUID, deed: Deed, counted: Counted = "") -> ChangeRequest:
        return ChangeRequest(self.message_id, actor_id, deed, channel_id=self.channel_id, counted=counted)


class Messages:
    """What the actions on messages work with."""

    def __init__(self, database: Database, rights: Rights, usage: Usage) -> None:
        self.database: Final = database
        self.rights: Final = rights
        self.usage: Final = usage
        self.sending: Final[Writer[Sending, Message]] = Writer(
            partial(store, self), weigh=lambda sending: 500 + 4 * len(sending.draft.content)
        )
        self.changing: Final[Writer[ChangeRequest, Message]] = Writer(
            partial(changes.apply, database, rights), weigh=lambda _: 4_000, key=lambda request: request.message_id
        )
        self.marking: Final[Writer[ReadMark, None]] = Writer(
            partial(read_marks.store, database, rights), weigh=lambda _: 200, key=lambda mark: mark
        )
        self.receipts: Final = Receipts(database, rights)

    async def close(self) -> None:
        """Wait until everything that was taken is stored."""
        await self.sending.close()
        await self.changing.close()
        await self.marking.close()
        await self.receipts.close()


async def send(messages: Messages, channel_id: UUID, author_id: UUID, creation: MessageCreation) -> Message:
    """Put a message at the end of a channel; returns when it is durable."""
    return await messages.sending.submit(sending(channel_id, author_id, creation))


async def reply(messages: Messages, place: MessagePlace, author_id: UUID, creation: ReplyCreation) -> Message:
    """Put a reply at the end of a message's thread, through the same gate as any message."""
    draft = _draft(new_id(), place.channel_id, author_id, creation.content)
    draft = msgspec.structs.replace(draft, thread_id=place.message_id, nonce=creation.nonce)
    return await messages.sending.submit(sending_of(draft))


def sending(channel_id: UUID, author_id: UUID, creation: MessageCreation, thread_id: UUID | None = None) -> Sending:
    """A message on its way to the writer."""
    draft = _draft(new_id(), channel_id, author_id, creation.content)
    return sending_of(
        msgspec.structs.replace(draft, reply_to=creation.reply_to, nonce=creation.nonce, thread_id=thread_id)
    )


async def put(messages: Messages, put: Put) -> Message:
    """Create or edit the message of this id; a repeat changes nothing.

    Raises NONCE_REUSED when the key was used for something else: the client version, or without one the id.
    """
    if await queries.message(messages.database, put.message_id) is None:
        draft = _draft(put.message_id, put.channel_id, put.author_id, put.content)
        draft = msgspec.structs.replace(draft, reply_to=put.reply_to, thread_id=put.thread_id)
        created = await messages.sending.submit(sending_of(draft, put.client_version))
        if created.content == put.content:
            return created
    return await _put_again(messages, put)


async def store(messages: Messages, sendings: Sequence[Sending], *, is_retry: bool) -> list[Message | CoterieError]:
    """Write a batch in one statement and one commit. What an earlier try committed is found by its id.

    Rights are judged by what the process knows. Whoever has none by that, or whose server has moved on since, is judged
    anew; what is passed over even then has a reason that can be told.
    """
    results: dict[int, Message | CoterieError] = {}
    for attempt in range(ATTEMPTS):
        todo = [(index, sending) for index, sending in enumerate(sendings) if index not in results]
        if not todo:
            break
        await _store_some(messages, todo, results, is_fresh=attempt > 0)
    late = CoterieError(errors.UNAVAILABLE, retry_after=1)
    return [results.get(index, late) for index in range(len(sendings))]


async def _store_some(
    messages: Messages,
    todo: Sequence[tuple[int, Sending]],
    results: dict[int, Message | CoterieError],
    *,
    is_fresh: bool,
) -> None:
    """Store what may be stored. With `is_fresh` what may not is told why; else it is left for another attempt."""
    pairs = [(sending.draft.channel_id, sending.author_id) for _, sending in todo]
    judged = await messages.rights.judge(messages.database, pairs, is_fresh=is_fresh)
    permitted = await _with_mentions(
        messages,
        [
            (index, sending, seen)
            for (index, sending), seen in zip(todo, judged, strict=True)
            if seen is not None and _refusal(seen) is None
        ],
    )
    waits = [seconds_to_wait(seen) for _, _, seen in permitted]
    late: dict[int, CoterieError] = {}
    if any(waits):
        late = await _store_slowly(messages, permitted, waits, results)
        permitted = [each for each, wait in zip(permitted, waits, strict=True) if not wait]
    outcomes = await _insert(messages, [(sending, seen.as_of) for _, sending, seen in permitted])
    for number, (index, sending, _) in enumerate(permitted):
        outcome = outcomes.get(number)
        if isinstance(outcome, CoterieError):
            late[index] = outcome
        elif outcome is not None:
            results[index] = placed = _placed(sending.draft, outcome)
            _reach(messages, sending.author_id, [placed])
    if not is_fresh:
        return
    for (index, sending), seen in zip(todo, judged, strict=True):
        if index not in results:
            reason = await _passed_over(messages.database, sending, seen) or late.get(index)
            if reason is not None:
                results[index] = reason


async def _store_slowly(
    messages: Messages,
    permitted: Sequence[tuple[int, Sending, Seen]],
    waits: Sequence[int],
    results: dict[int, Message | CoterieError],
) -> dict[int, CoterieError]:
    """Store the messages of those who have to wait between two. Answers whose turn it is not: it may be a repeat."""
    slow = [
        (index, SlowSending(sending, seen.as_of, wait))
        for (index, sending, seen), wait in zip(permitted, waits, strict=True)
        if wait
    ]
    late: dict[int, CoterieError] = {}
    outcomes = await slow_mode.insert(messages.database, messages.usage, [each for _, each in slow])
    for (index, each), outcome in zip(slow, outcomes, strict=True):
        if isinstance(outcome, CoterieError):
            late[index] = outcome
        elif outcome is not None:
            results[index] = _placed(each.sending.draft, outcome)
    return late


async def _with_mentions(
    messages: Messages, permitted: list[tuple[int, Sending, Seen]]
) -> list[tuple[int, Sending, Seen]]:
    """The messages with whom they call; most call nobody."""
    texts = [Text(sending.draft.content, seen, sending.draft.reply_to) for _, sending, seen in permitted]
    calling = [text for text in texts if text.may_call]
    if not calling:
        return permitted
    found = iter(await mentions.resolve(messages.database, messages.rights, calling))
    return [
        (index, _calling(sending, next(found)) if text.may_call else sending, seen)
        for (index, sending, seen), text in zip(permitted, texts, strict=True)
    ]


def _calling(sending: Sending, called: Mentions) -> Sending:
    if called == NOBODY:
        return sending
    draft = mentions.mentioning(sending.draft, called)
    return replace(sending, draft=draft, json=encoder.encode(draft).decode(), mentions=called)


async def _insert(
    messages: Messages, judged: Sequence[tuple[Sending, int]]
) -> Mapping[int, int] | Mapping[int, int | CoterieError]:
    database, usage = messages.database, messages.usage
    if not judged:
        return {}
    try:
        if not metered.is_metered(usage, judged):
            return await insertion.insert(database, judged, usage.period)
        async with database.acquire() as connection, connection.transaction():
            return await metered.insert(connection, usage, judged)
    except asyncpg.UniqueViolationError:
        if len(judged) > 1:
            raise
        return {}


def _refusal(seen: Seen | None) -> CoterieError | None:
    """Why somebody may not send there, if so."""
    if seen is None or seen.place is None:
        return CoterieError(errors.NOT_FOUND)
    if seen.place.type != "text":
        return CoterieError(errors.NOT_A_TEXT_CHANNEL)
    try:
        seen.check(Permission.SEND_MESSAGES)
    except CoterieError as error:
        return error
    return None


async def page(messages: Messages, channel_id: UUID, viewer: UUID, cursor: Cursor) -> list[Message]:
    """A page of a channel's history, newest first; empty when the cursor's message is not in the channel."""
    found = await _page(messages, channel_id, viewer, cursor)
    _reach(messages, viewer, found)
    return found


def _reach(messages: Messages, user_id: UUID, found: Sequence[Message]) -> None:
    """Whoever has fetched or written messages of a conversation has what came before, too."""
    if found and messages.rights.is_conversation(found[0].channel_id):
        messages.receipts.reached(user_id, found[0])


async def _page(messages: Messages, channel_id: UUID, viewer: UUID, cursor: Cursor) -> list[Message]:
    named = cursor.before or cursor.after or cursor.around
    if named is None:
        return await _newest(messages, channel_id, viewer, cursor.limit)
    database = messages.database
    await messages.rights.in_channel(database, channel_id, viewer)
    seq = await pages.seq_of(database, channel_id, named)
    if seq is None:
        return []
    return await with_reactions(database, await _page_at(database, channel_id, seq, cursor), viewer)


async def get(messages: Messages, channel_id: UUID, message_id: UUID, viewer: UUID) -> Message:
    """One message, or its tombstone."""
    message = await _found(messages, MessagePlace(channel_id, message_id), viewer)
    return (await with_reactions(messages.database, [message], viewer))[0]


async def edit(messages: Messages, message_id: UUID, user_id: UUID, content: str) -> Message:
    """Change what one wrote."""
    changed = await messages.changing.submit(ChangeRequest(message_id, user_id, changes.edit(content)))
    return (await with_reactions(messages.database, [changed], user_id))[0]


async def delete(messages: Messages, message_id: UUID, user_id: UUID) -> None:
    """Leave a tombstone in a message's place."""
    await messages.changing.submit(ChangeRequest(message_id, user_id, changes.delete()))


async def react(messages: Messages, place: MessagePlace, user_id: UUID, emoji: str) -> None:
    """Add one's reaction; a repeat changes nothing. An emoji of a server's own counts there only."""
    if emoji.startswith("c:"):
        await messages.rights.in_channel(messages.database, place.channel_id, user_id)
        named = CUSTOM.fullmatch(emoji)
        if named is None or not await parts.is_emoji_of(messages.database, UUID(named[1]), place.channel_id):
            raise CoterieError(errors.UNKNOWN_EMOJI)
    await messages.changing.submit(place.request(user_id, changes.react(user_id, emoji), "emojis"))


async def unreact(messages: Messages, place: MessagePlace, user_id: UUID, emoji: str) -> None:
    """Take one's reaction back."""
    await messages.changing.submit(place.request(user_id, changes.unreact(user_id, emoji)))


async def pin(messages: Messages, place: MessagePlace, user_id: UUID) -> None:
    """Pin a message; a repeat changes nothing."""
    await messages.changing.submit(place.request(user_id, changes.pin(user_id), "pins"))


async def unpin(messages: Messages, place: MessagePlace, user_id: UUID) -> None:
    """Take a pin away."""
    await messages.changing.submit(place.request(user_id, changes.unpin(user_id)))


async def mark_read(messages: Messages, channel_id: UUID, user_id: UUID, up_to: UUID | None = None) -> None:
    """Remember that the user has read up to a message, or all there is; their other devices learn of it.

    In a conversation the others learn of it too, if the user sends read receipts.
    """
    await messages.marking.submit(ReadMark(user_id, channel_id, up_to))
    if messages.rights.is_conversation(channel_id):
        await messages.receipts.keep(Receipt(user_id, channel_id, up_to, is_read=True))


async def mark_message_read(messages: Messages, message_id: UUID, user_id: UUID) -> None:
    """Remember that the user has read up to a message, wherever it is."""
    message = await access.visible(messages.rights, messages.database, message_id, user_id)
    await mark_read(messages, message.channel_id, user_id, message_id)


async def unread_counts(messages: Messages, user_id: UUID) -> list[UnreadCount]:
    """What somebody has not read of the channels that they may view, and of their conversations."""
    seen = await messages.rights.memberships(messages.database, user_id)
    channels = [channel for each in seen for channel in each.visible_channels]
    conversations = await queries.conversations_of(messages.database, user_id)
    return await unread.counts(messages.database, user_id, dict.fromkeys((*channels, *conversations), unread.LATEST))


async def thread(
    messages: Messages, place: MessagePlace, viewer: UUID, after: UUID | None, limit: int
) -> list[Message]:
    """A page of a thread, oldest first, behind one of its replies; empty when that is not in the channel."""
    await _found(messages, place, viewer)
    seq = await pages.seq_of(messages.database, place.channel_id, after) if after else 0
    if seq is None:
        return []
    replies = await pages.replies(messages.database, place.message_id, seq, limit)
    return await with_reactions(messages.database, replies, viewer)


async def edits(messages: Messages, place: MessagePlace, viewer: UUID) -> list[MessageEdit]:
    """What a message said before, oldest first; for its author and who may manage messages there."""
    message = await _found(messages, place, viewer)
    if message.deleted:
        raise CoterieError(errors.NOT_FOUND)
    if message.author_id != viewer:
        seen = await messages.rights.in_channel(messages.database, place.channel_id, viewer)
        seen.check(Permission.MANAGE_MESSAGES)
    return await queries.edits(messages.database, place.message_id)


async def read_log(
    connection: Connection, channel_id: UUID, after: int, limit: int, *, created: str = "MESSAGE_CREATE"
) -> list[Event]:
    """The log's reader for channels: each changed message as it is now; a new one's event is called `created`."""
    changed = await pages.changed_after(connection, channel_id, after, limit)
    names = await versions.names_of(connection, channel_id, [message.version for message in changed])
    complete = await with_reactions(connection, changed, None)
    return [event_of(message, _type(message, after, created), names.get(message.version)) for message in complete]


async def with_reactions(connection: Connection, messages: list[Message], viewer: UUID | None) -> list[Message]:
    """The messages with their files, what people reacted, and whether the viewer did."""
    found = await parts.parts(connection, [message.id for message in messages], viewer)
    return [changes.joined(message, found.get(message.id)) for message in messages]


async def _newest(messages: Messages, channel_id: UUID, viewer: UUID, limit: int) -> list[Message]:
    """By what the process knows of the viewer's rights if that is still so, which the statement finds out."""
    seen = messages.rights.known(channel_id, viewer)
    if seen is not None and seen.place is not None:
        found, reacted = await pages.newest_as_of(messages.database, seen.place, limit, seen.as_of)
        if found:
            return await with_reactions(messages.database, found, viewer) if reacted else found
    await messages.rights.in_channel(messages.database, channel_id, viewer)
    return await with_reactions(messages.database, await pages.newest(messages.database, channel_id, limit), viewer)


async def _found(messages: Messages, place: MessagePlace, viewer: UUID) -> Message:
    """The message, or its tombstone, if the viewer may see it where it is said to be."""
    message = await access.visible(messages.rights, messages.database, place.message_id, viewer)
    if message.channel_id != place.channel_id:
        raise CoterieError(errors.NOT_FOUND)
    return message


async def _page_at(connection: Connection, channel_id: UUID, seq: int, cursor: Cursor) -> list[Message]:
    if cursor.before:
        return await pages.before(connection, channel_id, seq, cursor.limit)
    if cursor.after:
        return await pages.after(connection, channel_id, seq, cursor.limit)
    older = await pages.before(connection, channel_id, seq + 1, cursor.limit // 2 + 1)
    newer = await pages.after(connection, channel_id, seq, cursor.limit - len(older))
    return newer + older


async def _put_again(messages: Messages, put: Put) -> Message:
    """The message is there already: the same write, or an edit under a name of its own."""
    current = await access.visible(messages.rights, messages.database, put.message_id, put.author_id)
    if current.channel_id != put.channel_id:
        raise CoterieError(errors.NOT_FOUND)
    if put.client_version is None:
        if current.author_id != put.author_id or current.content != put.content:
            raise CoterieError(errors.NONCE_REUSED)
        return current
    digest = digest_of(put.message_id, put.content)
    return await messages.changing.submit(
        ChangeRequest(put.message_id, put.author_id, changes.edit(put.content), put.client_version, digest)
    )


async def _passed_over(database: Database, sending: Sending, seen: Seen | None) -> Message | CoterieError | None:
    """Why a write found no place: no right, a repeat (answered with what it made first), or a reply to nothing.

    None if nothing stands in its way but that the server has moved on meanwhile.
    """
    draft = sending.draft
    if (refusal := _refusal(seen)) is not None:
        return refusal
    earlier = await queries.earlier(database, draft)
    if earlier is not None:
        return earlier if _is_repeat(draft, earlier) else CoterieError(errors.NONCE_REUSED)
    if sending.client_version and await versions.position_of(database, draft.channel_id, sending.client_version):
        return CoterieError(errors.NONCE_REUSED)
    if draft.reply_to and not await queries.stands_in(database, draft.reply_to, draft.channel_id):
        return CoterieError(errors.REPLY_NOT_FOUND)
    if draft.thread_id is not None:
        return await _thread_refusal(database, draft.thread_id, draft.channel_id)
    return None


async def _thread_refusal(database: Database, thread_id: UUID, channel_id: UUID) -> CoterieError | None:
    root = await queries.message(database, thread_id)
    if root is None or root.deleted or root.channel_id != channel_id:
        return CoterieError(errors.NOT_FOUND)
    return CoterieError(errors.THREAD_IN_THREAD) if root.thread_id is not None else None


def _is_repeat(draft: Draft, earlier: Message) -> bool:
    """Whether both are one write. What became of the message since does not matter."""
    is_same_place = _place(earlier) == _place(draft)
    is_changed = earlier.edited_at is not None or earlier.deleted
    is_same_text = (earlier.content, earlier.reply_to) == (draft.content, draft.reply_to)
    return is_same_place and (is_changed or is_same_text)


def _place(draft: Draft) -> tuple[UUID, UUID | None, UUID | None]:
    return draft.channel_id, draft.thread_id, draft.author_id


def _draft(id: UUID, channel_id: UUID, author_id: UUID, content: str) -> Draft:
    return Draft(
        id=id,
        channel_id=channel_id,
        author_id=author_id,
        nonce=None,
        content=content,
        type="text",
        reply_to=None,
        created_at=datetime.now(UTC),
    )


def sending_of(draft: Draft, client_version: str | None = None) -> Sending:
    """A draft as the writer takes it."""
    digest = digest_of(draft.id, draft.content) if client_version else b""
    return Sending(draft, encoder.encode(draft).decode(), client_version, digest)


def _placed(draft: Draft, seq: int) -> Message:
    return Message(*msgspec.structs.astuple(draft), seq=seq, version=seq)


def _type(message: Message, after: int, created: str) -> str:
    if message.deleted:
        return "MESSAGE_DELETE"
    if message.seq <= after:
        return "MESSAGE_UPDATE"
    return created if message.thread_id is None else "THREAD_MESSAGE_CREATE"
