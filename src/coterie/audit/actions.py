"""Recording what is done, in the transaction that does it: an entry is there exactly if the deed is."""

from datetime import UTC, datetime

from coterie.audit import queries
from coterie.audit.models import Entry
from coterie.database.connection import Connection


async def record(connection: Connection, *entries: Entry) -> None:
    """Write entries of the audit log, inside the caller's transaction."""
    await queries.insert(connection, entries, datetime.now(UTC))
