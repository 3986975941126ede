"""Records each action in its own transaction: an entry exists if and only if the action was done."""

from datetime import UTC, datetime
from uuid import UUID

from msgspec.structs import replace

from coterie.accounts import queries as accounts
from coterie.audit import queries
from coterie.audit.models import AuditEntry, AuditLog, Filter
from coterie.database.connection import Connection


async def record(connection: Connection, *entries: AuditEntry) -> None:
    """Write entries of the audit log, inside the caller's transaction."""
    await queries.insert(connection, entries, datetime.now(UTC))


async def page(connection: Connection, server_id: UUID, wanted: Filter, limit: int) -> list[AuditLog]:
    """A server's newest matching entries, newest first, with the names of the people in them."""
    entries = await queries.page(connection, server_id, wanted, limit)
    users = await accounts.named(connection, [id for entry in entries for id in (entry.actor_id, _user_in(entry))])
    return [
        replace(entry, actor=users.get(entry.actor_id), target_user=users.get(_user_in(entry))) for entry in entries
    ]


def _user_in(entry: AuditLog) -> UUID | None:
    return entry.target_id if entry.target_type == "user" else None
