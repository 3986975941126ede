"""The SQL statements for addresses that are verified, and for those that can come back."""

from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from coterie.accounts.models import EmailState
from coterie.database.connection import Connection

VERIFICATION_LIFETIME: Final = timedelta(hours=24)
REVERSAL_LIFETIME: Final = timedelta(days=3)


class FormerEmail(NamedTuple):
    """Whose link was opened, and which address it is about."""

    user_id: UUID
    email: str


async def state(connection: Connection, user_id: UUID) -> EmailState | None:
    row = await connection.fetchrow(
        """
        SELECT users.email, email_verified_at IS NOT NULL AS is_verified, pending.email AS pending,
               EXISTS (SELECT FROM bounced_addresses WHERE address = lower(coalesce(pending.email, users.email)))
                   AS has_bounced
        FROM users LEFT JOIN email_verifications AS pending
            ON pending.user_id = users.id AND pending.created_at > now() - $2::interval
        WHERE users.id = $1
        """,
        user_id,
        VERIFICATION_LIFETIME,
    )
    return EmailState(**row) if row else None


async def begin_verification(connection: Connection, user_id: UUID, email: str, token_hash: bytes) -> None:
    """Store a token that verifies an address, in place of another one of the account."""
    await drop_verification(connection, user_id)
    await connection.execute(
        "INSERT INTO email_verifications (token_hash, user_id, email) VALUES ($1, $2, $3)", token_hash, user_id, email
    )


async def drop_verification(connection: Connection, user_id: UUID) -> None:
    await connection.execute("DELETE FROM email_verifications WHERE user_id = $1", user_id)


async def owner_of_verification(connection: Connection, token_hash: bytes) -> UUID | None:
    """Whose address this token verifies; the caller then locks the account."""
    value: UUID | None = await connection.fetchval(
        "SELECT user_id FROM email_verifications WHERE token_hash = $1", token_hash
    )
    return value


async def take_verification(connection: Connection, token_hash: bytes) -> str | None:
    """Use up a token that verifies an address; returns the address unless it had expired."""
    value: str | None = await connection.fetchval(
        """
        DELETE FROM email_verifications WHERE token_hash = $1 AND created_at > now() - $2::interval RETURNING email
        """,
        token_hash,
        VERIFICATION_LIFETIME,
    )
    return value


async def release_unverified(connection: Connection, user_id: UUID, email: str) -> list[UUID]:
    """Take an address from other accounts that have never verified it; returns them."""
    rows = await connection.fetch(
        """
        UPDATE users SET email = NULL
        WHERE lower(email) = lower($2) AND email_verified_at IS NULL AND id <> $1 RETURNING id
        """,
        user_id,
        email,
    )
    return [row["id"] for row in rows]


async def verified_email(connection: Connection, user_id: UUID) -> str | None:
    value: str | None = await connection.fetchval(
        "SELECT email FROM users WHERE id = $1 AND email_verified_at IS NOT NULL", user_id
    )
    return value


async def insert_reversal(connection: Connection, former: FormerEmail, token_hash: bytes) -> None:
    await connection.execute(
        "INSERT INTO email_reversals (token_hash, user_id, email) VALUES ($1, $2, $3)", token_hash, *former
    )


async def reversal(connection: Connection, token_hash: bytes) -> FormerEmail | None:
    """The address that a token brings back; the caller then locks the account and ends all its reversals."""
    row = await connection.fetchrow(
        "SELECT user_id, email FROM email_reversals WHERE token_hash = $1 AND created_at > now() - $2::interval",
        token_hash,
        REVERSAL_LIFETIME,
    )
    return FormerEmail(**row) if row else None


async def end_reversals(connection: Connection, user_id: UUID, token_hash: bytes) -> bool:
    """End all reversals of an account; False if this one was used meanwhile."""
    rows = await connection.fetch("DELETE FROM email_reversals WHERE user_id = $1 RETURNING token_hash", user_id)
    return any(row["token_hash"] == token_hash for row in rows)


async def forget_verifications(connection: Connection, before: datetime, limit: int) -> int:
    rows = await connection.fetch(
        """
        DELETE FROM email_verifications WHERE token_hash = ANY(ARRAY(
            SELECT token_hash FROM email_verifications WHERE created_at < $1 ORDER BY created_at LIMIT $2
        )) RETURNING token_hash
        """,
        before,
        limit,
    )
    return len(rows)


async def forget_reversals(connection: Connection, before: datetime, limit: int) -> int:
    rows = await connection.fetch(
        """
        DELETE FROM email_reversals WHERE token_hash = ANY(ARRAY(
            SELECT token_hash FROM email_reversals WHERE created_at < $1 ORDER BY created_at LIMIT $2
        )) RETURNING token_hash
        """,
        before,
        limit,
    )
    return len(rows)
