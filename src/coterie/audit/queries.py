"""The statements about the audit log."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Raw

from coterie.audit.models import AuditLog, Entry, Filter
from coterie.database.connection import Connection
from coterie.identifiers import new_id
from coterie.log.append import encoded


async def insert(connection: Connection, entries: Sequence[Entry], now: datetime) -> None:
    """New entries, in one round trip. What a deed was done to may be gone already; its server may not."""
    await connection.execute(
        """
        INSERT INTO audit_logs (id, server_id, actor_id, action, target_type, target_id, details, created_at)
        SELECT id, server_id, actor_id, action, target_type, target_id, details::json, $8
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::uuid[], $7::text[])
            AS given (id, server_id, actor_id, action, target_type, target_id, details)
        """,
        [new_id() for _ in entries],
        [entry.server_id for entry in entries],
        [entry.actor_id for entry in entries],
        [entry.action for entry in entries],
        [entry.target_type for entry in entries],
        [entry.target_id for entry in entries],
        [encoded(entry.details) for entry in entries],
        now,
    )


async def page(connection: Connection, server_id: UUID, wanted: Filter, limit: int) -> list[AuditLog]:
    """The newest entries of a server that are wanted, newest first."""
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
