"""The statements about messages."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from coterie.database.connection import Connection, Row
from coterie.log.append import CHANNEL, INLINE_LIMIT
from coterie.messages.models import Draft, Message, ReactionCount

COLUMNS: Final = """
    messages.id, channel_id, author_id, nonce, seq, version, content, type, reply_to, thread_id, mention_user_ids,
    mention_everyone, edited_at, pinned_at IS NOT NULL AS pinned, pinned_by, pinned_at,
    deleted_at IS NOT NULL AS deleted, messages.created_at
"""

# The right to write is looked at in the statement that writes, so that it is the one of that moment. What is passed
# over leaves no hole among the positions: a repeated id or nonce, a lost right, a reply to nothing.
INSERT: Final = f"""
WITH given AS (
    SELECT given.* FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::uuid[],
                               $7::timestamptz[], $8::text[])
        WITH ORDINALITY AS given (id, channel_id, author_id, nonce, content, reply_to, created_at, json, number)
    JOIN channels ON channels.id = given.channel_id AND channels.type = 'text'
    WHERE (EXISTS (SELECT FROM server_members
                   WHERE server_members.server_id = channels.server_id AND user_id = given.author_id)
        OR EXISTS (SELECT FROM conversation_participants
                   WHERE conversation_id = given.channel_id AND user_id = given.author_id))
      AND (given.nonce IS NULL OR NOT EXISTS (
          SELECT FROM messages WHERE messages.author_id = given.author_id AND messages.nonce = given.nonce))
      AND NOT EXISTS (SELECT FROM messages WHERE messages.id = given.id)
      AND (given.reply_to IS NULL OR EXISTS (
          SELECT FROM messages
          WHERE messages.id = given.reply_to AND messages.channel_id = given.channel_id AND deleted_at IS NULL))
), locked AS MATERIALIZED (
    SELECT id, position FROM topics WHERE id IN (SELECT channel_id FROM given) ORDER BY id FOR UPDATE
), placed AS MATERIALIZED (
    SELECT given.*,
           locked.position + row_number() OVER (PARTITION BY given.channel_id ORDER BY given.number) AS seq
    FROM given JOIN locked ON locked.id = given.channel_id
), moved AS (
    UPDATE topics SET position = newest.seq
    FROM (SELECT channel_id, max(seq) AS seq FROM placed GROUP BY channel_id) AS newest
    WHERE topics.id = newest.channel_id
), written AS (
    INSERT INTO messages (id, channel_id, author_id, nonce, seq, version, content, reply_to, created_at)
    SELECT id, channel_id, author_id, nonce, seq, seq, content, reply_to, created_at FROM placed
), told AS (
    SELECT number, seq, pg_notify('{CHANNEL}', CASE
        WHEN octet_length(json) < {INLINE_LIMIT - 300} THEN
            '{{"topic":"' || channel_id || '","position":' || seq || ',"type":"MESSAGE_CREATE","key":"' || id
            || '","data":' || left(json, -1) || ',"seq":' || seq || ',"version":' || seq || '}}}}'
        ELSE '{{"topic":"' || channel_id || '","position":' || seq || '}}' END)
    FROM placed ORDER BY number
)
SELECT number, seq FROM told
"""


async def insert(connection: Connection, drafts: Sequence[tuple[Draft, str]]) -> dict[int, int]:
    """Store new messages, each with its JSON, at the end of their channels, and tell the bus.

    Answers the position of each by its index. One is missing if it was passed over.
    """
    rows = await connection.fetch(
        INSERT,
        [draft.id for draft, _ in drafts],
        [draft.channel_id for draft, _ in drafts],
        [draft.author_id for draft, _ in drafts],
        [draft.nonce for draft, _ in drafts],
        [draft.content for draft, _ in drafts],
        [draft.reply_to for draft, _ in drafts],
        [draft.created_at for draft, _ in drafts],
        [json for _, json in drafts],
    )
    return {row["number"] - 1: row["seq"] for row in rows}


async def earlier(connection: Connection, draft: Draft) -> Message | None:
    """The message that the same key, the id or the author's nonce, made before."""
    row = await connection.fetchrow(
        f"SELECT {COLUMNS} FROM messages WHERE id = $1 OR (author_id = $2 AND nonce = $3)",
        draft.id,
        draft.author_id,
        draft.nonce,
    )
    return Message(**row) if row else None


async def message(connection: Connection, message_id: UUID, *, lock: bool = False) -> Message | None:
    """A message, whoever asks; with `lock`, for a change of it in this transaction."""
    row = await connection.fetchrow(
        f"SELECT {COLUMNS} FROM messages WHERE id = $1" + (" FOR NO KEY UPDATE" if lock else ""), message_id
    )
    return Message(**row) if row else None


async def newest(connection: Connection, channel_id: UUID, limit: int) -> list[Message]:
    """The newest page of a channel's history, newest first, without threads and tombstones."""
    rows = await connection.fetch(
        f"""
        SELECT {COLUMNS} FROM messages
        WHERE channel_id = $1 AND thread_id IS NULL AND deleted_at IS NULL
        ORDER BY seq DESC LIMIT $2
        """,
        channel_id,
        limit,
    )
    return [Message(**row) for row in rows]


async def before(connection: Connection, channel_id: UUID, seq: int, limit: int) -> list[Message]:
    """The page of the history that ends just before a position, newest first."""
    rows = await connection.fetch(
        f"""
        SELECT {COLUMNS} FROM messages
        WHERE channel_id = $1 AND seq < $2 AND thread_id IS NULL AND deleted_at IS NULL
        ORDER BY seq DESC LIMIT $3
        """,
        channel_id,
        seq,
        limit,
    )
    return [Message(**row) for row in rows]


async def after(connection: Connection, channel_id: UUID, seq: int, limit: int) -> list[Message]:
    """The page of the history that begins just after a position, newest first."""
    rows = await connection.fetch(
        f"""
        SELECT {COLUMNS} FROM messages
        WHERE channel_id = $1 AND seq > $2 AND thread_id IS NULL AND deleted_at IS NULL
        ORDER BY seq LIMIT $3
        """,
        channel_id,
        seq,
        limit,
    )
    return [Message(**row) for row in reversed(rows)]


async def seq_of(connection: Connection, channel_id: UUID, message_id: UUID) -> int | None:
    """Where a message stands in its channel's history, tombstones and thread replies included."""
    value: int | None = await connection.fetchval(
        "SELECT seq FROM messages WHERE id = $1 AND channel_id = $2", message_id, channel_id
    )
    return value


async def changed_after(connection: Connection, channel_id: UUID, version: int, limit: int) -> list[Message]:
    """The channel's messages that changed after a position, in the order of their last change."""
    rows = await connection.fetch(
        f"""
        SELECT {COLUMNS} FROM messages WHERE channel_id = $1 AND version > $2 ORDER BY version LIMIT $3
        """,
        channel_id,
        version,
        limit,
    )
    return [Message(**row) for row in rows]


async def reactions(
    connection: Connection, messages: Sequence[UUID], viewer: UUID | None
) -> dict[UUID, list[ReactionCount]]:
    """The reactions of each message, in the order of their first use."""
    rows: list[Row] = await connection.fetch(
        """
        SELECT message_id, emoji, count(*), coalesce(bool_or(user_id = $2), FALSE) AS me FROM reactions
        WHERE message_id = ANY($1) GROUP BY message_id, emoji ORDER BY message_id, min(created_at), emoji
        """,
        messages,
        viewer,
    )
    found: dict[UUID, list[ReactionCount]] = {}
    for row in rows:
        count = ReactionCount(row["emoji"], row["count"], row["me"])
        found.setdefault(row["message_id"], []).append(count)
    return found


async def next_position(connection: Connection, channel_id: UUID) -> int:
    """Take the channel's next position, and with it the topic's lock until commit."""
    value: int = await connection.fetchval(
        "UPDATE topics SET position = position + 1 WHERE id = $1 RETURNING position", channel_id
    )
    return value


async def edit(connection: Connection, message_id: UUID, content: str, version: int, now: datetime) -> None:
    await connection.execute(
        "UPDATE messages SET content = $2, version = $3, edited_at = $4 WHERE id = $1",
        message_id,
        content,
        version,
        now,
    )


async def delete(connection: Connection, message_id: UUID, version: int, now: datetime) -> None:
    """Leave a tombstone: the place and the time stay, what was said goes."""
    await connection.execute(
        """
        WITH gone AS (DELETE FROM reactions WHERE message_id = $1)
        UPDATE messages SET content = '', version = $2, deleted_at = $3, mention_user_ids = '{}',
                            mention_everyone = FALSE, pinned_at = NULL, pinned_by = NULL
        WHERE id = $1
        """,
        message_id,
        version,
        now,
    )


async def owns_server_of(connection: Connection, channel_id: UUID, user_id: UUID) -> bool:
    """Whether the channel belongs to a server that the user owns."""
    found = await connection.fetchval(
        """
        SELECT TRUE FROM channels JOIN servers ON servers.id = server_id
        WHERE channels.id = $1 AND owner_id = $2
        """,
        channel_id,
        user_id,
    )
    return bool(found)
