"""The SQL statements for the audit log."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from msgspec import Raw

from coterie.audit.models import AuditEntry, AuditLog, Filter
from coterie.database.columns import columns
from coterie.database.connection import Connection
from coterie.identifiers import new_id
from coterie.log.append import encoded

ENTRY_LIMIT: Final = 50_000
"""The newest entries of a server that are kept."""


class AuditRow(NamedTuple):
    """A new row; `details` are JSON."""

    id: UUID
    server_id: UUID
    actor_id: UUID | None
    action: str
    target_type: str | None
    target_id: UUID | None
    details: str
    created_at: datetime


RECORDED: Final = columns(AuditRow)


async def insert(connection: Connection, entries: Sequence[AuditEntry], now: datetime) -> None:
    """New entries, in one round trip. The target of an action may be gone already; its server may not."""
    await insert_rows(connection, *(_row(entry, now) for entry in entries))


async def insert_rows(connection: Connection, *rows: AuditRow) -> None:
    await connection.execute(
        f"""
        INSERT INTO audit_logs (id, server_id, actor_id, action, target_type, target_id, details, created_at)
        SELECT id, server_id, actor_id, action, target_type, target_id, details::json, created_at FROM {RECORDED.given}
        """,
        *RECORDED.arrays(rows),
    )


def _row(entry: AuditEntry, now: datetime) -> AuditRow:
    return AuditRow(
        new_id(),
        entry.server_id,
        entry.actor_id,
        entry.action.name,
        entry.action.target,
        entry.target_id,
        encoded(entry.details),
        now,
    )


async def forget(connection: Connection, before: datetime, limit: int) -> int:
    """Delete the oldest entries from before a moment, and count them. Ids grow with time, so few others are read."""
    rows = await connection.fetch(
        """
        DELETE FROM audit_logs WHERE id = ANY(ARRAY(
            SELECT id FROM audit_logs WHERE id < $1 AND created_at < $2 ORDER BY id LIMIT $3
        )) RETURNING id
        """,
        UUID(int=int(before.timestamp() * 1000) << 80),
        before,
        limit,
    )
    return len(rows)


async def forget_beyond(connection: Connection, before: datetime, limit: int) -> int:
    """Delete the oldest entries of servers that have more than ENTRY_LIMIT, and count them."""
    rows = await connection.fetch(
        """
        DELETE FROM audit_logs WHERE id = ANY(ARRAY(
            SELECT beyond.id FROM (
                SELECT server_id FROM audit_logs GROUP BY server_id HAVING count(*) > $1
            ) AS crowded CROSS JOIN LATERAL (
                SELECT id FROM audit_logs WHERE audit_logs.server_id = crowded.server_id AND created_at < $2
                ORDER BY created_at DESC OFFSET $1
            ) AS beyond LIMIT $3
        )) RETURNING id
        """,
        ENTRY_LIMIT,
        before,
        limit,
    )
    return len(rows)


async def page(connection: Connection, server_id: UUID, wanted: Filter, limit: int) -> list[AuditLog]:
    """A server's newest matching entries, newest first."""
    rows = await connection.fetch(
        """
        SELECT id, server_id, actor_id, action, target_type, target_id, details, created_at FROM audit_logs
        WHERE server_id = $1 AND ($2::timestamptz IS NULL OR created_at < $2)
          AND ($3::text IS NULL OR action = $3) AND ($4::uuid IS NULL OR actor_id = $4)
          AND ($5::text IS NULL OR target_type = $5)
        ORDER BY created_at DESC, id DESC LIMIT $6
        """,
        server_id,
        wanted.before,
        wanted.action,
        wanted.actor_id,
        wanted.target_type,
        limit,
    )
    return [AuditLog(**{**row, "details": Raw(row["details"].encode())}) for row in rows]
