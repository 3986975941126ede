"""Recording what is done, in the transaction that does it: an entry is there exactly if the deed is."""

from datetime import UTC, datetime
from uuid import UUID

from msgspec.structs import replace

from coterie.accounts import queries as accounts
from coterie.audit import queries
from coterie.audit.models import AuditLog, Entry, Filter
from coterie.database.connection import Connection


async def record(connection: Connection, *entries: Entry) -> None:
    """Write entries of the audit log, inside the caller's transaction."""
    await queries.insert(connection, entries, datetime.now(UTC))


async def page(connection: Connection, server_id: UUID, wanted: Filter, limit: int) -> list[AuditLog]:
    """The newest entries of a server that are wanted, newest first, with the names of who is in them."""
    entries = await queries.page(connection, server_id, wanted, limit)
    users = await accounts.named(connection, [id for entry in entries for id in (entry.actor_id, _user_in(entry))])
    return [
        replace(entry, actor=users.get(entry.actor_id), target_user=users.get(_user_in(entry))) for entry in entries
    ]


def _user_in(entry: AuditLog) -> UUID | None:
    return entry.target_id if entry.target_type == "user" else None
