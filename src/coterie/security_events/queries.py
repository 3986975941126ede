"""The SQL statements for security events."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from msgspec import Raw

from coterie.database.columns import columns
from coterie.database.connection import Connection, Row
from coterie.security_events.models import SecurityEntry, SecurityFilter


class SecurityRow(NamedTuple):
    """A new row; `details` are JSON."""

    id: UUID
    type: str
    account_id: UUID | None
    actor_id: UUID | None
    session_id: UUID | None
    address: str
    occurrences: int
    details: str
    created_at: datetime


RECORDED: Final = columns(SecurityRow)
NEWEST: Final = UUID(int=2**128 - 1)
"""Greater than any id."""


class NotifiedOwner(NamedTuple):
    """The owner of an account, and the verified address."""

    username: str
    email: str


async def notified(connection: Connection, account_id: UUID) -> NotifiedOwner | None:
    """Who gets notices about an account; None without a verified address."""
    row = await connection.fetchrow(
        "SELECT username, email FROM users WHERE id = $1 AND email_verified_at IS NOT NULL", account_id
    )
    return NotifiedOwner(**row) if row else None


async def insert(connection: Connection, rows: Sequence[SecurityRow]) -> None:
    """Store events. An account that was deleted since is left out of its rows."""
    await connection.execute(
        f"""
        INSERT INTO security_events
            (id, type, account_id, actor_id, session_id, address, occurrences, details, created_at)
        SELECT id, type, (SELECT users.id FROM users WHERE users.id = account_id), actor_id, session_id, address,
               occurrences, details::json, created_at
        FROM {RECORDED.given}
        """,
        *RECORDED.arrays(rows),
    )


async def page(connection: Connection, wanted: SecurityFilter, limit: int) -> list[SecurityEntry]:
    """The newest matching events of the instance, newest first: ids are ordered by time."""
    rows = await connection.fetch(
        """
        SELECT event.id, type, account_id, account.username, actor_id, actor.username AS actor_username, session_id,
               address, occurrences, details, event.created_at
        FROM security_events AS event
        LEFT JOIN users AS account ON account.id = account_id
        LEFT JOIN users AS actor ON actor.id = actor_id
        WHERE event.id < coalesce($1::uuid, $6) AND ($2::text IS NULL OR type = $2)
          AND ($3::uuid IS NULL OR account_id = $3) AND ($4::timestamptz IS NULL OR event.created_at >= $4)
        ORDER BY event.id DESC LIMIT $5
        """,
        wanted.before,
        wanted.type,
        wanted.account_id,
        wanted.since,
        limit,
        NEWEST,
    )
    return [_entry(row) for row in rows]


async def page_of(connection: Connection, account_id: UUID, before: UUID | None, limit: int) -> list[SecurityEntry]:
    """An account's newest events, as its owner sees them: without the address of anyone else who acted."""
    rows = await connection.fetch(
        """
        SELECT event.id, type, account_id, account.username, actor_id, actor.username AS actor_username, session_id,
               CASE WHEN actor_id IS NULL THEN address ELSE '' END AS address, occurrences, details, event.created_at
        FROM security_events AS event
        JOIN users AS account ON account.id = account_id
        LEFT JOIN users AS actor ON actor.id = actor_id
        WHERE account_id = $1 AND event.id < coalesce($2::uuid, $3)
        ORDER BY event.id DESC LIMIT $4
        """,
        account_id,
        before,
        NEWEST,
        limit,
    )
    return [_entry(row) for row in rows]


def _entry(row: Row) -> SecurityEntry:
    return SecurityEntry(**{**row, "details": Raw(row["details"].encode())})


async def forget(connection: Connection, before: datetime, limit: int, types: Sequence[str] | None = None) -> int:
    """Delete the oldest events from before a moment, of these types or of all, and count them."""
    rows = await connection.fetch(
        """
        DELETE FROM security_events WHERE id IN (
            SELECT id FROM security_events WHERE created_at < $1 AND ($2::text[] IS NULL OR type = ANY($2))
            ORDER BY created_at LIMIT $3)
        RETURNING id
        """,
        before,
        types,
        limit,
    )
    return len(rows)
