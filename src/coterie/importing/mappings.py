"""Declares what the rows of a source table become here. Storing and comparing a batch works the same for every kind.

Rows imported before are skipped, and rows that refer to nothing are left out. The others become records, which the
package's own statement stores and the log announces. What each row became is remembered with it.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from msgspec import Struct

from coterie.database.connection import Row
from coterie.importing import texts
from coterie.importing.tables import BATCH, BY_TIME, Query, Read, Table, id_of, rows_of
from coterie.importing.work import Find, ImportWork, find_accounts, find_topics
from coterie.log.append import Change, append

Made = TypeVar("Made")

NONE: Final = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Reference:
    """A column with the id of a row of another kind; `find` finds the rows that exist here.

    `missing` says why a row is left out if what it refers to is not here; without it, such a row is imported.
    """

    kind: str
    find: Find
    missing: str | None = None


PERSON: Final = Reference("users", find_accounts)
"""An account, if there is one."""

ACCOUNT: Final = Reference("users", find_accounts, "the account does not exist")


class SourceRow(Struct, frozen=True):
    """A row of the source. `id` is its own id here; `here` has the ids of what it refers to, None if it is not here."""

    row: Row
    old_id: str
    here: Mapping[str, Any]
    work: ImportWork
    kind: str
    id: UUID = NONE

    def __getitem__(self, column: str) -> Any:
        return self.row[column]

    def get(self, column: str) -> Any:
        """A column that only one of the sources has."""
        return self.row.get(column)

    def become(self, record: type[Made], **values: object) -> Made:
        """A record with these values; its other fields are the row's own id, what it refers to, and its columns."""
        known = {**self.row, **self.here, "id": self.id, **values}
        return record(**{name: known[name] for name in record.__annotations__ if name in known})

    def leave(self, reason: str, detail: object = "") -> None:
        """Note that the row is left out."""
        self.work.leave(self.kind, self.old_id, reason, detail)

    def change(self, reason: str, detail: object = "") -> None:
        """Note that the row is imported with a change."""
        self.work.change(self.kind, self.old_id, reason, detail)

    def cut(self, column: str, length: int) -> str | None:
        """A text of at most `length` characters; the rest is noted."""
        text: str | None = self.get(column)
        if text and len(text) > length:
            self.change(f"{column} cut to {length} characters", text[length:])
        return texts.cut(text, length)

    def picture(self, column: str) -> str | None:
        """The address of a picture, if it is valid."""
        url: str | None = self.get(column)
        if url and not texts.is_address(url):
            self.change("without its picture, whose address is invalid", url)
            return None
        return url or None


@dataclass(frozen=True, slots=True)
class Compared:
    """A row of the source by its name, its value there, and that of its counterpart here (None without one)."""

    old_id: str
    there: object
    here: object | None


Make = Callable[[ImportWork, list[SourceRow]], Awaitable[Sequence[Made | None]]]
Keep = Callable[[ImportWork, list[Made]], Awaitable[Sequence[Change]]]
Compare = Callable[[ImportWork, list[Row]], Awaitable[Iterable[Compared]]]


@dataclass(frozen=True)
class TableMapping(Generic[Made]):
    """A table of the source, and what its rows become here.

    `reads` are the columns besides those of `refers` and `keys`. `make` answers None for a row that it left out, with a
    note. `store` answers the changes for the log; without it, nothing is imported. `became` is the id that is
    remembered for a row; if it is None, every run stores the rows again, and `make` and `store` skip what is here.

    A row is named by its columns `ids`: its own id, or those of two rows that it refers to. `find` takes a list for
    each of them, and answers the rows that exist, with these ids first. A row with an id of its own keeps it, unless it
    is taken here; with `has_topic`, by any topic. Rows are compared by whether `find` finds them, and by their column
    `same`, unless `compare` is given.
    """

    name: str
    make: Make[Made]
    store: Keep[Made] | None = None
    reads: Mapping[str, Read] = field(default_factory=dict)
    refers: Mapping[str, Reference] = field(default_factory=dict)
    find: Find | None = None
    has_topic: bool = False
    same: str | None = None
    compare: Compare | None = None
    ids: tuple[str, ...] = ("id",)
    became: Callable[[Made], UUID] | None = field(default=attrgetter("id"))
    keys: tuple[str, ...] = BY_TIME
    batch: int = BATCH


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of an import: the rows of a kind, and how to read them."""

    kind: TableMapping[Any]
    query: Query


def stage(table: Table, kind: TableMapping[Any]) -> Stage | None:
    """The stage for a table, if the table exists."""
    if not table:
        return None
    referring = {column: id_of(reference.kind) for column, reference in kind.refers.items()}
    return Stage(kind, rows_of(table, {**referring, **kind.reads}, kind.keys, kind.batch))


def one_by_one(make: Callable[[SourceRow], Made | None]) -> Make[Made]:
    """Makes each row by itself."""

    async def make_all(work: ImportWork, rows: list[SourceRow]) -> list[Made | None]:
        return [make(row) for row in rows]

    return make_all


def inserting(insert: Callable[..., Awaitable[None]], tell: Callable[[Made], Change] | None = None) -> Keep[Made]:
    """Stores records with the package's own statement, and makes a change for each."""

    async def keep(work: ImportWork, made: list[Made]) -> list[Change]:
        await insert(work.connection, *made)
        return [tell(record) for record in made] if tell else []

    return keep


async def store(kind: TableMapping[Made], work: ImportWork, rows: list[Row]) -> None:
    """Store a batch of a kind, inside the engine's transaction."""
    if kind.became:
        known = await work.known(kind.name, [_name(kind, row) for row in rows])
        rows = [row for row in rows if _name(kind, row) not in known]
    referred = await _refer(kind, work, rows)
    records = zip(referred, await kind.make(work, referred), strict=True)
    made = {each.old_id: record for each, record in records if record is not None}
    if not made or not kind.store:
        return
    changes = await kind.store(work, list(made.values()))
    if kind.became:
        await work.remember(kind.name, {old_id: kind.became(record) for old_id, record in made.items()})
    if changes:
        await append(work.connection, *changes)


async def _refer(kind: TableMapping[Any], work: ImportWork, rows: Sequence[Row]) -> list[SourceRow]:
    """The rows with their ids and the counterparts of what they refer to; those without a needed one are left out."""
    found = await _counterparts(kind, work, rows)
    needed = [(column, reference.missing) for column, reference in kind.refers.items() if reference.missing]
    ids = await _ids(kind, work, rows)
    referred = []
    for row in rows:
        here = {column: those.get(row[column]) for column, those in found.items()}
        missing = next((why for column, why in needed if here[column] is None), None)
        if missing:
            work.leave(kind.name, _name(kind, row), missing)
        else:
            referred.append(SourceRow(row, _name(kind, row), here, work, kind.name, ids[row["id"]] if ids else NONE))
    return referred


async def _counterparts(
    kind: TableMapping[Any], work: ImportWork, rows: Sequence[Row]
) -> dict[str, Mapping[UUID, UUID]]:
    """For each column that refers to something, the ids here by the old ones; columns of one kind are read together."""
    columns: dict[tuple[str, Find], list[str]] = {}
    for column, reference in kind.refers.items():
        columns.setdefault((reference.kind, reference.find), []).append(column)
    found: dict[str, Mapping[UUID, UUID]] = {}
    for (name, find), alike in columns.items():
        there = await work.found(name, {row[column] for row in rows for column in alike}, find)
        ids = {old: row["id"] for old, row in there.items()}
        found.update(dict.fromkeys(alike, ids))
    return found


async def _ids(kind: TableMapping[Any], work: ImportWork, rows: Sequence[Row]) -> dict[UUID, UUID]:
    """The ids of the rows here, if they have ids of their own: the old ones, as far as they are free."""
    if not kind.find or len(kind.ids) > 1:
        return {}
    old_ids = [row["id"] for row in rows]
    find = find_topics if kind.has_topic else kind.find
    taken = {row["id"] for row in await find(work.connection, old_ids)}
    return {old: work.other_id(kind.name, old) if old in taken else old for old in old_ids}


async def compare(kind: TableMapping[Any], work: ImportWork, rows: list[Row]) -> Iterable[Compared]:
    """The rows with their counterparts here: whether these exist, with the same value in the kind's column."""
    if kind.compare:
        return await kind.compare(work, rows)
    assert kind.find is not None, "a kind says how its rows are found, or how they are compared"
    known = await _known(kind, work, rows)
    columns = list(map(list, zip(*known.values(), strict=True))) or [[] for _ in kind.ids]
    there = {tuple(row)[: len(kind.ids)]: row for row in await kind.find(work.connection, *columns)}
    compared = []
    for row in rows:
        name = _name(kind, row)
        here = there.get(known.get(name, ()))
        value, value_here = (row[kind.same], here and here[kind.same]) if kind.same else (name, name)
        compared.append(Compared(name, value, None if here is None else value_here))
    return compared


async def _known(kind: TableMapping[Any], work: ImportWork, rows: list[Row]) -> dict[str, tuple[UUID, ...]]:
    """The ids here of the rows that have some, by their names."""
    names = [_name(kind, row) for row in rows]
    if len(kind.ids) == 1:
        return {name: (id,) for name, id in (await work.known(kind.name, names)).items()}
    found = await _counterparts(kind, work, rows)
    return {
        name: tuple(found[column][row[column]] for column in kind.ids)
        for name, row in zip(names, rows, strict=True)
        if all(row[column] in found[column] for column in kind.ids)
    }


def _name(kind: TableMapping[Any], row: Row) -> str:
    """The name of a row in notes and among known rows."""
    return str(row["id"]) if kind.ids == ("id",) else "/".join(str(row[column]) for column in kind.ids)
