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
from coterie.messages.changing.request import MessagePlace
from coterie.messages.events import event_of
from coterie.messages.models import Message, MessageEdit, ThreadSummary
from coterie.messages.parts import with_parts
from coterie.messages.read_marks import note_delivered
from coterie.permissions.bits import Permission


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
    found = await _by_known_permissions(messages, channel_id, viewer, cursor)
    if found is None:
        await messages.permissions.in_channel(messages.database, channel_id, viewer)
        found = await with_parts(messages.database, await _found(messages.database, channel_id, cursor), viewer)
    note_delivered(messages.permissions, messages.receipts, viewer, found)
    return found


async def get(messages: Messages, place: MessagePlace, viewer: UUID) -> Message:
    """A message, or its tombstone."""
    message = await access.visible_at(messages.permissions, messages.database, place, viewer)
    return (await with_parts(messages.database, [message], viewer))[0]


async def pinned(messages: Messages, channel_id: UUID, viewer: UUID, limit: int) -> list[Message]:
    """The pinned messages of a channel, the newest pin first."""
    await messages.permissions.in_channel(messages.database, channel_id, viewer)
    return await with_parts(messages.database, await pages.pinned(messages.database, channel_id, limit), viewer)


async def threads(
    messages: Messages, channel_id: UUID, viewer: UUID, before: UUID | None, limit: int
) -> list[ThreadSummary]:
    """A page of a channel's threads, the last changed first; empty if the cursor's message is not in the channel."""
    await messages.permissions.in_channel(messages.database, channel_id, viewer)
    roots = await pages.threads(messages.database, channel_id, before, limit)
    last = await pages.last_replies(messages.database, [root.id for root in roots])
    found = await with_parts(messages.database, [*roots, *last], viewer)
    replies = {reply.thread_id: reply for reply in found[len(roots) :]}
    return [ThreadSummary(root, replies.get(root.id)) for root in found[: len(roots)]]


async def thread(
    messages: Messages, place: MessagePlace, viewer: UUID, after: UUID | None, limit: int
) -> list[Message]:
    """A page of a thread, oldest first, after one of its replies; empty if that is not in the channel."""
    await access.visible_at(messages.permissions, messages.database, place, viewer)
    seq = await pages.seq_of(messages.database, place.channel_id, after) if after else 0
    if seq is None:
        return []
    replies = await pages.replies(messages.database, place.message_id, seq, limit)
    return await with_parts(messages.database, replies, viewer)


async def edits(messages: Messages, place: MessagePlace, viewer: UUID) -> list[MessageEdit]:
    """The earlier texts of a message, oldest first; for its author and for users who can manage messages there."""
    message = await access.visible_at(messages.permissions, messages.database, place, viewer)
    if message.deleted:
        raise CoterieError(errors.NOT_FOUND)
    if message.author_id != viewer:
        authority = await messages.permissions.in_channel(messages.database, place.channel_id, viewer)
        authority.check(Permission.MANAGE_MESSAGES)
    return await queries.edits(messages.database, place.message_id)


async def read_log(
    connection: Connection, channel_id: UUID, after: int, limit: int, *, created: str = "MESSAGE_CREATE"
) -> list[Event]:
    """The log's reader for channels: each changed message as it is now; the event of a new one is called `created`."""
    changed = await pages.changed_after(connection, channel_id, after, limit)
    names = await versions.names_of(connection, channel_id, [message.version for message in changed])
    complete = await with_parts(connection, changed, None)
    return [event_of(message, _type(message, after, created), names.get(message.version)) for message in complete]


async def _by_known_permissions(
    messages: Messages, channel_id: UUID, viewer: UUID, cursor: HistoryCursor
) -> list[Message] | None:
    """By the viewer's permissions that the process has cached, if they are still valid, which the statement checks.

    None if they are not, if the page is empty, and for the rarer kinds of pages.
    """
    authority = messages.permissions.known(channel_id, viewer)
    if authority is None or authority.place is None or cursor.message_id != cursor.before:
        return None
    found, having_parts = await pages.as_of(
        messages.database, authority.place, cursor.limit, authority.as_of, cursor.before
    )
    return await with_parts(messages.database, found, viewer) if having_parts else found or None


async def _found(connection: Connection, channel_id: UUID, cursor: HistoryCursor) -> list[Message]:
    if cursor.message_id is None:
        return await pages.newest(connection, channel_id, cursor.limit)
    seq = await pages.seq_of(connection, channel_id, cursor.message_id)
    if seq is None:
        return []
    if cursor.before:
        return await pages.before(connection, channel_id, seq, cursor.limit)
    if cursor.after:
        return await pages.after(connection, channel_id, seq, cursor.limit)
    older = await pages.before(connection, channel_id, seq + 1, cursor.limit // 2 + 1)
    return await pages.after(connection, channel_id, seq, cursor.limit - len(older)) + older


def _type(message: Message, after: int, created: str) -> str:
    if message.deleted:
        return "MESSAGE_DELETE"
    if message.seq <= after:
        is_vote = message.poll is not None and message.poll.version == message.version
        is_of_event = message.event is not None and message.event.version == message.version
        return "POLL_VOTE" if is_vote else "EVENT_UPDATE" if is_of_event else "MESSAGE_UPDATE"
    return created if message.thread_id is None else "THREAD_MESSAGE_CREATE"
