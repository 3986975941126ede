"""The SQL statements for conversations and their participants."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from coterie.accounts.models import User
from coterie.conversations.models import Participant, Participation, SharedConversation
from coterie.database.connection import Connection, Row
from coterie.messages import unread
from coterie.presence.queries import SHOWN_TO_VIEWER, VIEWED
from coterie.voice.models import Call

MINE: Final = f"""
    SELECT conversations.id, is_direct, name, description, owner_id, channels.created_at, part.joined_at,
           part.hidden_position, row_to_json(calls)::text AS call, newest.id AS last_id,
           coalesce(newest.created_at, channels.created_at) AS active_at,
           part.hidden_position IS NOT NULL AND NOT EXISTS (
               SELECT FROM messages
               WHERE messages.channel_id = part.conversation_id AND thread_id IS NULL AND deleted_at IS NULL
                 AND seq > part.hidden_position AND seq <= $2 AND {unread.IS_NEWS}
           ) AS is_hidden
    FROM conversation_participants AS part
    JOIN conversations ON conversations.id = part.conversation_id
    JOIN channels ON channels.id = part.conversation_id
    LEFT JOIN calls ON calls.conversation_id = part.conversation_id
    LEFT JOIN LATERAL (
        SELECT id, created_at, seq FROM messages
        WHERE messages.channel_id = part.conversation_id AND thread_id IS NULL AND deleted_at IS NULL AND seq <= $2
        ORDER BY seq DESC LIMIT 1
    ) AS newest ON TRUE
    WHERE part.user_id = $1
"""
"""A user's conversations, each with its call and its last message that is not deleted, up to a position.

A user's message or a missed call shows a hidden conversation again; other system messages do not.
"""


@dataclass(frozen=True, slots=True)
class ListedConversation:
    """A user's conversation, its last message and its call."""

    shared: SharedConversation
    joined_at: datetime
    hidden_position: int | None
    last_id: UUID | None
    is_hidden: bool
    call: Call | None


@dataclass(frozen=True, slots=True)
class PresentParticipant:
    """A participant, and the positions up to which they received and read the messages."""

    conversation_id: UUID
    participant: Participant
    delivered_position: int
    read_position: int


async def direct(connection: Connection, low: UUID, high: UUID) -> UUID | None:
    """The direct conversation of two users, given in the order of their ids."""
    found: UUID | None = await connection.fetchval(
        "SELECT id FROM conversations WHERE direct_low = $1 AND direct_high = $2", low, high
    )
    return found


async def conversation(connection: Connection, conversation_id: UUID) -> SharedConversation | None:
    """A conversation, without a check of access."""
    row = await connection.fetchrow(
        """
        SELECT conversations.id, is_direct, name, description, owner_id, created_at
        FROM conversations JOIN channels USING (id) WHERE conversations.id = $1
        """,
        conversation_id,
    )
    return SharedConversation(**row) if row else None


async def insert(connection: Connection, made: SharedConversation, people: Sequence[UUID]) -> None:
    """Insert a conversation, its topic and its first participants; those of a direct one in the order of their ids."""
    await connection.execute(
        """
        WITH opened AS (
            INSERT INTO topics (id, kind) VALUES ($1, 'conversation')
        ), place AS (
            INSERT INTO channels (id, name, type, created_at) VALUES ($1, $3, 'text', $6)
        ), made AS (
            INSERT INTO conversations (id, is_direct, direct_low, direct_high, description, owner_id)
            VALUES ($1, $2, CASE WHEN $2 THEN ($7::uuid[])[1] END, CASE WHEN $2 THEN ($7::uuid[])[2] END, $4, $5)
        )
        INSERT INTO conversation_participants (conversation_id, user_id, joined_at)
        SELECT $1, user_id, $6 FROM unnest($7::uuid[]) AS people (user_id)
        """,
        made.id,
        made.is_direct,
        made.name,
        made.description,
        made.owner_id,
        made.created_at,
        people,
    )


async def add(connection: Connection, conversation_id: UUID, user_id: UUID, now: datetime) -> None:
    await connection.execute(
        "INSERT INTO conversation_participants (conversation_id, user_id, joined_at) VALUES ($1, $2, $3)",
        conversation_id,
        user_id,
        now,
    )


async def remove(connection: Connection, conversation_id: UUID, user_id: UUID) -> bool:
    """Remove a participant; returns whether they had receipts."""
    had_receipts = await connection.fetchval(
        """
        DELETE FROM conversation_participants WHERE conversation_id = $1 AND user_id = $2
        RETURNING delivered_position > 0
        """,
        conversation_id,
        user_id,
    )
    return bool(had_receipts)


async def update(connection: Connection, changed: SharedConversation) -> None:
    await connection.execute(
        """
        WITH named AS (UPDATE channels SET name = $2 WHERE id = $1)
        UPDATE conversations SET description = $3, owner_id = $4 WHERE id = $1
        """,
        changed.id,
        changed.name,
        changed.description,
        changed.owner_id,
    )


async def delete(connection: Connection, conversation_id: UUID) -> None:
    """Delete a conversation with its messages and history, by deleting its topic: everything else cascades.

    The bytes of its files are deleted later (`files/sweeping.py`).
    """
    await connection.execute(
        "DELETE FROM topics WHERE id = $1 OR id IN (SELECT id FROM documents WHERE channel_id = $1)", conversation_id
    )


async def takes_part(connection: Connection, conversation_id: UUID, user_id: UUID) -> bool:
    found = await connection.fetchval(
        "SELECT TRUE FROM conversation_participants WHERE conversation_id = $1 AND user_id = $2",
        conversation_id,
        user_id,
    )
    return bool(found)


async def set_hidden(
    connection: Connection, conversation_id: UUID, user_id: UUID, *, is_hidden: bool
) -> Participation | None:
    """Hide a conversation from a user as of its newest position, or show it again; None if nothing changes."""
    row = await connection.fetchrow(
        """
        UPDATE conversation_participants AS part
        SET hidden_position = CASE WHEN $3 THEN topics.position END
        FROM conversations JOIN topics USING (id)
        WHERE part.conversation_id = $1 AND part.user_id = $2 AND conversations.id = $1 AND topics.id = $1
          AND part.hidden_position IS DISTINCT FROM CASE WHEN $3 THEN topics.position END
        RETURNING conversations.id, is_direct, joined_at, hidden_position
        """,
        conversation_id,
        user_id,
        is_hidden,
    )
    return Participation(**row) if row else None


async def most_groups(connection: Connection, users: Collection[UUID]) -> int:
    """The largest number of groups that any of these users is in."""
    found: int | None = await connection.fetchval(
        """
        SELECT max(count) FROM (
            SELECT count(*) FROM conversation_participants AS part
            JOIN conversations ON conversations.id = part.conversation_id
            WHERE part.user_id = ANY($1) AND NOT is_direct GROUP BY part.user_id
        ) AS counted
        """,
        users,
    )
    return found or 0


async def as_participant(connection: Connection, user_id: UUID) -> dict[UUID, Participant]:
    """A user's participant record in each of their conversations."""
    rows = await connection.fetch(
        """
        SELECT conversation_id, user_id, username, avatar_url, joined_at, display_name
        FROM conversation_participants JOIN users ON users.id = user_id WHERE user_id = $1
        """,
        user_id,
    )
    return {row["conversation_id"]: _participant(row) for row in rows}


async def participants(connection: Connection, conversation_id: UUID) -> list[Participant]:
    """The participants in the order in which they joined (at most as many as a conversation can have)."""
    rows = await connection.fetch(
        """
        SELECT user_id, username, avatar_url, joined_at, display_name
        FROM conversation_participants JOIN users ON users.id = user_id
        WHERE conversation_id = $1 ORDER BY joined_at, user_id
        """,
        conversation_id,
    )
    return [Participant(**row) for row in rows]


async def participations_of(connection: Connection, user_id: UUID) -> list[Participation]:
    """A user's participations, as they are logged in the user's own topic."""
    rows = await connection.fetch(
        """
        SELECT id, is_direct, joined_at, hidden_position
        FROM conversation_participants JOIN conversations ON conversations.id = conversation_id WHERE user_id = $1
        """,
        user_id,
    )
    return [Participation(**row) for row in rows]


async def page(
    connection: Connection, user_id: UUID, before: UUID | None, limit: int, *, hidden: bool
) -> list[ListedConversation]:
    """A user's conversations after the given one, newest activity first; with `hidden`, hidden ones too."""
    rows = await connection.fetch(
        f"""
        WITH mine AS ({MINE}), place AS (
            SELECT active_at, id FROM mine WHERE id = $3
        )
        SELECT mine.* FROM mine
        WHERE ($3::uuid IS NULL OR (active_at, id) < (SELECT active_at, id FROM place)) AND ($5 OR NOT is_hidden)
        ORDER BY active_at DESC, id DESC LIMIT $4
        """,
        user_id,
        unread.LATEST,
        before,
        limit,
        hidden,
    )
    return [_listed(row) for row in rows]


async def listed(connection: Connection, user_id: UUID, ids: Sequence[UUID], until: int) -> list[ListedConversation]:
    """Those of these conversations that the user takes part in."""
    rows = await connection.fetch(f"{MINE} AND part.conversation_id = ANY($3)", user_id, until, ids)
    return [_listed(row) for row in rows]


async def joined_position(connection: Connection, conversation_id: UUID, user_id: UUID) -> int:
    """The position at which a user joined a conversation, or at which their picture has changed since."""
    position: int | None = await connection.fetchval(
        "SELECT position FROM changes WHERE topic_id = $1 AND key = 'participants/' || $2::uuid",
        conversation_id,
        user_id,
    )
    return position or 0


async def people(connection: Connection, conversations: Sequence[UUID]) -> list[PresentParticipant]:
    """The participants of these conversations, in the order in which they joined."""
    rows = await connection.fetch(
        """
        SELECT conversation_id, delivered_position, read_position, user_id, username, avatar_url, joined_at,
               display_name
        FROM conversation_participants JOIN users ON users.id = user_id
        WHERE conversation_id = ANY($1) ORDER BY joined_at, user_id
        """,
        conversations,
    )
    return [
        PresentParticipant(
            row["conversation_id"],
            _participant(row),
            row["delivered_position"],
            row["read_position"],
        )
        for row in rows
    ]


async def recipients(connection: Connection, viewer: UUID, users: Collection[UUID]) -> dict[UUID, User]:
    """These accounts as the viewer sees them: without private fields."""
    rows = await connection.fetch(
        f"""
        SELECT users.id, username, NULL AS email, avatar_url, bio, pronouns, {SHOWN_TO_VIEWER},
               NULL::timestamptz AS custom_status_expires_at, created_at, FALSE AS is_admin, display_name
        FROM users {VIEWED} WHERE users.id = ANY($2)
        """,
        viewer,
        users,
    )
    return {row["id"]: User(**row) for row in rows}


def _participant(row: Row) -> Participant:
    return Participant(*(row[name] for name in Participant.__struct_fields__))


def _listed(row: Row) -> ListedConversation:
    shared = SharedConversation(*(row[name] for name in SharedConversation.__struct_fields__))
    call = msgspec.json.decode(row["call"], type=Call) if row["call"] else None
    return ListedConversation(
        shared, row["joined_at"], row["hidden_position"], row["last_id"], is_hidden=row["is_hidden"], call=call
    )
