"""The SQL statements for deleted accounts."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from coterie.database.connection import Connection


class FormerContact(NamedTuple):
    """Someone who has the account among their friends, or blocks it."""

    other: UUID
    state: str


class TouchedMessage(NamedTuple):
    """A message that names the account, its channel, and whether the account wrote it and it still says something."""

    id: UUID
    channel_id: UUID
    is_own: bool


async def mark(connection: Connection, user_id: UUID, now: datetime) -> list[UUID]:
    """Mark an account, which is disabled, and its bots to be deleted; returns those that were not marked before."""
    rows = await connection.fetch(
        """
        UPDATE users SET disabled_at = coalesce(disabled_at, $2), deleted_at = $2
        WHERE (id = $1 OR id = ANY(ARRAY(SELECT bots.user_id FROM bots WHERE created_by = $1)))
          AND deleted_at IS NULL
        RETURNING id
        """,
        user_id,
        now,
    )
    return [row["id"] for row in rows]


async def without_jobs(connection: Connection, kind: str) -> list[UUID]:
    """Some accounts that are to be deleted and have no job of this kind, those marked first before others."""
    rows = await connection.fetch(
        """
        SELECT id FROM users
        WHERE deleted_at IS NOT NULL AND NOT EXISTS (SELECT FROM jobs WHERE kind = $1 AND key = users.id::text)
        ORDER BY deleted_at LIMIT 1000
        """,
        kind,
    )
    return [row["id"] for row in rows]


async def lock(connection: Connection, user_id: UUID) -> bool | None:
    """Lock an account that is to be deleted until the transaction ends; None if it is gone.

    Returns whether the messages that it wrote go as well.
    """
    erases: bool | None = await connection.fetchval(
        "SELECT deletion_erases_messages FROM users WHERE id = $1 AND deleted_at IS NOT NULL FOR NO KEY UPDATE", user_id
    )
    return erases


async def owned_server(connection: Connection, user_id: UUID) -> UUID | None:
    found: UUID | None = await connection.fetchval("SELECT id FROM servers WHERE owner_id = $1 LIMIT 1", user_id)
    return found


async def membership(connection: Connection, user_id: UUID) -> UUID | None:
    """A server that the account is in."""
    found: UUID | None = await connection.fetchval(
        "SELECT server_id FROM server_members WHERE user_id = $1 LIMIT 1", user_id
    )
    return found


async def participation(connection: Connection, user_id: UUID) -> UUID | None:
    """A conversation that the account takes part in."""
    found: UUID | None = await connection.fetchval(
        "SELECT conversation_id FROM conversation_participants WHERE user_id = $1 LIMIT 1", user_id
    )
    return found


async def contacts(connection: Connection, user_id: UUID, limit: int) -> list[FormerContact]:
    """Who has the account as a friend, or blocks it, or is blocked by it; each with the state in their list."""
    rows = await connection.fetch(
        """
        SELECT user_id AS other, state FROM contacts WHERE contact_user_id = $1
        UNION ALL SELECT contact_user_id, state FROM contacts WHERE user_id = $1 AND state = 'blocked'
        LIMIT $2
        """,
        user_id,
        limit,
    )
    return [FormerContact(**row) for row in rows]


async def end_contacts(connection: Connection, user_id: UUID, others: Sequence[UUID]) -> list[FormerContact]:
    """Delete what the account and these people are to each other; returns who knew the account, and as what."""
    rows = await connection.fetch(
        """
        WITH own AS (DELETE FROM contacts WHERE user_id = $1 AND contact_user_id = ANY($2))
        DELETE FROM contacts WHERE contact_user_id = $1 AND user_id = ANY($2) RETURNING user_id AS other, state
        """,
        user_id,
        others,
    )
    return [FormerContact(**row) for row in rows]


async def end_requests(connection: Connection, user_id: UUID) -> None:
    """Delete the friend requests from and to the account."""
    await connection.execute("DELETE FROM friend_requests WHERE from_user_id = $1 OR to_user_id = $1", user_id)


async def messages_with(connection: Connection, user_id: UUID, limit: int) -> list[TouchedMessage]:
    """Some messages that the account wrote, pinned, reacted to, voted in or answered as an event."""
    rows = await connection.fetch(
        """
        SELECT id, channel_id, author_id IS NOT DISTINCT FROM $1 AND deleted_at IS NULL AND type <> 'system' AS is_own
        FROM messages WHERE id IN (
            (SELECT id FROM messages WHERE author_id = $1 LIMIT $2)
            UNION (SELECT id FROM messages WHERE pinned_by = $1 LIMIT $2)
            UNION (SELECT message_id FROM reactions WHERE user_id = $1 LIMIT $2)
            UNION (SELECT message_id FROM poll_votes WHERE user_id = $1 LIMIT $2)
            UNION (SELECT message_id FROM event_answers WHERE user_id = $1 LIMIT $2)
        ) LIMIT $2
        """,
        user_id,
        limit,
    )
    return [TouchedMessage(**row) for row in rows]


async def leave_messages(connection: Connection, user_id: UUID, messages: Sequence[UUID]) -> dict[UUID, int]:
    """Remove the account from these messages, whose channels are locked; returns the positions that these reach."""
    await connection.execute("DELETE FROM reactions WHERE user_id = $1 AND message_id = ANY($2)", user_id, messages)
    await connection.execute("DELETE FROM poll_votes WHERE user_id = $1 AND message_id = ANY($2)", user_id, messages)
    await connection.execute("DELETE FROM event_answers WHERE user_id = $1 AND message_id = ANY($2)", user_id, messages)
    rows = await connection.fetch(
        """
        WITH placed AS (
            SELECT messages.id, topics.position + row_number() OVER (PARTITION BY channel_id ORDER BY seq) AS position
            FROM messages JOIN topics ON topics.id = channel_id WHERE messages.id = ANY($2)
        ), changed AS (
            UPDATE messages SET author_id = nullif(author_id, $1), pinned_by = nullif(pinned_by, $1),
                version = placed.position
            FROM placed WHERE messages.id = placed.id AND messages.id = ANY($2)
            RETURNING channel_id, version
        )
        SELECT channel_id, max(version) AS position FROM changed GROUP BY channel_id
        """,
        user_id,
        messages,
    )
    return {row["channel_id"]: row["position"] for row in rows}


async def erase_refused(connection: Connection, user_id: UUID, limit: int) -> bool:
    """Delete some of the texts of the account that automod refused; False if there are none."""
    rows = await connection.fetch(
        """
        DELETE FROM automod_logs WHERE id = ANY(ARRAY(SELECT id FROM automod_logs WHERE user_id = $1 LIMIT $2))
        RETURNING id
        """,
        user_id,
        limit,
    )
    return bool(rows)


async def delete(connection: Connection, user_id: UUID) -> None:
    """Delete an account by deleting its topic: what is left of it depends on that."""
    await connection.execute("DELETE FROM topics WHERE id = $1", user_id)
