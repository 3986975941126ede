"""Copying whole messages into their tables, for callers that hold the locks of their channels and take positions."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct
from msgspec.structs import astuple

from coterie.database.connection import OneConnection
from coterie.messages.models import MessageType


class CopiedMessage(Struct, frozen=True):
    """A row of `messages`."""

    id: UUID
    channel_id: UUID
    author_id: UUID | None
    content: str
    created_at: datetime
    seq: int = 0
    version: int = 0
    type: MessageType = "text"
    reply_to: UUID | None = None
    thread_id: UUID | None = None
    thread_reply_count: int = 0
    mention_user_ids: Sequence[UUID] = ()
    mention_everyone: bool = False
    edited_at: datetime | None = None
    pinned_at: datetime | None = None
    pinned_by: UUID | None = None
    deleted_at: datetime | None = None


class CopiedMention(Struct, frozen=True):
    """A row of `mentions`: `target_id` is a user, or the channel for everyone in it."""

    channel_id: UUID
    target_id: UUID
    seq: int
    created_at: datetime
    in_thread: bool


class CopiedReaction(Struct, frozen=True):
    """A row of `reactions`."""

    message_id: UUID
    user_id: UUID
    emoji: str
    created_at: datetime


async def copy(
    connection: OneConnection,
    messages: Sequence[CopiedMessage],
    mentions: Sequence[CopiedMention],
    reactions: Sequence[CopiedReaction],
) -> None:
    """Store messages with what belongs to them; the topics are the caller's to move."""
    await _copy(connection, "messages", CopiedMessage, messages)
    await _note_writers(connection, {(each.channel_id, each.author_id) for each in messages if each.author_id})
    await _copy(connection, "mentions", CopiedMention, mentions)
    await _copy(connection, "reactions", CopiedReaction, reactions)


async def _note_writers(connection: OneConnection, writers: set[tuple[UUID, UUID]]) -> None:
    """Note which participants of conversations have written: from then on the others see their presence."""
    await connection.execute(
        """
        UPDATE conversation_participants AS part SET has_written = TRUE
        FROM unnest($1::uuid[], $2::uuid[]) AS given (channel_id, author_id)
        WHERE part.conversation_id = channel_id AND part.user_id = author_id AND NOT has_written
          AND part.conversation_id = ANY($1)
        """,
        [channel for channel, _ in writers],
        [author for _, author in writers],
    )


async def _copy(connection: OneConnection, table: str, record: type[Struct], rows: Sequence[Struct]) -> None:
    if rows:
        columns = record.__struct_fields__
        await connection.copy_records_to_table(table, records=map(astuple, rows), columns=columns)
