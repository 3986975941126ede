"""SQL statements for removed messages."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from coterie.database.connection import Connection
from coterie.messages.operations import OriginalMessage

END: Final = 2**63 - 1
"""After every message of a channel."""

BEGINNING: Final = UUID(int=0)
"""Before every channel."""


@dataclass(frozen=True, slots=True)
class Removal:
    """Whose messages are to be removed from a server, or restored, and since when; and the progress."""

    id: UUID
    server_id: UUID
    author_id: UUID
    removed_by: UUID | None
    since: datetime
    created_at: datetime
    state: str = "removing"
    channel_id: UUID = BEGINNING
    before_seq: int = END


@dataclass(frozen=True, slots=True)
class Window:
    """Consecutive messages of a channel: how many, where they begin, the newest, and those that match."""

    count: int
    reached: int
    newest: datetime
    found: list[UUID]


@dataclass(frozen=True, slots=True)
class RemovedMessage:
    """A removed message as it was."""

    message_id: UUID
    channel_id: UUID
    original: OriginalMessage


async def insert(connection: Connection, removal: Removal) -> None:
    await connection.execute(
        """
        INSERT INTO message_removals (id, server_id, author_id, removed_by, since, created_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        removal.id,
        removal.server_id,
        removal.author_id,
        removal.removed_by,
        removal.since,
        removal.created_at,
    )


async def lock(connection: Connection, removal_id: UUID) -> Removal | None:
    """An unfinished removal, locked until the end of the transaction."""
    row = await connection.fetchrow(
        """
        SELECT id, server_id, author_id, removed_by, since, state, channel_id, before_seq, created_at
        FROM message_removals WHERE id = $1 AND state <> 'removed' FOR NO KEY UPDATE
        """,
        removal_id,
    )
    return Removal(**row) if row else None


async def next_channel(connection: Connection, removal: Removal) -> UUID | None:
    """The channel in which to continue."""
    found: UUID | None = await connection.fetchval(
        """
        SELECT id FROM channels WHERE server_id = $1 AND (id > $2 OR (id = $2 AND $3::bigint > 1))
        ORDER BY id LIMIT 1
        """,
        removal.server_id,
        removal.channel_id,
        removal.before_seq,
    )
    return found


async def window(connection: Connection, removal: Removal, channel_id: UUID, before: int, limit: int) -> Window:
    """The messages of a channel that end before a position, and which of them are to be removed: not the system's."""
    row = await connection.fetchrow(
        """
        SELECT count(*), coalesce(min(seq), 0) AS reached, coalesce(max(created_at), $4) AS newest,
               coalesce(array_agg(id) FILTER (
                   WHERE author_id = $3 AND created_at >= $4 AND deleted_at IS NULL AND type <> 'system'), '{}'
               ) AS found
        FROM (
            SELECT id, seq, author_id, created_at, deleted_at, type FROM messages
            WHERE channel_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT $5
        ) AS seen
        """,
        channel_id,
        before,
        removal.author_id,
        removal.since,
        limit,
    )
    assert row is not None, "an aggregate answers one row"
    return Window(**row)


async def store_removed(connection: Connection, removal_id: UUID, messages: Sequence[UUID]) -> None:
    """Store messages and their parts before they become tombstones, under their channel's lock."""
    await connection.execute(
        """
        INSERT INTO removed_messages (message_id, removal_id, content, mention_user_ids, mention_role_ids,
                                      mention_everyone, mention_here, pinned_at, pinned_by, parts)
        SELECT id, $1, content, mention_user_ids, mention_role_ids, mention_everyone, mention_here, pinned_at,
            pinned_by, json_build_object(
                'reactions', (SELECT coalesce(json_agg(row_to_json(reactions)), '[]') FROM reactions
                              WHERE reactions.message_id = messages.id),
                'attachments', (SELECT coalesce(json_agg(row_to_json(attachments)), '[]') FROM attachments
                                WHERE attachments.message_id = messages.id),
                'edits', (SELECT coalesce(json_agg(row_to_json(message_edits)), '[]') FROM message_edits
                          WHERE message_edits.message_id = messages.id),
                'polls', (SELECT coalesce(json_agg(row_to_json(polls)), '[]') FROM polls
                          WHERE polls.message_id = messages.id),
                'votes', (SELECT coalesce(json_agg(row_to_json(poll_votes)), '[]') FROM poll_votes
                          WHERE poll_votes.message_id = messages.id),
                'events', (SELECT coalesce(json_agg(row_to_json(scheduled_events)), '[]') FROM scheduled_events
                           WHERE scheduled_events.message_id = messages.id),
                'answers', (SELECT coalesce(json_agg(row_to_json(event_answers)), '[]') FROM event_answers
                            WHERE event_answers.message_id = messages.id),
                'calls', (SELECT coalesce(json_agg(row_to_json(mentions)), '[]') FROM mentions
                          WHERE mentions.channel_id = messages.channel_id AND mentions.seq = messages.seq))
        FROM messages WHERE id = ANY($2) AND deleted_at IS NULL
        ON CONFLICT (message_id) DO NOTHING
        """,
        removal_id,
        messages,
    )


async def keep_files(connection: Connection, messages: Sequence[UUID], until: datetime) -> None:
    """Keep the files of messages in the storage though nothing will refer to them."""
    await connection.execute(
        """
        UPDATE files SET keep_until = $2
        WHERE attachment_id = ANY(ARRAY(SELECT id FROM attachments WHERE message_id = ANY($1)))
        """,
        messages,
        until,
    )


async def move_on(connection: Connection, removal_id: UUID, channel_id: UUID, before_seq: int) -> None:
    await connection.execute(
        "UPDATE message_removals SET channel_id = $2, before_seq = $3 WHERE id = $1",
        removal_id,
        channel_id,
        before_seq,
    )


async def finish(connection: Connection, removal_id: UUID) -> None:
    await connection.execute("UPDATE message_removals SET state = 'removed' WHERE id = $1", removal_id)


async def delete(connection: Connection, removal_id: UUID) -> None:
    await connection.execute("DELETE FROM message_removals WHERE id = $1", removal_id)


async def restorable(connection: Connection, server_id: UUID, author_id: UUID, since: datetime) -> list[UUID]:
    """The removals of a user's messages since a moment, those that are being restored included."""
    rows = await connection.fetch(
        "SELECT id FROM message_removals WHERE server_id = $1 AND author_id = $2 AND created_at > $3 ORDER BY id",
        server_id,
        author_id,
        since,
    )
    return [row["id"] for row in rows]


async def begin_restoring(connection: Connection, removals: Collection[UUID]) -> list[UUID]:
    """Let these removals be restored; returns those that were not before."""
    rows = await connection.fetch(
        """
        UPDATE message_removals SET state = 'restoring' WHERE id = ANY($1) AND state <> 'restoring' RETURNING id
        """,
        removals,
    )
    return [row["id"] for row in rows]


async def count_removed(connection: Connection, removals: Collection[UUID]) -> int:
    """How many messages these removals have taken away."""
    count: int = await connection.fetchval("SELECT count(*) FROM removed_messages WHERE removal_id = ANY($1)", removals)
    return count


async def authors(connection: Connection, server_id: UUID, author_ids: Collection[UUID], since: datetime) -> set[UUID]:
    """Those of the users of whom something was removed since, and is not being restored."""
    rows = await connection.fetch(
        """
        SELECT DISTINCT author_id FROM message_removals
        WHERE server_id = $1 AND author_id = ANY($2) AND created_at > $3 AND state <> 'restoring'
        """,
        server_id,
        author_ids,
        since,
    )
    return {row["author_id"] for row in rows}


async def removed(connection: Connection, removal_id: UUID, limit: int) -> list[RemovedMessage]:
    """Some of the messages that a removal took away."""
    rows = await connection.fetch(
        """
        SELECT message_id, channel_id, removed_messages.content, removed_messages.mention_user_ids,
               removed_messages.mention_role_ids, removed_messages.mention_everyone, removed_messages.mention_here,
               removed_messages.pinned_at, removed_messages.pinned_by
        FROM removed_messages JOIN messages ON messages.id = message_id
        WHERE removal_id = $1 ORDER BY message_id LIMIT $2
        """,
        removal_id,
        limit,
    )
    return [_removed(dict(row)) for row in rows]


def _removed(values: dict[str, object]) -> RemovedMessage:
    message_id, channel_id = values.pop("message_id"), values.pop("channel_id")
    assert isinstance(message_id, UUID)
    assert isinstance(channel_id, UUID)
    return RemovedMessage(message_id, channel_id, OriginalMessage(**values))  # type: ignore[arg-type]


async def restore_parts(connection: Connection, messages: Sequence[UUID]) -> None:
    """Restore the parts of messages: reactions, polls, events and earlier texts, and the files that still exist."""
    await connection.execute(
        """
        WITH kept AS (SELECT parts FROM removed_messages WHERE message_id = ANY($1)),
        reaction AS (
            INSERT INTO reactions (message_id, user_id, emoji, created_at)
            SELECT message_id, user_id, emoji, created_at
            FROM kept CROSS JOIN LATERAL json_populate_recordset(NULL::reactions, parts -> 'reactions') AS given
            WHERE EXISTS (SELECT FROM users WHERE users.id = given.user_id)
        ), edit AS (
            INSERT INTO message_edits (message_id, version, content, edited_at)
            SELECT message_id, version, content, edited_at
            FROM kept CROSS JOIN LATERAL json_populate_recordset(NULL::message_edits, parts -> 'edits') AS given
        ), poll AS (
            INSERT INTO polls (message_id, question, option_ids, options, is_multiple, is_anonymous, ends_at, version)
            SELECT message_id, question, option_ids, options, is_multiple, is_anonymous, ends_at, version
            FROM kept CROSS JOIN LATERAL json_populate_recordset(
                NULL::polls, coalesce(parts -> 'polls', '[]')) AS given
        ), vote AS (
            INSERT INTO poll_votes (message_id, option, user_id, created_at)
            SELECT message_id, option, user_id, created_at
            FROM kept CROSS JOIN LATERAL json_populate_recordset(
                NULL::poll_votes, coalesce(parts -> 'votes', '[]')) AS given
            WHERE EXISTS (SELECT FROM users WHERE users.id = given.user_id)
        ), event AS (
            INSERT INTO scheduled_events (message_id, channel_id, name, description, place, voice_channel_id, starts_at,
                ends_at, time_zone, repeat, first_local, reminder_minutes, is_cancelled, over_at, remind_at,
                moves_on_at, version)
            SELECT message_id, channel_id, name, description, place, voice_channel_id, starts_at,
                   ends_at, time_zone, repeat, first_local, reminder_minutes, is_cancelled, over_at, remind_at,
                   moves_on_at, version
            FROM kept CROSS JOIN LATERAL json_populate_recordset(
                NULL::scheduled_events, coalesce(parts -> 'events', '[]')) AS given
        ), answer AS (
            INSERT INTO event_answers (message_id, user_id, answer, created_at)
            SELECT message_id, user_id, answer, created_at
            FROM kept CROSS JOIN LATERAL json_populate_recordset(
                NULL::event_answers, coalesce(parts -> 'answers', '[]')) AS given
            WHERE EXISTS (SELECT FROM users WHERE users.id = given.user_id)
        )
        INSERT INTO attachments (id, message_id, filename, stored_as, file_size, mime_type, width, height, created_at,
                                 thumbnail_size, placeholder)
        SELECT id, message_id, filename, stored_as, file_size, mime_type, width, height, created_at,
               thumbnail_size, placeholder
        FROM kept CROSS JOIN LATERAL json_populate_recordset(NULL::attachments, parts -> 'attachments') AS given
        WHERE EXISTS (SELECT FROM files WHERE files.id = given.id)
        """,
        messages,
    )
    await connection.execute(
        """
        UPDATE files SET attachment_id = id, keep_until = now()
        WHERE id = ANY(ARRAY(SELECT id FROM attachments WHERE message_id = ANY($1)))
        """,
        messages,
    )


async def restore_mentions(connection: Connection, messages: Sequence[UUID]) -> None:
    """Restore the mentions of messages that are back."""
    await connection.execute(
        """
        INSERT INTO mentions (channel_id, target_id, seq, created_at, in_thread)
        SELECT messages.channel_id, given.target_id, messages.seq, messages.created_at, messages.thread_id IS NOT NULL
        FROM removed_messages JOIN messages ON messages.id = message_id
        CROSS JOIN LATERAL json_populate_recordset(NULL::mentions, parts -> 'calls') AS given
        WHERE message_id = ANY($1) ON CONFLICT DO NOTHING
        """,
        messages,
    )


async def drop_removed(connection: Connection, messages: Collection[UUID]) -> None:
    await connection.execute("DELETE FROM removed_messages WHERE message_id = ANY($1)", messages)


async def forget(connection: Connection, before: datetime, limit: int) -> int:
    """Forget removals from before a moment, and count them: what they removed can no longer be restored."""
    rows = await connection.fetch(
        """
        DELETE FROM message_removals WHERE id = ANY(ARRAY(
            SELECT id FROM message_removals WHERE state = 'removed' AND created_at < $1 ORDER BY created_at LIMIT $2
        )) RETURNING id
        """,
        before,
        limit,
    )
    return len(rows)
