"""Reading messages: a page of the history, a single message, a thread, earlier texts, and the log of a channel."""

from dataclasses import dataclass
from uuid import UUID

from coterie import errors
from coterie.database.connection import Connection
from coterie.errors import CoterieError
from coterie.log import versions
from coterie.log.event import Event
from coterie.messages import access, pages, queries
from coterie.messages.actions import Messages
from coterie.messages.changes import MessagePlace, event_of
from coterie.messages.models import Message, MessageEdit
from coterie.messages.parts import with_parts
from coterie.messages.read_marks import note_delivered
from coterie.rights.bits import Permission


@dataclass(frozen=True, slots=True)
class HistoryCursor:
    """Selects a page of the history: just before, just after or around a message; the newest page without any."""

    limit: int
    before: UUID | None = None
    after: UUID | None = None
    around: UUID | None = None

    @property
    def message_id(self) -> UUID | None:
        return self.before or self.after or self.around


async def page(messages: Messages, channel_id: UUID, viewer: UUID, cursor: HistoryCursor) -> list[Message]:
    """A page of a channel's history, newest first; empty if the cursor's message is not in the channel."""
    if cursor.message_id is None:
        found = await _newest(messages, channel_id, viewer, cursor.limit)
    else:
        found = await _at(messages, channel_id, viewer, cursor, cursor.message_id)
    note_delivered(messages.rights, messages.receipts, viewer, found)
    return found


async def get(messages: Messages, place: MessagePlace, viewer: UUID) -> Message:
    """A message, or its tombstone."""
    message = await access.visible_at(messages.rights, messages.database, place, viewer)
    return (await with_parts(messages.database, [message], viewer))[0]


async def pinned(messages: Messages, channel_id: UUID, viewer: UUID, limit: int) -> list[Message]:
    """The pinned messages of a channel, the newest pin first."""
    await messages.rights.in_channel(messages.database, channel_id, viewer)
    return await with_parts(messages.database, await pages.pinned(messages.database, channel_id, limit), viewer)


async def thread(
    messages: Messages, place: MessagePlace, viewer: UUID, after: UUID | None, limit: int
) -> list[Message]:
    """A page of a thread, oldest first, after one of its replies; empty if that is not in the channel."""
    await access.visible_at(messages.rights, messages.database, place, viewer)
    seq = await pages.seq_of(messages.database, place.channel_id, after) if after else 0
    if seq is None:
        return []
    replies = await pages.replies(messages.database, place.message_id, seq, limit)
    return await with_parts(messages.database, replies, viewer)


async def edits(messages: Messages, place: MessagePlace, viewer: UUID) -> list[MessageEdit]:
    """The earlier texts of a message, oldest first; for its author and for users who can manage messages there."""
    message = await access.visible_at(messages.rights, messages.database, place, viewer)
    if message.deleted:
        raise CoterieError(errors.NOT_FOUND)
    if message.author_id != viewer:
        seen = await messages.rights.in_channel(messages.database, place.channel_id, viewer)
        seen.check(Permission.MANAGE_MESSAGES)
    return await queries.edits(messages.database, place.message_id)


async def read_log(
    connection: Connection, channel_id: UUID, after: int, limit: int, *, created: str = "MESSAGE_CREATE"
) -> list[Event]:
    """The log's reader for channels: each changed message as it is now; the event of a new one is called `created`."""
    changed = await pages.changed_after(connection, channel_id, after, limit)
    names = await versions.names_of(connection, channel_id, [message.version for message in changed])
    complete = await with_parts(connection, changed, None)
    return [event_of(message, _type(message, after, created), names.get(message.version)) for message in complete]


async def _newest(messages: Messages, channel_id: UUID, viewer: UUID, limit: int) -> list[Message]:
    """By the viewer's rights that the process has cached, if they are still valid, which the statement checks."""
    seen = messages.rights.known(channel_id, viewer)
    if seen is not None and seen.place is not None:
        found, reacted = await pages.newest_as_of(messages.database, seen.place, limit, seen.as_of)
        if found:
            return await with_parts(messages.database, found, viewer) if reacted else found
    await messages.rights.in_channel(messages.database, channel_id, viewer)
    return await with_parts(messages.database, await pages.newest(messages.database, channel_id, limit), viewer)


async def _at(
    messages: Messages, channel_id: UUID, viewer: UUID, cursor: HistoryCursor, message_id: UUID
) -> list[Message]:
    database = messages.database
    await messages.rights.in_channel(database, channel_id, viewer)
    seq = await pages.seq_of(database, channel_id, message_id)
    if seq is None:
        return []
    if cursor.before:
        found = await pages.before(database, channel_id, seq, cursor.limit)
    elif cursor.after:
        found = await pages.after(database, channel_id, seq, cursor.limit)
    else:
        older = await pages.before(database, channel_id, seq + 1, cursor.limit // 2 + 1)
        found = await pages.after(database, channel_id, seq, cursor.limit - len(older)) + older
    return await with_parts(database, found, viewer)


def _type(message: Message, after: int, created: str) -> str:
    if message.deleted:
        return "MESSAGE_DELETE"
    if message.seq <= after:
        return "MESSAGE_UPDATE"
    return created if message.thread_id is None else "THREAD_MESSAGE_CREATE"
