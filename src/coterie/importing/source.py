"""The database that is brought along: opened so that nothing can be written to it, and read as of one moment.

Its tables are taken as they are found: a column that is missing reads as its default, and a time reads as a moment,
whether it was kept with a zone, without one, or as a number of seconds or milliseconds.
"""

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from zoneinfo import ZoneInfo

import asyncpg

from coterie.database.connection import OneConnection, Row
from coterie.database.reaching import check_database_url, describe
from coterie.refusals import Exit, Refusal

BATCH: Final = 1_000
"""Rows read, and stored, at a time."""

NUMBERS: Final = frozenset({"bigint", "integer", "numeric", "double precision", "real"})
EARLIEST: Final = "'1970-01-01 00:00:00+00'::timestamptz"
LATEST: Final = "'2200-01-01 00:00:00+00'::timestamptz"


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the source: its columns with their types, none if there is no such table; the zone of its times."""

    name: str
    columns: Mapping[str, str]
    zone: str

    def __bool__(self) -> bool:
        return bool(self.columns)

    def value(self, column: str, default: str = "NULL") -> str:
        """The column, or where it is missing or null the default, as SQL."""
        if column not in self.columns:
            return default
        return f'{self.name}."{column}"' if default == "NULL" else f'coalesce({self.name}."{column}", {default})'

    def text(self, column: str) -> str:
        return f"{self.value(column)}::text"

    def id(self, column: str = "id", of: str | None = None) -> str:
        """An id, its own or that of a row of another table; one that is no UUID becomes the same one every time."""
        if self.columns.get(column) in (None, "uuid"):
            return f"{self.value(column)}::uuid"
        return f"md5('{of or self.name}/' || {self.text(column)})::uuid"

    def moment(self, column: str) -> str:
        """The column as a moment that can be kept: null and what lies outside of 1970 to 2200 is set to its limit."""
        return f"least(greatest(coalesce({self._moment(column)}, {EARLIEST}), {EARLIEST}), {LATEST})"

    def optional_moment(self, column: str) -> str:
        """As `moment`, but null stays null."""
        return f"CASE WHEN {self.value(column)} IS NOT NULL THEN {self.moment(column)} END"

    def has_odd(self, column: str) -> str:
        """Whether the moment had to be set to a limit."""
        moment = self._moment(column)
        return f"({moment} IS NULL OR {moment} < {EARLIEST} OR {moment} > {LATEST})"

    def _moment(self, column: str) -> str:
        value, kind = self.value(column), self.columns.get(column)
        if kind in NUMBERS:
            return _counted(f"{value}::numeric")
        if kind == "timestamp with time zone":
            return value
        return f"({value}::timestamp AT TIME ZONE '{self.zone}')"


def _counted(value: str) -> str:
    """A number of seconds, milliseconds, microseconds or nanoseconds since 1970: told apart by how large it is."""
    return (
        f"to_timestamp((CASE WHEN abs({value}) < 1e11 THEN {value} WHEN abs({value}) < 1e14 THEN {value} / 1e3 "
        f"WHEN abs({value}) < 1e17 THEN {value} / 1e6 ELSE {value} / 1e9 END)::double precision)"
    )


@dataclass(frozen=True, slots=True)
class Query:
    """Rows of the source in the order of `keys`: SQL expressions that together are unique, each with its type.

    `batch` of them are stored in one transaction.
    """

    columns: tuple[str, ...]
    tables: str
    keys: tuple[tuple[str, str], ...]
    batch: int = BATCH

    @property
    def statement(self) -> str:
        """The rows behind the keys given as texts; from the beginning if they are null."""
        names = [f"key_{number}" for number in range(len(self.keys))]
        shown = ", ".join(f"({key})::text AS {name}" for (key, _), name in zip(self.keys, names, strict=True))
        return f"SELECT {', '.join(self.columns)}, {shown} {self._behind} ORDER BY {self._place}"

    @property
    def counting(self) -> str:
        """How many rows there are behind the keys."""
        return f"SELECT count(*) {self._behind}"

    @property
    def _place(self) -> str:
        return ", ".join(key for key, _ in self.keys)

    @property
    def _behind(self) -> str:
        given = ", ".join(f"${number}::text::{kind}" for number, (_, kind) in enumerate(self.keys, 1))
        return f"FROM {self.tables} WHERE ($1::text IS NULL OR ({self._place}) > ({given}))"

    def values(self, after: list[str] | None) -> list[str] | list[None]:
        return after or [None] * len(self.keys)

    def key_of(self, row: Row) -> list[str]:
        return [row[f"key_{number}"] for number in range(len(self.keys))]


class Source:
    """An open snapshot."""

    def __init__(self, connection: OneConnection, zone: str) -> None:
        self._connection: Final = connection
        self._zone: Final = zone

    async def table(self, name: str) -> Table:
        """What there is of a table."""
        rows = await self._connection.fetch(
            """
            SELECT attname AS name, format_type(atttypid, NULL) AS type FROM pg_attribute
            WHERE attrelid = to_regclass(quote_ident($1)) AND attnum > 0 AND NOT attisdropped
            """,
            name,
        )
        return Table(name, {row["name"]: row["type"] for row in rows}, self._zone)

    async def tables(self) -> list[str]:
        """The names of all tables that there are."""
        rows = await self._connection.fetch("""
            SELECT relname AS name FROM pg_class
            WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') ORDER BY relname
        """)
        return [row["name"] for row in rows]

    async def read(self, statement: str, *values: object) -> list[Row]:
        """The rows of a statement of the source's own."""
        return await self._connection.fetch(statement, *values)

    async def rows_in(self, table: Table) -> int:
        [row] = await self.read(f'SELECT count(*) FROM "{table.name}"')
        return int(row[0])

    async def count(self, query: Query, after: list[str] | None = None) -> int:
        [row] = await self.read(query.counting, *query.values(after))
        return int(row[0])

    async def batches(self, query: Query, after: list[str] | None = None) -> AsyncIterator[list[Row]]:
        """The query's rows behind a key, as many at a time as one transaction stores."""
        statement, batch = query.statement, []
        async for row in self._connection.cursor(statement, *query.values(after), prefetch=query.batch):
            batch.append(row)
            if len(batch) == query.batch:
                yield batch
                batch = []
        if batch:
            yield batch

    async def fingerprint(self, users: Table) -> str | None:
        """What tells this source from another of its kind: its oldest account; None if it has none."""
        created = users.moment("created_at")
        rows = await self.read(
            f"SELECT id::text, {created}::text AS at FROM {users.name} ORDER BY {created}, id LIMIT 1"
        )
        return sha256(f"{rows[0]['id']} {rows[0]['at']}".encode()).hexdigest()[:16] if rows else None


@contextlib.asynccontextmanager
async def opened(url: str, zone: str) -> AsyncIterator[Source]:
    """The source as of this moment. Raises Refusal if it cannot be read, or is not in UTF-8."""
    _checked_zone(zone)
    connection = await _connect(url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            await _check_encoding(connection)
            yield Source(connection, zone)
    finally:
        await connection.close(timeout=5)


async def _connect(url: str) -> OneConnection:
    try:
        check_database_url(url)
        return await asyncpg.connect(
            url,
            timeout=10,
            server_settings={
                "application_name": "coterie import",
                "timezone": "UTC",
                "default_transaction_read_only": "on",
                "statement_timeout": "0",
                "idle_in_transaction_session_timeout": "0",
            },
        )
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
        raise Refusal(Exit.USAGE, f"--zone {zone}: no time zone; names are such as Europe/Berlin or UTC") from problem
