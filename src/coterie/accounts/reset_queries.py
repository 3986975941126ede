"""The SQL statements for password reset tokens."""

from datetime import datetime
from uuid import UUID

from coterie.database.connection import Connection


async def put_reset_token(connection: Connection, user_id: UUID, token_hash: bytes, expires_at: datetime) -> None:
    """Store a password reset token in place of an older one of the account."""
    await connection.execute(
        """
        INSERT INTO password_resets (user_id, token_hash, expires_at) VALUES ($1, $2, $3)
        ON CONFLICT (user_id) DO UPDATE SET token_hash = excluded.token_hash, expires_at = excluded.expires_at
        """,
        user_id,
        token_hash,
        expires_at,
    )


async def drop_reset_token(connection: Connection, user_id: UUID) -> None:
    """Delete the account's reset token; before the password is changed, the order in which using a token does it."""
    await connection.execute("DELETE FROM password_resets WHERE user_id = $1", user_id)


async def owner_of(connection: Connection, token_hash: bytes) -> UUID | None:
    """The account whose password this token could set now."""
    value: UUID | None = await connection.fetchval(
        "SELECT user_id FROM password_resets WHERE token_hash = $1 AND expires_at > now()", token_hash
    )
    return value


async def take_reset_token(connection: Connection, token_hash: bytes) -> UUID | None:
    """Use up a reset token; returns its account if it had not expired."""
    value: UUID | None = await connection.fetchval(
        "DELETE FROM password_resets WHERE token_hash = $1 AND expires_at > now() RETURNING user_id",
        token_hash,
    )
    return value
