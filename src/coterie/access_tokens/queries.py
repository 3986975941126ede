"""The SQL statements for access tokens, which are sessions with a name and scopes."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from coterie.accounts.models import Session
from coterie.database.connection import Connection

USE_STEP: Final = timedelta(hours=1)
"""A use within this time after another is not noted."""


async def count(connection: Connection, user_id: UUID) -> int:
    value: int = await connection.fetchval(
        "SELECT count(*) FROM sessions WHERE user_id = $1 AND scopes IS NOT NULL AND expires_at > now()", user_id
    )
    return value


async def insert(connection: Connection, session: Session, user_id: UUID, token_hash: bytes) -> None:
    """Store the session of a new token. It has no refresh token: what stands in its place is not the hash of any."""
    await connection.execute(
        """
        INSERT INTO sessions (id, user_id, refresh_hash, user_agent, created_at, refreshed_at, expires_at, name, scopes,
            token_hash)
        VALUES ($1, $2, sha256(gen_random_uuid()::text::bytea), $3, $4, $5, $6, $7, $8, $9)
        """,
        session.id,
        user_id,
        session.user_agent,
        session.created_at,
        session.refreshed_at,
        session.expires_at,
        session.name,
        session.scopes,
        token_hash,
    )


async def session(connection: Connection, token_hash: bytes) -> tuple[UUID, UUID] | None:
    """The account and the session of the token with this hash."""
    row = await connection.fetchrow("SELECT user_id, id FROM sessions WHERE token_hash = $1", token_hash)
    return (row["user_id"], row["id"]) if row else None


async def note_use(connection: Connection, session_id: UUID, now: datetime) -> Session | None:
    """Set when the token was used last; None if that was noted less than `USE_STEP` ago."""
    row = await connection.fetchrow(
        """
        UPDATE sessions SET refreshed_at = $2
        WHERE id = $1 AND (refreshed_at <= $2::timestamptz - $3::interval OR refreshed_at = created_at)
        RETURNING id, user_agent, created_at, refreshed_at, expires_at, FALSE AS is_current, is_lasting, name, scopes
        """,
        session_id,
        now,
        USE_STEP,
    )
    return Session(**row) if row else None
