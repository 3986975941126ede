"""The source database: opened read-only, and read as of one moment."""

import contextlib
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Final
from zoneinfo import ZoneInfo

import asyncpg

from coterie.database.connecting import check_database_url, describe
from coterie.database.connection import OneConnection, Row
from coterie.importing.tables import Query, Table
from coterie.process.refusals import Exit, Refusal


class Source:
    """An open snapshot."""

    def __init__(self, connection: OneConnection, zone: str) -> None:
        self._connection: Final = connection
        self._zone: Final = zone

    async def table(self, name: str) -> Table:
        """The columns of a table, as far as it exists."""
        rows = await self._connection.fetch(
            """
            SELECT attname AS name, format_type(atttypid, NULL) AS type FROM pg_attribute
            WHERE attrelid = to_regclass(quote_ident($1)) AND attnum > 0 AND NOT attisdropped
            """,
            name,
        )
        return Table(name, {row["name"]: row["type"] for row in rows}, self._zone)

    async def tables(self) -> list[str]:
        """The names of all existing tables."""
        rows = await self._connection.fetch("""
            SELECT relname AS name FROM pg_class
            WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') ORDER BY relname
        """)
        return [row["name"] for row in rows]

    async def read(self, statement: str, *values: object) -> list[Row]:
        """The rows of a statement in the source."""
        return await self._connection.fetch(statement, *values)

    async def rows_in(self, table: Table) -> int:
        [row] = await self.read(f'SELECT count(*) FROM "{table.name}"')
        return int(row[0])

    async def count(self, query: Query, after: list[str] | None = None) -> int:
        [row] = await self.read(query.counting, *query.values(after))
        return int(row[0])

    async def batches(self, query: Query, after: list[str] | None = None) -> AsyncIterator[list[Row]]:
        """The query's rows after a key, in batches of what one transaction stores."""
        statement = query.statement
        cursor = await self._connection.cursor(statement, *query.values(after))
        while batch := await cursor.fetch(query.batch):
            yield batch

    async def fingerprint(self, users: Table) -> str | None:
        """Distinguishes this source from another of its kind: its oldest account; None without accounts."""
        created = users.moment("created_at")
        rows = await self.read(
            f"SELECT id::text, {created}::text AS at FROM {users.name} ORDER BY {created}, id LIMIT 1"
        )
        return sha256(f"{rows[0]['id']} {rows[0]['at']}".encode()).hexdigest()[:16] if rows else None


@contextlib.asynccontextmanager
async def opened(url: str, zone: str) -> AsyncIterator[Source]:
    """The source as of this moment. Raises Refusal if it cannot be read or is not in UTF-8."""
    _checked_zone(zone)
    connection = await _connect(url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            await _check_encoding(connection)
            yield Source(connection, zone)
    finally:
        await connection.close(timeout=5)


async def connect(url: str, **settings: str) -> OneConnection:
    """A connection to either database, without time limits."""
    limits = {"statement_timeout": "0", "idle_in_transaction_session_timeout": "0"}
    known = {"application_name": "coterie import", "timezone": "UTC", **limits, **settings}
    return await asyncpg.connect(url, timeout=10, server_settings=known)


async def _connect(url: str) -> OneConnection:
    try:
        check_database_url(url)
        return await connect(url, default_transaction_read_only="on")
    except Exception as problem:
        refusal = problem if isinstance(problem, Refusal) else describe(problem, url)[0]
        raise Refusal(refusal.code, refusal.sentence.replace("DATABASE_URL", "SOURCE")) from problem


async def _check_encoding(connection: OneConnection) -> None:
    encoding = await connection.fetchval("SHOW server_encoding")
    if encoding == "SQL_ASCII":
        raise Refusal(
            Exit.DATABASE_UNSAFE,
            "SOURCE: the database has no encoding (SQL_ASCII); restore a dump of it into one with ENCODING 'UTF8', "
            "and import from there",
        )


def _checked_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as problem:
        raise Refusal(
            Exit.USAGE, f"--zone {zone}: not a time zone; use a name such as Europe/Berlin or UTC"
        ) from problem
