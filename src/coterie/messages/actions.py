"""What one can do with messages: send, put, list, edit, delete.

Every write goes through a writer, which stores those of many people in one commit. A write that repeats its key (the
message's id, the author's nonce, the client's version) is answered with what the key made first.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Final
from uuid import UUID

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
    deeds,
    pages,
    parts,
    queries,
    read_marks,
    unread,
)
from coterie.messages.changes import ChangeRequest, digest_of, encoder, event_of
from coterie.messages.deeds import Counted, Deed
from coterie.messages.insertion import Sending
from coterie.messages.models import (
    Details,
    Draft,
    Kind,
    Message,
    MessageCreation,
    MessageEdit,
    MessageType,
    ReplyCreation,
    TextKind,
    UnreadCount,
)
from coterie.messages.read_marks import ReadMark
from coterie.messages.storing import Work, reach, store
from coterie.permissions.bits import Permission
from coterie.permissions.rights import Rights
from coterie.usage.counting import Usage

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
    kind: Kind | None = None


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
        self.receipts: Final = Receipts(database, rights)
        self.work: Final = Work(database, rights, usage, self.receipts)
        self.sending: Final[Writer[Sending, Message]] = Writer(
            partial(store, self.work),
            weigh=lambda sending: 500 + 4 * len(sending.draft.content),
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
        await self.receipts.close()


async def send(messages: Messages, channel_id: UUID, author_id: UUID, creation: MessageCreation) -> Message:
    """Put a message at the end of a channel; returns when it is durable."""
    return await messages.sending.submit(sending(channel_id, author_id, creation))


async def reply(messages: Messages, place: MessagePlace, author_id: UUID, creation: ReplyCreation) -> Message:
    """Put a reply at the end of a message's thread, through the same gate as any message."""
    whole = MessageCreation(creation.content, creation.reply_to, creation.nonce)
    return await messages.sending.submit(sending(place.channel_id, author_id, whole, place.message_id))


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
        draft = _of_kind(msgspec.structs.replace(draft, reply_to=put.reply_to, thread_id=put.thread_id), put.kind)
        created = await messages.sending.submit(sending_of(draft, put.client_version))
        if _says(created, put):
            return created
    return await _put_again(messages, put)


async def page(messages: Messages, channel_id: UUID, viewer: UUID, cursor: Cursor) -> list[Message]:
    """A page of a channel's history, newest first; empty when the cursor's message is not in the channel."""
    found = await _page(messages, channel_id, viewer, cursor)
    reach(messages.rights, messages.receipts, viewer, found)
    return found


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
    changed = await messages.changing.submit(ChangeRequest(message_id, user_id, deeds.edit(content)))
    return (await with_reactions(messages.database, [changed], user_id))[0]


async def delete(messages: Messages, message_id: UUID, user_id: UUID) -> None:
    """Leave a tombstone in a message's place."""
    await messages.changing.submit(ChangeRequest(message_id, user_id, deeds.delete()))


async def react(messages: Messages, place: MessagePlace, user_id: UUID, emoji: str) -> None:
    """Add one's reaction; a repeat changes nothing. An emoji of a server's own counts there only."""
    if emoji.startswith("c:"):
        await messages.rights.in_channel(messages.database, place.channel_id, user_id)
        named = CUSTOM.fullmatch(emoji)
        if named is None or not await parts.is_emoji_of(messages.database, UUID(named[1]), place.channel_id):
            raise CoterieError(errors.UNKNOWN_EMOJI)
    await messages.changing.submit(place.request(user_id, deeds.react(user_id, emoji), "emojis"))


async def unreact(messages: Messages, place: MessagePlace, user_id: UUID, emoji: str) -> None:
    """Take one's reaction back."""
    await messages.changing.submit(place.request(user_id, deeds.unreact(user_id, emoji)))


async def pin(messages: Messages, place: MessagePlace, user_id: UUID) -> None:
    """Pin a message; a repeat changes nothing."""
    await messages.changing.submit(place.request(user_id, deeds.pin(user_id), "pins"))


async def unpin(messages: Messages, place: MessagePlace, user_id: UUID) -> None:
    """Take a pin away."""
    await messages.changing.submit(place.request(user_id, deeds.unpin(user_id)))


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
        if current.author_id != put.author_id or not _says(current, put):
            raise CoterieError(errors.NONCE_REUSED)
        return current
    digest = digest_of(put.message_id, put.content, _typed(put.kind)[1])
    return await messages.changing.submit(
        ChangeRequest(put.message_id, put.author_id, deeds.edit(put.content), put.client_version, digest)
    )


def _draft(id: UUID, channel_id: UUID, author_id: UUID, content: str) -> Draft:
    return Draft(
        id=id,
        channel_id=channel_id,
        author_id=author_id,
        nonce=None,
        content=content,
        type="text",
        type_details=None,
        reply_to=None,
        created_at=datetime.now(UTC),
    )


def _of_kind(draft: Draft, kind: Kind | None) -> Draft:
    type, details = _typed(kind)
    return msgspec.structs.replace(draft, type=type, type_details=details)


def _typed(kind: Kind | None) -> tuple[MessageType, Details | None]:
    """The type of a message and what is said of it; of words there is nothing more to say."""
    if kind is None or isinstance(kind, TextKind):
        return "text", None
    details = msgspec.to_builtins(kind)
    return details.pop("type"), details


def _says(message: Message, put: Put) -> bool:
    """Whether a message says what shall be put; a type that is not named may be any."""
    is_typed = put.kind is None or (message.type, message.type_details) == _typed(put.kind)
    return is_typed and message.content == put.content


def sending_of(draft: Draft, client_version: str | None = None) -> Sending:
    """A draft as the writer takes it."""
    digest = digest_of(draft.id, draft.content, draft.type_details) if client_version else b""
    return Sending(draft, encoder.encode(draft).decode(), client_version, digest)


def _type(message: Message, after: int, created: str) -> str:
    if message.deleted:
        return "MESSAGE_DELETE"
    if message.seq <= after:
        return "MESSAGE_UPDATE"
    return created if message.thread_id is None else "THREAD_MESSAGE_CREATE"
