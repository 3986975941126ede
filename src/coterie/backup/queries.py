"""The SQL statements for making and restoring backups."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

from coterie.backup.manifest import PositionSum, StoredObject
from coterie.database.connection import OneConnection
from coterie.files import removing
from coterie.files.storage import THUMBNAIL, path

BATCH: Final = 1_000


async def hold_removals(connection: OneConnection) -> None:
    """Keep all processes from deleting files until this transaction ends; waits for deletions in progress.

    The transaction reads and writes nothing else, so that it blocks nothing else, however long it takes.
    """
    await connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
    await connection.execute("SELECT pg_advisory_xact_lock($1)", removing.LOCK)


async def unbounded(connection: OneConnection) -> None:
    """Let this transaction take any time."""
    await connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL statement_timeout = 0")


async def quicker(connection: OneConnection) -> None:
    """For building indexes, which takes most of the time of a restore."""
    await connection.execute("SET LOCAL lock_timeout = 0; SET LOCAL maintenance_work_mem = '256MB'")


async def snapshot(connection: OneConnection) -> str:
    """Export this transaction's snapshot under a name, so that others can see the same data."""
    name: str = await connection.fetchval("SELECT pg_export_snapshot()")
    return name


async def tables(connection: OneConnection) -> list[str]:
    """The tables of the schema whose rows are backed up."""
    rows = await connection.fetch(
        """
        SELECT relname FROM pg_class
        WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND relpersistence = 'p'
        ORDER BY relname
        """
    )
    return [row["relname"] for row in rows]


async def columns(connection: OneConnection) -> dict[str, frozenset[str]]:
    """The tables whose rows are backed up, each with the columns that it stores."""
    rows = await connection.fetch(
        """
        SELECT relname, array_agg(attname::text) AS columns FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
        WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND relpersistence = 'p'
            AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
        GROUP BY relname ORDER BY relname
        """
    )
    return {row["relname"]: frozenset(row["columns"]) for row in rows}


async def empty(connection: OneConnection) -> None:
    """Delete all rows that are backed up: migrations insert a few."""
    emptying = await connection.fetchval(
        """
        SELECT 'TRUNCATE ' || string_agg(oid::regclass::text, ', ') FROM pg_class
        WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND relpersistence = 'p'
        """
    )
    await connection.execute(emptying)


@dataclass(frozen=True, slots=True)
class Definition:
    """The statements that remove a key, a reference or an index, and add it again."""

    removal: str
    addition: str


async def keys_and_indexes(connection: OneConnection) -> list[Definition]:
    """Every reference, key and index of the schema; references come first, since they need keys."""
    rows = await connection.fetch(
        """
        SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS removal,
               format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
                   AS addition, contype = 'f' AS is_reference
        FROM pg_constraint
        WHERE connamespace = current_schema()::regnamespace AND contype IN ('f', 'p', 'u', 'x') AND conrelid <> 0
        UNION ALL
        SELECT format('DROP INDEX %s', indexrelid::regclass), pg_get_indexdef(indexrelid), FALSE
        FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
        WHERE relnamespace = current_schema()::regnamespace
            AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u', 'x'))
        ORDER BY is_reference DESC, addition
        """
    )
    return [Definition(row["removal"], row["addition"]) for row in rows]


async def define(connection: OneConnection, statement: str) -> None:
    """Run a statement of a `Definition`."""
    await connection.execute(statement)


async def counts(connection: OneConnection) -> dict[str, int]:
    """The number of rows in each table."""
    found: dict[str, int] = {}
    for table in await tables(connection):
        counting = f'SELECT count(*) FROM "{table}"'
        found[table] = await connection.fetchval(counting)
    return found


async def positions(connection: OneConnection) -> PositionSum:
    row = await connection.fetchrow("SELECT count(*) AS topics, coalesce(sum(position), 0)::text AS sum FROM topics")
    assert row is not None, "it counts"
    return PositionSum(row["topics"], row["sum"])


async def is_empty(connection: OneConnection) -> bool:
    """Whether the schema is completely empty."""
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


async def objects(connection: OneConnection) -> AsyncIterator[StoredObject]:
    """What the file storage must have, in order; and without a size, objects being stored or deleted."""
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
            yield StoredObject(path(row["id"]), None)
            yield StoredObject(path(row["id"], THUMBNAIL), None)
            continue
        yield StoredObject(path(row["id"]), row["file_size"] or row["size"])
        if row["thumbnail_size"] is not None:
            yield StoredObject(path(row["id"], THUMBNAIL), row["thumbnail_size"])
