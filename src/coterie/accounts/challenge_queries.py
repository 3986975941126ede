"""The SQL statements for the challenges of unfinished logins."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from coterie.database.connection import Connection


class OpenChallenge(NamedTuple):
    """Whose login is unfinished, and which steps it has taken."""

    user_id: UUID
    done: list[str]


async def insert(
    connection: Connection, token_hash: bytes, challenge: OpenChallenge, expires_at: datetime, limit: int
) -> None:
    """Store a challenge, in place of expired ones of the account and of its oldest beyond the limit."""
    await connection.execute(
        """
        DELETE FROM login_challenges WHERE user_id = $1 AND (expires_at <= now() OR token_hash IN (
            SELECT token_hash FROM login_challenges WHERE user_id = $1 ORDER BY expires_at DESC OFFSET $2))
        """,
        challenge.user_id,
        limit - 1,
    )
    await connection.execute(
        "INSERT INTO login_challenges (token_hash, user_id, done, expires_at) VALUES ($1, $2, $3, $4)",
        token_hash,
        challenge.user_id,
        challenge.done,
        expires_at,
    )


async def owner(connection: Connection, token_hash: bytes) -> UUID | None:
    """The account whose login this challenge continues."""
    value: UUID | None = await connection.fetchval(
        "SELECT user_id FROM login_challenges WHERE token_hash = $1 AND expires_at > now()", token_hash
    )
    return value


async def take(connection: Connection, token_hash: bytes) -> OpenChallenge | None:
    """Use up a challenge; the account's row is locked before, as what ends challenges does it."""
    row = await connection.fetchrow(
        "DELETE FROM login_challenges WHERE token_hash = $1 AND expires_at > now() RETURNING user_id, done", token_hash
    )
    return OpenChallenge(**row) if row else None


async def end_all(connection: Connection, user_id: UUID) -> None:
    """End the unfinished logins of an account."""
    await connection.execute("DELETE FROM login_challenges WHERE user_id = $1", user_id)
