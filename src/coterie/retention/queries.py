"""SQL statements for messages that are too old.

A message expires when it is older than the days of its channel, or of the server if the channel has none of its own.
Tombstones, system messages, events that are not over and, if the server wants it, pinned messages do not.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from coterie.database.connection import Connection
from coterie.identifiers import new_id
from coterie.retention.models import RetentionPreview

IS_DUE: Final = """
messages.channel_id = channels.id AND messages.deleted_at IS NULL AND messages.type <> 'system'
AND NOT EXISTS (SELECT FROM scheduled_events WHERE message_id = messages.id AND over_at > $1)
"""


@dataclass(frozen=True, slots=True)
class ExpiredMessages:
    """The oldest messages of a channel that are too old, and their files: thumbnails count as bytes only."""

    server_id: UUID
    message_ids: list[UUID]
    files: int
    bytes: int


async def next_channel(connection: Connection, after: UUID, now: datetime) -> UUID | None:
    """The first channel, from this id on, that has a message that is too old."""
    found: UUID | None = await connection.fetchval(
        f"""
        SELECT channels.id FROM channels JOIN servers ON servers.id = channels.server_id
        CROSS JOIN LATERAL (
            SELECT id FROM messages WHERE {IS_DUE}
              AND messages.created_at < $1 - make_interval(
                  days => coalesce(channels.retention_days, servers.retention_days))
              AND (messages.pinned_at IS NULL OR NOT retention_keeps_pins)
            ORDER BY messages.created_at LIMIT 1
        ) AS oldest
        WHERE channels.id >= $2 AND NOT on_hold AND coalesce(channels.retention_days, servers.retention_days) > 0
        ORDER BY channels.id LIMIT 1
        """,
        now,
        after,
    )
    return found


async def expired(connection: Connection, channel_id: UUID, now: datetime, limit: int) -> ExpiredMessages | None:
    """Messages of a channel that are too old by what is set now; None if it is not there.

    Nobody changes what is set for the channel until the end of the transaction. The caller has locked its topic.
    """
    if not await connection.fetchval("SELECT TRUE FROM channels WHERE id = $1 AND NOT on_hold FOR SHARE", channel_id):
        return None
    row = await connection.fetchrow(
        f"""
        WITH due AS (
            SELECT messages.id FROM channels JOIN servers ON servers.id = channels.server_id
            JOIN messages ON {IS_DUE}
            WHERE channels.id = $2 AND coalesce(channels.retention_days, servers.retention_days) > 0
              AND messages.created_at < $1 - make_interval(
                  days => coalesce(channels.retention_days, servers.retention_days))
              AND (messages.pinned_at IS NULL OR NOT retention_keeps_pins)
            ORDER BY messages.created_at LIMIT $3
        )
        SELECT server_id, ARRAY(SELECT id FROM due) AS message_ids, files, bytes
        FROM channels CROSS JOIN (
            SELECT count(*) AS files, coalesce(sum(file_size + coalesce(thumbnail_size, 0)), 0)::bigint AS bytes
            FROM attachments WHERE message_id = ANY(ARRAY(SELECT id FROM due))
        ) AS attached
        WHERE channels.id = $2
        """,
        now,
        channel_id,
        limit,
    )
    return ExpiredMessages(**row) if row else None


async def count_day(connection: Connection, gone: ExpiredMessages, now: datetime) -> None:
    """Add a batch to the server's audit entry of the day; only the process that removes messages writes it."""
    await connection.execute(
        """
        WITH counted AS (
            UPDATE audit_logs SET details = json_build_object(
                'messages', (details ->> 'messages')::bigint + $4, 'files', (details ->> 'files')::bigint + $5,
                'bytes', (details ->> 'bytes')::bigint + $6)
            WHERE server_id = $2 AND action = 'messages_expire'
              AND created_at >= date_trunc('day', $3::timestamptz, 'UTC')
            RETURNING id
        )
        INSERT INTO audit_logs (id, server_id, action, target_type, target_id, details, created_at)
        SELECT $1, $2, 'messages_expire', 'server', $2,
               json_build_object('messages', $4::bigint, 'files', $5::bigint, 'bytes', $6::bigint), $3
        WHERE NOT EXISTS (SELECT FROM counted)
        """,
        new_id(),
        gone.server_id,
        now,
        len(gone.message_ids),
        gone.files,
        gone.bytes,
    )


async def preview(
    connection: Connection, server_id: UUID, now: datetime, days: int, *, keeps_pins: bool, limit: int
) -> RetentionPreview:
    """What would go if the server had these days; its channels' own days and holds apply."""
    row = await connection.fetchrow(
        f"""
        WITH due AS (
            SELECT messages.id, messages.created_at FROM channels CROSS JOIN LATERAL (
                SELECT id, created_at FROM messages WHERE {IS_DUE}
                  AND messages.created_at < $1 - make_interval(days => coalesce(channels.retention_days, $3))
                  AND (messages.pinned_at IS NULL OR NOT $4)
                ORDER BY messages.created_at LIMIT $5 + 1
            ) AS messages
            WHERE channels.server_id = $2 AND NOT on_hold AND coalesce(channels.retention_days, $3) > 0
            ORDER BY channels.id LIMIT $5 + 1
        )
        SELECT least(count(*), $5) AS messages, count(*) > $5 AS has_more, min(created_at) AS oldest_at,
            (SELECT coalesce(sum(file_size + coalesce(thumbnail_size, 0)), 0)::bigint
             FROM attachments WHERE message_id = ANY(ARRAY(SELECT id FROM due))) AS file_bytes
        FROM due
        """,
        now,
        server_id,
        days,
        keeps_pins,
        limit,
    )
    assert row is not None, "an aggregate answers one row"
    return RetentionPreview(**row)
