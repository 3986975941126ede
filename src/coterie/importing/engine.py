"""Runs an import stage by stage: what a batch stores commits together with the mark of the progress.

After a kill at any moment, the next run continues after the last stored batch. After the last stage the mark is
removed, so a further run reads everything again and stores what is new. Then everything is read once more and compared
with what is here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final, Protocol

import asyncpg

from coterie.database.connection import Row
from coterie.importing import mappings, records
from coterie.importing.mappings import Compared, Stage
from coterie.importing.work import ImportWork

TRIES: Final = 5
PASSING: Final = (
    asyncpg.UniqueViolationError,
    asyncpg.ForeignKeyViolationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
)
"""Errors that other users of the instance can cause meanwhile; the batch then starts again."""

EXAMPLES: Final = 20


@dataclass(slots=True)
class Result:
    """The result for a table. The checksums are over the rows imported unchanged, in the source and here."""

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

    def add(self, there: int, here: int) -> None:
        """Add the digests of a row; the sums do not depend on the order of the rows."""
        self.there = (self.there + there) % (1 << 64)
        self.here = (self.here + here) % (1 << 64)


class Progress(Protocol):
    """Is notified of the progress."""

    def begin(self, title: str, total: int) -> None: ...

    def advance(self, count: int) -> None: ...


async def bring(work: ImportWork, stages: Sequence[Stage], progress: Progress) -> None:
    """Store everything that is not here yet, from where the last run ended."""
    begun, key = work.record.stage, work.record.last_key
    names = [stage.kind.name for stage in stages]
    left = stages[names.index(begun) :] if begun in names else stages
    if begun is None:
        await records.forget_what_was_left(work.connection, work.record.id)
    for stage in left:
        after = key if stage.kind.name == begun else None
        count = await work.source.count(stage.query, after)
        if not count:
            continue
        progress.begin(stage.kind.name, count)
        async for rows in work.source.batches(stage.query, after):
            await _store(work, stage, rows)
            progress.advance(len(rows))
    await records.mark(work.connection, work.record.id, None, None)


async def compare(work: ImportWork, stages: Sequence[Stage], progress: Progress) -> list[Result]:
    """Read everything again, with its counterpart here."""
    results = []
    for stage in stages:
        name = stage.kind.name
        result = Result(name)
        count = await work.source.count(stage.query)
        if count:
            progress.begin(f"{name}, compared", count)
        async for rows in work.source.batches(stage.query):
            found = list(await mappings.compare(stage.kind, work, rows))
            work.forget_notes()
            noted = await records.noted(work.connection, work.record.id, name, [each.old_id for each in found])
            brought = await work.known(name, [each.old_id for each in found if each.here is None])
            for each in found:
                _add(result, each, noted.get(each.old_id), was_brought=each.old_id in brought)
            progress.advance(len(rows))
        results.append(result)
    return results


async def count_rest(work: ImportWork, reasons: Mapping[str, str], stages: Sequence[Stage]) -> list[Result]:
    """Count the rows of the other tables, which have no place here, and note the reason."""
    names = {stage.kind.name for stage in stages} | reasons.keys()
    others = [name for name in await work.source.tables() if name not in names]
    results = []
    for name in [*(name for name, reason in reasons.items() if reason), *others]:
        table = await work.source.table(name)
        count = await work.source.rows_in(table) if table else 0
        if count:
            work.leave(name, records.WHOLE, reasons.get(name, "this table is not supported here"), f"{count} rows")
            results.append(Result(name, rows=count, left=count))
    await work.keep_notes()
    return results


async def _store(work: ImportWork, stage: Stage, rows: list[Row]) -> None:
    for left in reversed(range(TRIES)):
        try:
            async with work.connection.transaction():
                await mappings.store(stage.kind, work, rows)
                await work.keep_notes()
                await records.mark(work.connection, work.record.id, stage.kind.name, stage.query.key_of(rows[-1]))
        except PASSING:
            work.forget_notes()
            if not left:
                raise
        else:
            return


def _add(result: Result, found: Compared, is_left: bool | None, *, was_brought: bool) -> None:
    """`is_left` is None for a row without notes. A row that was imported but is not here has been removed since."""
    result.rows += 1
    if found.here is None:
        if is_left or was_brought:
            result.left += bool(is_left)
            result.removed += not is_left
            return
        result.missing_count += 1
        result.missing = [*result.missing, found.old_id][:EXAMPLES]
        result.add(_digest(found.there), 0)
    elif is_left is not None:
        result.changed += 1
    elif found.here == found.there:
        result.same += 1
        digest = _digest(found.there)
        result.add(digest, digest)
    else:
        result.differing_count += 1
        result.differing = [*result.differing, found.old_id][:EXAMPLES]
        result.add(_digest(found.there), _digest(found.here))


def _digest(value: object) -> int:
    return int.from_bytes(blake2b(str(value).encode(errors="surrogatepass"), digest_size=8).digest())
