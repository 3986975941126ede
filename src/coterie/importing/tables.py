"""A table of the source as found, and the reading of its rows in batches. A missing column reads as its default.

A time is read as a moment, whether it was stored with a zone, without one, or as a number of seconds or milliseconds.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from coterie.database.connection import Row

NUMBERS: Final = frozenset({"bigint", "integer", "numeric", "double precision", "real"})
EARLIEST: Final = "'1970-01-01 00:00:00+00'::timestamptz"
LATEST: Final = "'2200-01-01 00:00:00+00'::timestamptz"

BATCH: Final = 1_000
"""Rows read and stored at a time."""

BY_TIME: Final = ("created_at", "id")


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the source: its columns with their types (none if it does not exist), and the zone of its times."""

    name: str
    columns: Mapping[str, str]
    zone: str

    def __bool__(self) -> bool:
        return bool(self.columns)

    def value(self, column: str, default: str = "NULL") -> str:
        """The column as SQL, or its default where it is missing or null."""
        if column not in self.columns:
            return default
        return f'{self.name}."{column}"' if default == "NULL" else f'coalesce({self.name}."{column}", {default})'

    def text(self, column: str) -> str:
        return f"{self.value(column)}::text"

    def id(self, column: str = "id", of: str | None = None) -> str:
        """An id, its own or that of a row of another table; a value that is not a UUID always becomes the same UUID."""
        if self.columns.get(column) in (None, "uuid"):
            return f"{self.value(column)}::uuid"
        return f"md5('{of or self.name}/' || {self.text(column)})::uuid"

    def moment(self, column: str) -> str:
        """The column as a valid moment: null and times outside 1970 to 2200 are set to the limit."""
        return f"least(greatest(coalesce({self._moment(column)}, {EARLIEST}), {EARLIEST}), {LATEST})"

    def optional_moment(self, column: str) -> str:
        """Like `moment`, but null stays null."""
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
    """Seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by their size."""
    return (
        f"to_timestamp((CASE WHEN abs({value}) < 1e11 THEN {value} WHEN abs({value}) < 1e14 THEN {value} / 1e3 "
        f"WHEN abs({value}) < 1e17 THEN {value} / 1e6 ELSE {value} / 1e9 END)::double precision)"
    )


Read = Callable[[Table, str], str]
"""How to read a column, as SQL, such as `Table.text`, `Table.moment` and other methods."""

OWN: Final[Mapping[str, Read]] = {"id": Table.id, "created_at": Table.moment}
"""How the columns are read that most rows have."""


def read(how: Read, *columns: str) -> dict[str, Read]:
    """Columns that are all read the same way."""
    return dict.fromkeys(columns, how)


def id_of(kind: str) -> Read:
    """The id of a row of another table."""
    return lambda table, column: table.id(column, kind)


def number(table: Table, column: str) -> str:
    """A whole number, 0 where it is missing."""
    return f"{table.value(column, '0')}::bigint"


def flag(table: Table, column: str) -> str:
    """Whether something is true; false where it is missing."""
    return table.value(column, "FALSE")


def content(table: Table, column: str) -> str:
    """A text, empty where it is missing."""
    return f"coalesce({table.text(column)}, '')"


def since(flagged: str) -> Read:
    """The moment in a column, or when the row was created, if another column says that something is true."""

    def moment(table: Table, column: str) -> str:
        known = f"coalesce({table.optional_moment(column)}, {table.moment('created_at')})"
        return f"CASE WHEN {flag(table, flagged)} THEN {known} END"

    return moment


@dataclass(frozen=True, slots=True)
class Query:
    """Rows of the source in the order of `keys`: SQL expressions that are unique together, each with its type.

    `batch` rows are stored in one transaction. Each batch is read after the keys of the last row of the previous one.
    """

    columns: tuple[str, ...]
    tables: str
    keys: tuple[tuple[str, str], ...]
    batch: int = BATCH

    @property
    def statement(self) -> str:
        """The rows after the keys, which are given as texts; from the beginning if they are null."""
        shown = [f"({key})::text AS key_{number}" for number, (key, _) in enumerate(self.keys)]
        return f"SELECT {', '.join((*self.columns, *shown))} {self._behind} ORDER BY {self._place}"

    @property
    def counting(self) -> str:
        """The number of rows after the keys."""
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


def rows_of(table: Table, reads: Mapping[str, Read], keys: tuple[str, ...] = BY_TIME, batch: int = BATCH) -> Query:
    """The rows of a table with the declared columns, in the order of its key columns."""
    reads = {**{key: OWN[key] for key in keys if key in OWN}, **reads}
    columns = {name: how(table, name) for name, how in reads.items()}
    return Query(
        tuple(f"{sql} AS {name}" for name, sql in columns.items()),
        table.name,
        tuple((columns[key], _key_type(reads[key])) for key in keys),
        batch,
    )


def _key_type(how: Read) -> str:
    types: Mapping[Read, str] = {Table.moment: "timestamptz", Table.text: "text"}
    return types.get(how, "uuid")
