"""What one can do with messages: send, list, edit, delete.

Sending goes through the writer, which stores the messages of many senders in one commit; everything else is a
transaction of its own. A send that repeats a nonce is answered with the message that the nonce made first.
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
from coterie.channels import access as channels
from coterie.database.connection import Connection, Database
from coterie.errors import CoterieError
from coterie.identifiers import new_id
from coterie.log.append import announce
from coterie.log.event import Event
from coterie.log.writer import Writer
from coterie.messages import access, queries
from coterie.messages.models import Draft, Message, MessageChange, MessageCreation

encoder: Final = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Cursor:
    """Which page of a history: just before, just after or around a message; the newest without any."""

    limit: int
    before: UUID | None = None
    after: UUID | None = None
    around: UUID | None = None


class Messages:
    """What the actions on messages work with."""

    def __init__(self, database: Database) -> None:
        self.database: Final = database
        self.writer: Final[Writer[Draft, Message]] = Writer(partial(store, database))


async def send(messages: Messages, channel_id: UUID, author_id: UUID, creation: MessageCreation) -> Message:
    """Put a message at the end of a channel; returns when it is durable."""
    draft = Draft(
        id=new_id(),
        channel_id=channel_id,
        author_id=author_id,
        nonce=creation.nonce,
        content=creation.content,
        type="text",
        reply_to=creation.reply_to,
        created_at=datetime.now(UTC),
    )
    return await messages.writer.submit(draft)


async def store(database: Database, drafts: Sequence[Draft]) -> list[Message | CoterieError]:
    """Write a batch in one statement and one commit."""
    try:
        placed = await queries.insert(database, [(draft, encoder.encode(draft).decode()) for draft in drafts])
    except asyncpg.UniqueViolationError:
        if len(drafts) > 1:
            raise
        placed = {}
    return [
        _placed(draft, placed[index]) if index in placed else await _passed_over(database, draft)
        for index, draft in enumerate(drafts)
    ]


async def page(database: Database, channel_id: UUID, viewer: UUID, cursor: Cursor) -> list[Message]:
    """A page of a channel's history, newest first; empty when the cursor's message is not in the channel."""
    await channels.readable(database, channel_id, viewer)
    named = cursor.before or cursor.after or cursor.around
    if named is None:
        return await _with_reactions(database, await queries.newest(database, channel_id, cursor.limit), viewer)
    seq = await queries.seq_of(database, channel_id, named)
    if seq is None:
        return []
    return await _with_reactions(database, await _page_at(database, channel_id, seq, cursor), viewer)


async def get(connection: Connection, channel_id: UUID, message_id: UUID, viewer: UUID) -> Message:
    """One message, or its tombstone."""
    message = await access.visible(connection, message_id, viewer)
    if message.channel_id != channel_id:
        raise CoterieError(errors.NOT_FOUND)
    return (await _with_reactions(connection, [message], viewer))[0]


async def edit(database: Database, message_id: UUID, user_id: UUID, change: MessageChange) -> Message:
    """Change what one wrote."""
    async with database.acquire() as connection, connection.transaction():
        message = await access.own(connection, message_id, user_id)
        now = datetime.now(UTC)
        version = await queries.next_position(connection, message.channel_id)
        await queries.edit(connection, message_id, change.content, version, now)
        await _announce(connection, message_id, "MESSAGE_UPDATE")
        return await get(connection, message.channel_id, message_id, user_id)


async def delete(database: Database, message_id: UUID, user_id: UUID) -> None:
    """Leave a tombstone in a message's place."""
    async with database.acquire() as connection, connection.transaction():
        message = await access.removable(connection, message_id, user_id)
        version = await queries.next_position(connection, message.channel_id)
        await queries.delete(connection, message_id, version, datetime.now(UTC))
        await _announce(connection, message_id, "MESSAGE_DELETE")


async def read_log(connection: Connection, channel_id: UUID, after: int, limit: int) -> list[Event]:
    """The log's reader for channels: each changed message in its newest state."""
    changed = await queries.changed_after(connection, channel_id, after, limit)
    return [_event(message, _type(message, after)) for message in await _with_reactions(connection, changed, None)]


async def _page_at(connection: Connection, channel_id: UUID, seq: int, cursor: Cursor) -> list[Message]:
    if cursor.before:
        return await queries.before(connection, channel_id, seq, cursor.limit)
    if cursor.after:
        return await queries.after(connection, channel_id, seq, cursor.limit)
    older = await queries.before(connection, channel_id, seq + 1, cursor.limit // 2 + 1)
    newer = await queries.after(connection, channel_id, seq, cursor.limit - len(older))
    return newer + older


async def _with_reactions(connection: Connection, messages: list[Message], viewer: UUID | None) -> list[Message]:
    found = await queries.reactions(connection, [message.id for message in messages], viewer)
    return [
        msgspec.structs.replace(message, reactions=found[message.id]) if message.id in found else message
        for message in messages
    ]


async def _announce(connection: Connection, message_id: UUID, type: str) -> None:
    message = await queries.message(connection, message_id)
    assert message is not None, "it is locked by this transaction"
    [complete] = await _with_reactions(connection, [message], None)
    await announce(connection, _event(complete, type))


async def _passed_over(database: Database, draft: Draft) -> Message | CoterieError:
    """Why a write found no place: no right, a repeat (answered with what it made first), or a reply to nothing."""
    assert draft.author_id is not None, "somebody sends it"
    try:
        await channels.writable(database, draft.channel_id, draft.author_id)
    except CoterieError as error:
        return error
    earlier = await queries.earlier(database, draft)
    if earlier is None:
        return CoterieError(errors.REPLY_NOT_FOUND if draft.reply_to else errors.NOT_FOUND)
    return earlier if _is_repeat(draft, earlier) else CoterieError(errors.NONCE_REUSED)


def _is_repeat(draft: Draft, earlier: Message) -> bool:
    """Whether both are one write. What became of the message since does not matter."""
    is_same_place = (earlier.channel_id, earlier.author_id) == (draft.channel_id, draft.author_id)
    is_changed = earlier.edited_at is not None or earlier.deleted
    is_same_text = (earlier.content, earlier.reply_to) == (draft.content, draft.reply_to)
    return is_same_place and (is_changed or is_same_text)


def _placed(draft: Draft, seq: int) -> Message:
    return Message(**msgspec.structs.asdict(draft), seq=seq, version=seq)


def _type(message: Message, after: int) -> str:
    if message.deleted:
        return "MESSAGE_DELETE"
    return "MESSAGE_CREATE" if message.seq > after else "MESSAGE_UPDATE"


def _event(message: Message, type: str) -> Event:
    """A deleted message stays in the collection as its tombstone, so no event of a channel is a removal."""
    return Event(message.channel_id, message.version, type, str(message.id), encoder.encode(message).decode())
