"""What one can do with messages: send, put, list, edit, delete.

Every write goes through a writer, which stores those of many people in one commit. A write that repeats its key (the
message's id, the author's nonce, the client's version) is answered with what the key made first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from coterie import errors
from coterie.database.connection import Connection, Database
from coterie.errors import CoterieError
from coterie.identifiers import new_id
from coterie.log import versions
from coterie.log.event import Event
from coterie.log.writer import Writer
from coterie.messages import access, changes, queries, read_marks
from coterie.messages.changes import ChangeRequest, Deed, digest_of, encoder, event_of
from coterie.messages.models import Draft, Message, MessageCreation
from coterie.messages.queries import Sending
from coterie.messages.read_marks import ReadMark
from coterie.permissions.bits import Permission
from coterie.permissions.rights import Rights, Seen

ATTEMPTS: Final = 5
"""How often a write whose rights change all the while is judged anew."""


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


@dataclass(frozen=True, slots=True)
class MessagePlace:
    """A message, named together with its channel."""

    channel_id: UUID
    message_id: UUID

    def request(self, actor_id: UUID, deed: Deed) -> ChangeRequest:
        return ChangeRequest(self.message_id, actor_id, deed, channel_id=self.channel_id)


class Messages:
    """What the actions on messages work with."""

    def __init__(self, database: Database, rights: Rights) -> None:
        self.database: Final = database
        self.rights: Final = rights
        self.sending: Final[Writer[Sending, Message]] = Writer(
            partial(store, self), weigh=lambda sending: 500 + 4 * len(sending.draft.content)
        )
        self.changing: Final[Writer[ChangeRequest, Message]] = Writer(
            partial(changes.apply, database, rights), weigh=lambda _: 4_000, key=lambda request: request.message_id
        )
        self.marking: Final[Writer[ReadMark, None]] = Writer(
            partial(read_marks.store, database, rights), weigh=lambda _: 200, key=lambda mark: mark
        )

    async def close(self) -> None:
        """Wait until everything that was taken is stored."""
        await self.sending.close()
        await self.changing.close()
        await self.marking.close()


async def send(messages: Messages, channel_id: UUID, author_id: UUID, creation: MessageCreation) -> Message:
    """Put a message at the end of a channel; returns when it is durable."""
    return await messages.sending.submit(sending(channel_id, author_id, creation))


def sending(channel_id: UUID, author_id: UUID, creation: MessageCreation) -> Sending:
    """A message on its way to the writer."""
    draft = _draft(new_id(), channel_id, author_id, creation.content)
    return sending_of(msgspec.structs.replace(draft, reply_to=creation.reply_to, nonce=creation.nonce))


async def put(messages: Messages, put: Put) -> Message:
    """Create or edit the message of this id; a repeat changes nothing.

    Raises NONCE_REUSED when the key was used for something else: the client version, or without one the id.
    """
    if await queries.message(messages.database, put.message_id) is None:
        draft = _draft(put.message_id, put.channel_id, put.author_id, put.content)
        draft = msgspec.structs.replace(draft, reply_to=put.reply_to)
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
    pairs = [(sending.draft.channel_id, _author(sending)) for _, sending in todo]
    judged = await messages.rights.judge(messages.database, pairs, is_fresh=is_fresh)
    permitted = [(index, sending, seen) for (index, sending), seen in zip(todo, judged, strict=True) if _may(seen)]
    placed = await _insert(messages.database, [(sending, seen.as_of) for _, sending, seen in permitted if seen])
    for number, (index, sending, _) in enumerate(permitted):
        if number in placed:
            results[index] = _placed(sending.draft, placed[number])
    if not is_fresh:
        return
    for (index, sending), seen in zip(todo, judged, strict=True):
        if index not in results and (outcome := await _passed_over(messages.database, sending, seen)):
            results[index] = outcome


async def _insert(database: Database, judged: Sequence[tuple[Sending, int]]) -> dict[int, int]:
    try:
        return await queries.insert(database, judged) if judged else {}
    except asyncpg.UniqueViolationError:
        if len(judged) > 1:
            raise
        return {}


def _may(seen: Seen | None) -> bool:
    return _refusal(seen) is None


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


def _author(sending: Sending) -> UUID:
    assert sending.draft.author_id is not None, "somebody sends it"
    return sending.draft.author_id


async def page(messages: Messages, channel_id: UUID, viewer: UUID, cursor: Cursor) -> list[Message]:
    """A page of a channel's history, newest first; empty when the cursor's message is not in the channel."""
    named = cursor.before or cursor.after or cursor.around
    if named is None:
        return await _newest(messages, channel_id, viewer, cursor.limit)
    database = messages.database
    await messages.rights.in_channel(database, channel_id, viewer)
    seq = await queries.seq_of(database, channel_id, named)
    if seq is None:
        return []
    return await with_reactions(database, await _page_at(database, channel_id, seq, cursor), viewer)


async def get(messages: Messages, channel_id: UUID, message_id: UUID, viewer: UUID) -> Message:
    """One message, or its tombstone."""
    message = await access.visible(messages.rights, messages.database, message_id, viewer)
    if message.channel_id != channel_id:
        raise CoterieError(errors.NOT_FOUND)
    return (await with_reactions(messages.database, [message], viewer))[0]


async def edit(messages: Messages, message_id: UUID, user_id: UUID, content: str) -> Message:
    """Change what one wrote."""
    changed = await messages.changing.submit(ChangeRequest(message_id, user_id, changes.edit(content)))
    return (await with_reactions(messages.database, [changed], user_id))[0]


async def delete(messages: Messages, message_id: UUID, user_id: UUID) -> None:
    """Leave a tombstone in a message's place."""
    await messages.changing.submit(ChangeRequest(message_id, user_id, changes.delete()))


async def react(messages: Messages, place: MessagePlace, user_id: UUID, emoji: str) -> None:
    """Add one's reaction; a repeat changes nothing."""
    await messages.changing.submit(place.request(user_id, changes.react(user_id, emoji)))


async def unreact(messages: Messages, place: MessagePlace, user_id: UUID, emoji: str) -> None:
    """Take one's reaction back."""
    await messages.changing.submit(place.request(user_id, changes.unreact(user_id, emoji)))


async def pin(messages: Messages, place: MessagePlace, user_id: UUID) -> None:
    """Pin a message; a repeat changes nothing."""
    await messages.changing.submit(place.request(user_id, changes.pin(user_id)))


async def unpin(messages: Messages, place: MessagePlace, user_id: UUID) -> None:
    """Take a pin away."""
    await messages.changing.submit(place.request(user_id, changes.unpin(user_id)))


async def mark_read(messages: Messages, channel_id: UUID, user_id: UUID) -> None:
    """Remember that the user has read all there is; their other devices learn of it."""
    await messages.marking.submit(ReadMark(user_id, channel_id))


async def read_log(connection: Connection, channel_id: UUID, after: int, limit: int) -> list[Event]:
    """The log's reader for channels: each changed message in its newest state."""
    changed = await queries.changed_after(connection, channel_id, after, limit)
    names = await versions.names_of(connection, channel_id, [message.version for message in changed])
    complete = await with_reactions(connection, changed, None)
    return [event_of(message, _type(message, after), names.get(message.version)) for message in complete]


async def with_reactions(connection: Connection, messages: list[Message], viewer: UUID | None) -> list[Message]:
    """The messages with their files, what people reacted, and whether the viewer did."""
    found = await queries.parts(connection, [message.id for message in messages], viewer)
    return [changes.joined(message, found.get(message.id)) for message in messages]


async def _newest(messages: Messages, channel_id: UUID, viewer: UUID, limit: int) -> list[Message]:
    """By what the process knows of the viewer's rights if that is still so, which the statement finds out."""
    seen = messages.rights.known(channel_id, viewer)
    if seen is not None and seen.place is not None:
        found, reacted = await queries.newest_as_of(messages.database, seen.place, limit, seen.as_of)
        if found:
            return await with_reactions(messages.database, found, viewer) if reacted else found
    await messages.rights.in_channel(messages.database, channel_id, viewer)
    return await with_reactions(messages.database, await queries.newest(messages.database, channel_id, limit), viewer)


async def _page_at(connection: Connection, channel_id: UUID, seq: int, cursor: Cursor) -> list[Message]:
    if cursor.before:
        return await queries.before(connection, channel_id, seq, cursor.limit)
    if cursor.after:
        return await queries.after(connection, channel_id, seq, cursor.limit)
    older = await queries.before(connection, channel_id, seq + 1, cursor.limit // 2 + 1)
    newer = await queries.after(connection, channel_id, seq, cursor.limit - len(older))
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
    return None


def _is_repeat(draft: Draft, earlier: Message) -> bool:
    """Whether both are one write. What became of the message since does not matter."""
    is_same_place = (earlier.channel_id, earlier.author_id) == (draft.channel_id, draft.author_id)
    is_changed = earlier.edited_at is not None or earlier.deleted
    is_same_text = (earlier.content, earlier.reply_to) == (draft.content, draft.reply_to)
    return is_same_place and (is_changed or is_same_text)


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


def _type(message: Message, after: int) -> str:
    if message.deleted:
        return "MESSAGE_DELETE"
    return "MESSAGE_CREATE" if message.seq > after else "MESSAGE_UPDATE"
