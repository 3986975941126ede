"""The statements of making and restoring backups."""

from collections.abc import AsyncIterator
from typing import Final

from coterie.backup.manifest import Listed, Positions
from coterie.database.connection import OneConnection
from coterie.files import removing
from coterie.files.storage import THUMBNAIL, path

BATCH: Final = 1_000


async def hold_removals(connection: OneConnection) -> None:
    """Until the end of this transaction no process removes a file; waits for removals that are under way.

    The transaction reads and writes nothing else, so that it holds up nothing but this, however long it lasts.
    """
    await connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
    await connection.execute("SELECT pg_advisory_xact_lock($1)", removing.LOCK)


async def unbounded(connection: OneConnection) -> None:
    """Let a transaction take the time that it takes."""
    await connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL statement_timeout = 0")


async def snapshot(connection: OneConnection) -> str:
    """A name for what this transaction sees, for others to see the same."""
    name: str = await connection.fetchval("SELECT pg_export_snapshot()")
    return name


async def tables(connection: OneConnection) -> list[str]:
    """The tables of the schema whose rows are kept."""
    rows = await connection.fetch(
        """
        SELECT relname FROM pg_class
        WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND relpersistence = 'p'
        ORDER BY relname
        """
    )
    return [row["relname"] for row in rows]


async def counts(connection: OneConnection) -> dict[str, int]:
    """How many rows each table has."""
    found: dict[str, int] = {}
    for table in await tables(connection):
        counting = f'SELECT count(*) FROM "{table}"'
        found[table] = await connection.fetchval(counting)
    return found


async def positions(connection: OneConnection) -> Positions:
    row = await connection.fetchrow("SELECT count(*) AS topics, coalesce(sum(position), 0)::text AS sum FROM topics")
    assert row is not None, "it counts"
    return Positions(row["topics"], row["sum"])


async def is_empty(connection: OneConnection) -> bool:
    """Whether the schema holds nothing at all."""
    found: bool = await connection.fetchval(
        """
        SELECT NOT EXISTS (
            SELECT FROM pg_class
            WHERE relnamespace = current_schema()::regnamespace AND NOT EXISTS (
                SELECT FROM pg_depend
                WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e'))
        """
    )
    return found


async def objects(connection: OneConnection) -> AsyncIterator[Listed]:
    """What the file storage must have, in order; and without a size what it may have, on its way in or out."""
    async for row in connection.cursor(
        """
        SELECT files.id, size, attachments.file_size, thumbnail_size,
               num_nonnulls(attachment_id, avatar_of, icon_of, emoji_id) > 0 AS is_needed
        FROM files LEFT JOIN attachments ON attachments.id = attachment_id
        WHERE num_nonnulls(attachment_id, avatar_of, icon_of, emoji_id) > 0 OR keep_until > now()
        ORDER BY files.id
        """,
        prefetch=BATCH,
    ):
        if not row["is_needed"]:
            yield Listed(path(row["id"]), None)
            yield Listed(path(row["id"], THUMBNAIL), None)
            continue
        yield Listed(path(row["id"]), row["file_size"] or row["size"])
        if row["thumbnail_size"] is not None:
            yield Listed(path(row["id"], THUMBNAIL), row["thumbnail_size"])
