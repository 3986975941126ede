"""Shows what migrations would do to a database without touching it: they run in a temporary cluster.

The cluster gets the schema of the database, without its rows, and then each pending migration; what a migration locks
there, it will lock in the real database. How long it blocks a table depends on the number of rows, which is shown too.

A dry run on the real database would also show how long it takes, but block everyone for that time. Guessing the locks
from the SQL would be wrong sooner or later.
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
    "AccessExclusiveLock": "reads and writes wait",
    "ExclusiveLock": "writes wait",
    "ShareRowExclusiveLock": "writes wait",
    "ShareLock": "writes wait",
    "ShareUpdateExclusiveLock": "nothing waits",
}
"""What a lock means for others, strongest first; weaker locks block nobody."""


@dataclass(frozen=True, slots=True)
class Held:
    """A table that a migration locks until its commit, what that means for others, and how large it is."""

    table: str
    means: str
    rows: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A pending migration, and the existing tables that it locks."""

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
    """Run a migration; returns its locks on tables that the database has, strongest first."""
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
    """The approximate number of rows in each table, and its bytes with all its indexes."""
    rows = await connection.fetch(
        """
        SELECT relname, greatest(reltuples, 0)::bigint AS rows, pg_total_relation_size(oid) AS bytes FROM pg_class
        WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
        """
    )
    return {row["relname"]: (row["rows"], row["bytes"]) for row in rows}
