"""What migrations would do to a database, told without touching it: they are run in a cluster that is thrown away.

The cluster gets the schema that the database has, without its rows, and then each migration that is to be applied; what
it locks there it will lock here. How long it will hold a table up depends on the rows, so their number is told too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import asyncpg

from coterie.database import migrate
from coterie.database.connection import OneConnection
from coterie.database.migration_files import Migration
from coterie.database.scratch import scratch_cluster

STOPS: Final = {
    "AccessExclusiveLock": "nobody reads or writes",
    "ExclusiveLock": "nobody writes",
    "ShareRowExclusiveLock": "nobody writes",
    "ShareLock": "nobody writes",
    "ShareUpdateExclusiveLock": "everybody goes on",
}
"""What a lock means for everybody else, the hardest first; weaker ones stop nobody."""


@dataclass(frozen=True, slots=True)
class Held:
    """A table that a migration locks until its commit, what that means for others, and how much is in it."""

    table: str
    means: str
    rows: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A migration that would be applied, and the tables of before that it locks."""

    migration: Migration
    locks: list[Held]


async def rehearse(connection: OneConnection, known: Sequence[Migration]) -> list[Rehearsed]:
    """What `migrate.run` would do, in order. Raises `MigrationError` and `ClusterError`."""
    applied = len(await migrate.history(connection))
    migrate.check(known, await migrate.history(connection))
    if applied == len(known):
        return []
    sizes = await _sizes(connection)
    with scratch_cluster() as cluster:
        return await _rehearse(cluster.url, known, applied, sizes)


async def _rehearse(
    url: str, known: Sequence[Migration], applied: int, sizes: dict[str, tuple[int, int]]
) -> list[Rehearsed]:
    stage = await asyncpg.connect(url)
    try:
        await migrate.run(stage, known[:applied])
        return [Rehearsed(each, await _locks(stage, each, sizes)) for each in known[applied:]]
    finally:
        await stage.close()


async def _locks(stage: OneConnection, migration: Migration, sizes: dict[str, tuple[int, int]]) -> list[Held]:
    """Run a migration; answers the locks on tables that the database has, the hardest first."""
    if not migration.up.is_transactional:
        for statement in migration.up.statements:
            await stage.execute(statement)
        return []
    async with stage.transaction():
        await stage.execute(migration.up.sql)
        rows = await stage.fetch(
            """
            SELECT relname, array_agg(mode) AS modes FROM pg_locks JOIN pg_class ON pg_class.oid = relation
            WHERE pid = pg_backend_pid() AND relkind IN ('r', 'p')
                AND relnamespace = current_schema()::regnamespace
            GROUP BY relname ORDER BY relname
            """
        )
    held = [
        Held(row["relname"], next(STOPS[mode] for mode in STOPS if mode in row["modes"]), *sizes[row["relname"]])
        for row in rows
        if row["relname"] in sizes and not STOPS.keys().isdisjoint(row["modes"])
    ]
    order = list(dict.fromkeys(STOPS.values()))
    return sorted(held, key=lambda each: (order.index(each.means), each.table))


async def _sizes(connection: OneConnection) -> dict[str, tuple[int, int]]:
    """About how many rows each table has, and its bytes with all its indexes."""
    rows = await connection.fetch(
        """
        SELECT relname, greatest(reltuples, 0)::bigint AS rows, pg_total_relation_size(oid) AS bytes FROM pg_class
        WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
        """
    )
    return {row["relname"]: (row["rows"], row["bytes"]) for row in rows}
