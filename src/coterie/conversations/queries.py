"""The statements about conversations and those who take part in them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from coterie.accounts.models import User
from coterie.conversations.models import Participant, Participation, SharedConversation
from coterie.database.connection import Connection, Row
from coterie.messages import unread
from coterie.messages.models import Message
from coterie.messages.queries import COLUMNS, placed
from coterie.presence.queries import SHOWN_TO_VIEWER, VIEWED

MINE: Final = """
    SELECT conversations.id, is_direct, name, description, owner_id, channels.created_at, part.joined_at,
           part.hidden_position, newest.id AS last_id, coalesce(newest.created_at, channels.created_at) AS active_at,
           part.hidden_position IS NOT NULL AND NOT EXISTS (
               SELECT FROM messages
               WHERE messages.channel_id = part.conversation_id AND thread_id IS NULL AND deleted_at IS NULL
                 AND seq > part.hidden_position AND seq <= $2 AND type <> 'system'
           ) AS is_hidden
    FROM conversation_participants AS part
    JOIN conversations ON conversations.id = part.conversation_id
    JOIN channels ON channels.id = part.conversation_id
    LEFT JOIN LATERAL (
        SELECT id, created_at, seq FROM messages
        WHERE messages.channel_id = part.conversation_id AND thread_id IS NULL AND deleted_at IS NULL AND seq <= $2
        ORDER BY seq DESC LIMIT 1
    ) AS newest ON TRUE
    WHERE part.user_id = $1
"""
"""The conversations of somebody, each with its last message that stands, up to a position.

What somebody says shows a hidden one again, what a system message tells does not.
"""


@dataclass(frozen=True, slots=True)
class Listed:
    """A conversation of somebody's, and its last message."""

    shared: SharedConversation
    joined_at: datetime
    hidden_position: int | None
    last_id: UUID | None
    is_hidden: bool


@dataclass(frozen=True, slots=True)
class PresentParticipant:
    """Somebody in a conversation, and how far its messages have reached them."""

    conversation_id: UUID
    participant: Participant
    delivered_position: int
    read_position: int


async def direct(connection: Connection, low: UUID, high: UUID) -> UUID | None:
    """The direct conversation of two people, given in the order of their ids."""
    found: UUID | None = await connection.fetchval(
        "SELECT id FROM conversations WHERE direct_low = $1 AND direct_high = $2", low, high
    )
    return found


async def conversation(connection: Connection, conversation_id: UUID) -> SharedConversation | None:
    """A conversation, whoever asks."""
    row = await connection.fetchrow(
        """
        SELECT conversations.id, is_direct, name, description, owner_id, created_at
        FROM conversations JOIN channels USING (id) WHERE conversations.id = $1
        """,
        conversation_id,
    )
    return SharedConversation(**row) if row else None


async def insert(connection: Connection, made: SharedConversation, people: Sequence[UUID]) -> None:
    """A new conversation, its topic, and who takes part from the beginning; of a direct one the people in order."""
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


async def hold(connection: Connection, users: Collection[UUID]) -> None:
    """Keep these accounts as they are until commit; before any topic is locked.

    Who changes their picture holds their account too, so that no conversation or server misses it.
    """
    await connection.fetch("SELECT id FROM users WHERE id = ANY($1) ORDER BY id FOR SHARE", users)


async def add(connection: Connection, conversation_id: UUID, user_id: UUID, now: datetime) -> None:
    await connection.execute(
        "INSERT INTO conversation_participants (conversation_id, user_id, joined_at) VALUES ($1, $2, $3)",
        conversation_id,
        user_id,
        now,
    )


async def remove(connection: Connection, conversation_id: UUID, user_id: UUID) -> bool:
    """Take somebody out; answers whether they had receipts."""
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
    """Remove a conversation with its messages and history: everything hangs on the topic.

    The files' bytes are removed afterwards (`files/sweeping.py`).
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
    """Hide all that there is now from somebody, or show it again; None if nothing changes."""
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
    """In how many groups that one of these is who is in most."""
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
    """What somebody is in each of their conversations."""
    rows = await connection.fetch(
        """
        SELECT conversation_id, user_id, username, avatar_url, joined_at, display_name
        FROM conversation_participants JOIN users ON users.id = user_id WHERE user_id = $1
        """,
        user_id,
    )
    return {row["conversation_id"]: _participant(row) for row in rows}


async def history(connection: Connection, conversation_id: UUID, before: int, limit: int, offset: int) -> list[Message]:
    """A page of a conversation's messages before a position, newest first, without threads and tombstones."""
    rows = await connection.fetch(
        f"""
        SELECT {COLUMNS} FROM messages
        WHERE channel_id = $1 AND thread_id IS NULL AND deleted_at IS NULL AND seq < $2
        ORDER BY seq DESC LIMIT $3 OFFSET $4
        """,
        conversation_id,
        before,
        limit,
        offset,
    )
    return [placed(row) for row in rows]


async def participants(connection: Connection, conversation_id: UUID) -> list[Participant]:
    """Who takes part, in the order in which they came (at most as many as one conversation may have)."""
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
    """That somebody takes part in their conversations, as the log of their own affairs says it."""
    rows = await connection.fetch(
        """
        SELECT id, is_direct, joined_at, hidden_position
        FROM conversation_participants JOIN conversations ON conversations.id = conversation_id WHERE user_id = $1
        """,
        user_id,
    )
    return [Participation(**row) for row in rows]


async def page(connection: Connection, user_id: UUID, before: UUID | None, limit: int, *, hidden: bool) -> list[Listed]:
    """Somebody's conversations behind the given one, the newest activity first; with `hidden` those too."""
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


async def listed(connection: Connection, user_id: UUID, ids: Sequence[UUID], until: int) -> list[Listed]:
    """Of these conversations those in which somebody takes part."""
    rows = await connection.fetch(f"{MINE} AND part.conversation_id = ANY($3)", user_id, until, ids)
    return [_listed(row) for row in rows]


async def joined_position(connection: Connection, conversation_id: UUID, user_id: UUID) -> int:
    """The position at which somebody came into a conversation, or at which their picture changed since."""
    position: int | None = await connection.fetchval(
        "SELECT position FROM changes WHERE topic_id = $1 AND key = 'participants/' || $2::uuid",
        conversation_id,
        user_id,
    )
    return position or 0


async def last_messages(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, Message]:
    """These messages, each by its conversation."""
    rows = await connection.fetch(f"SELECT {COLUMNS} FROM messages WHERE id = ANY($1)", ids)
    return {row["channel_id"]: placed(row) for row in rows}


async def people(connection: Connection, conversations: Sequence[UUID]) -> list[PresentParticipant]:
    """Who takes part in these conversations, in the order in which they came."""
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
    """These accounts as somebody who writes to them sees them: without what is nobody else's business."""
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


def _listed(row: Row) -> Listed:
    shared = SharedConversation(*(row[name] for name in SharedConversation.__struct_fields__))
    return Listed(shared, row["joined_at"], row["hidden_position"], row["last_id"], is_hidden=row["is_hidden"])
