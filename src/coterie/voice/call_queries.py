"""The statements about calls in conversations."""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from coterie.database.connection import Connection
from coterie.voice.models import Call

CALL: Final = "conversation_id, caller_id, started_at, answered_at, ringing, declined"


async def call(connection: Connection, conversation_id: UUID) -> Call | None:
    """The call in a conversation; None if nobody is in one."""
    row = await connection.fetchrow(f"SELECT {CALL} FROM calls WHERE conversation_id = $1", conversation_id)
    return Call(**row) if row else None


async def others(connection: Connection, conversation_id: UUID, user_id: UUID) -> list[UUID]:
    """The other participants of a conversation who are not in its call, in the order in which they joined."""
    rows = await connection.fetch(
        """
        SELECT user_id FROM conversation_participants AS part
        WHERE conversation_id = $1 AND user_id <> $2
          AND NOT EXISTS (SELECT FROM voice_states WHERE user_id = part.user_id AND channel_id = $1)
        ORDER BY part.joined_at, user_id
        """,
        conversation_id,
        user_id,
    )
    return [row["user_id"] for row in rows]


async def put(connection: Connection, call: Call) -> None:
    """Begin a call, or store how it goes on."""
    await connection.execute(
        f"""
        INSERT INTO calls ({CALL}) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (conversation_id) DO UPDATE
        SET answered_at = excluded.answered_at, ringing = excluded.ringing, declined = excluded.declined
        """,
        call.conversation_id,
        call.caller_id,
        call.started_at,
        call.answered_at,
        call.ringing,
        call.declined,
    )


async def delete_empty(connection: Connection, conversations: Collection[UUID]) -> list[Call]:
    """Delete the calls of these conversations in which nobody is left."""
    rows = await connection.fetch(
        f"""
        DELETE FROM calls
        WHERE conversation_id = ANY($1)
          AND NOT EXISTS (SELECT FROM voice_states WHERE channel_id = conversation_id)
        RETURNING {CALL}
        """,
        conversations,
    )
    return [Call(**row) for row in rows]


async def ringing(connection: Connection, started_before: datetime) -> list[UUID]:
    """The conversations with a call that began before this time and still rings somebody."""
    rows = await connection.fetch(
        "SELECT conversation_id FROM calls WHERE ringing <> '{}' AND started_at < $1", started_before
    )
    return [row["conversation_id"] for row in rows]
