"""Carries an import out, stage by stage: what one batch stores commits together with the mark of how far it reaches.

So after a kill at any moment the next run goes on behind the last batch that was stored. After the last stage the mark
is taken away, and a further run reads everything again, and stores what is new. Then everything is read once more and
compared with what is here.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final, Protocol

import asyncpg

from coterie.database.connection import Row
from coterie.importing import records
from coterie.importing.source import Query
from coterie.importing.work import Work

TRIES: Final = 5
PASSING: Final = (
    asyncpg.UniqueViolationError,
    asyncpg.ForeignKeyViolationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
)
"""What people who use the instance meanwhile can cause; the batch then looks at everything anew."""

EXAMPLES: Final = 20


@dataclass(frozen=True, slots=True)
class Compared:
    """A row of the source by its id, what there is in it, and what there is in its place here (None if nothing is)."""

    old_id: str
    there: tuple[object, ...]
    here: tuple[object, ...] | None


@dataclass(frozen=True, slots=True)
class Stage:
    """One table of the source: how it is read, stored, and compared afterwards.

    `store` finds by itself what was stored before. `name` is the table's, and the kind of its notes.
    """

    name: str
    query: Query
    store: Callable[[Work, list[Row]], Awaitable[None]]
    compare: Callable[[Work, list[Row]], Awaitable[Iterable[Compared]]]


@dataclass(slots=True)
class Result:
    """How a table came over. The checksums are over the rows that came as they were, in the source and here."""

    name: str
    rows: int = 0
    left: int = 0
    removed: int = 0
    changed: int = 0
    same: int = 0
    there: int = 0
    here: int = 0
    missing: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)
    missing_count: int = 0
    differing_count: int = 0


class Progress(Protocol):
    """Whom is told how far it is."""

    def begin(self, title: str, total: int) -> None: ...

    def advance(self, count: int) -> None: ...


async def bring(work: Work, stages: Sequence[Stage], progress: Progress) -> None:
    """Store everything that is not here yet, from where the last run was ended."""
    begun, key = work.record.stage, work.record.last_key
    names = [stage.name for stage in stages]
    left = stages[names.index(begun) :] if begun in names else stages
    if begun is None:
        await records.forget_what_was_left(work.connection, work.record.id)
    for stage in left:
        after = key if stage.name == begun else None
        count = await work.source.count(stage.query, after)
        if not count:
            continue
        progress.begin(stage.name, count)
        async for rows in work.source.batches(stage.query, after):
            await _store(work, stage, rows)
            progress.advance(len(rows))
    await records.finish(work.connection, work.record.id)


async def compare(work: Work, stages: Sequence[Stage], progress: Progress) -> list[Result]:
    """Read everything again, and what is here of it."""
    results = []
    for stage in stages:
        result = Result(stage.name)
        count = await work.source.count(stage.query)
        if count:
            progress.begin(f"{stage.name}, compared", count)
        async for rows in work.source.batches(stage.query):
            found = list(await stage.compare(work, rows))
            work.forget_notes()
            noted = await records.noted(work.connection, work.record.id, stage.name, [each.old_id for each in found])
            brought = await work.known(stage.name, [each.old_id for each in found if each.here is None])
            for each in found:
                _add(result, each, noted.get(each.old_id), was_brought=each.old_id in brought)
            progress.advance(len(rows))
        results.append(result)
    return results


async def count_rest(work: Work, reasons: Mapping[str, str], stages: Sequence[Stage]) -> list[Result]:
    """Count what is in the other tables, which have no place here, and note it with the reason."""
    names = {stage.name for stage in stages} | reasons.keys()
    others = [name for name in await work.source.tables() if name not in names]
    results = []
    for name in [*(name for name, reason in reasons.items() if reason), *others]:
        table = await work.source.table(name)
        count = await work.source.rows_in(table) if table else 0
        if count:
            work.leave(name, records.WHOLE, reasons.get(name, "there is no place for this table here"), f"{count} rows")
            results.append(Result(name, rows=count, left=count))
    await work.keep_notes()
    return results


async def _store(work: Work, stage: Stage, rows: list[Row]) -> None:
    for left in reversed(range(TRIES)):
        try:
            async with work.connection.transaction():
                await stage.store(work, rows)
                await work.keep_notes()
                await records.mark(work.connection, work.record.id, stage.name, stage.query.key_of(rows[-1]))
        except PASSING:
            work.forget_notes()
            if not left:
                raise
        else:
            return


def _add(result: Result, found: Compared, is_left: bool | None, *, was_brought: bool) -> None:
    """`is_left` is None for a row without notes; what was brought and is not here was removed by somebody since."""
    result.rows += 1
    if found.here is None:
        if is_left or was_brought:
            result.left += bool(is_left)
            result.removed += not is_left
            return
        result.missing_count += 1
        result.missing = [*result.missing, found.old_id][:EXAMPLES]
        result.there = _sum(result.there, found.there)
    elif is_left is not None:
        result.changed += 1
    else:
        is_same = found.here == found.there
        result.same += is_same
        result.there, result.here = _sum(result.there, found.there), _sum(result.here, found.here)
        if not is_same:
            result.differing_count += 1
            result.differing = [*result.differing, found.old_id][:EXAMPLES]


def _sum(checksum: int, values: tuple[object, ...]) -> int:
    """A checksum in which the order of the rows does not count."""
    digest = blake2b("\x1f".join(str(value) for value in values).encode(errors="surrogatepass"), digest_size=8)
    return (checksum + int.from_bytes(digest.digest())) % (1 << 64)
