"""Compares the live schema with the one that the migrations make.

The migrations run once more, into a schema of their own inside a transaction that is always rolled back, so
that nothing about the comparison is written down by hand and nothing of the live data is touched.
"""

import re
from collections.abc import Sequence
from typing import Final

import asyncpg

from coterie.database.catalogue import describe
from coterie.database.connection import OneConnection
from coterie.database.migrate import MigrationRightsError, check, history
from coterie.database.migration_files import Migration, load

_SCRATCH: Final = "coterie_verification"


async def verify(connection: OneConnection, migrations: Sequence[Migration] | None = None) -> list[str]:
    """What differs, a sentence each; nothing if all is well.

    Raises `MigrationError` if the history itself is not in order, or the user may not create a schema.
    """
    known = load() if migrations is None else migrations
    applied = await history(connection)
    check(known, applied)
    missing = [f"Migration {each.title} is not applied." for each in known[len(applied) :]]
    live = await describe(connection)
    made = await _make_and_describe(connection, known[: len(applied)])
    return missing + _differences(live, made)


def _differences(live: list[str], made: list[str]) -> list[str]:
    lost = [f"The database lacks: {line}." for line in made if line not in set(live)]
    extra = [f"No migration makes: {line}." for line in live if line not in set(made)]
    return lost + extra


async def _make_and_describe(connection: OneConnection, migrations: Sequence[Migration]) -> list[str]:
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.execute(f"CREATE SCHEMA {_SCRATCH}")
        await connection.execute(f"SET LOCAL search_path = {_SCRATCH}")
        for migration in migrations:
            await connection.execute(_inside_a_transaction(migration.up.sql))
        return await describe(connection)
    except asyncpg.InsufficientPrivilegeError as problem:
        raise MigrationRightsError(
            "To compare the schema, the database user needs the right to make one for a moment. As the "
            "database's owner: GRANT CREATE ON DATABASE ... TO ...;"
        ) from problem
    finally:
        await transaction.rollback()


def _inside_a_transaction(sql: str) -> str:
    return re.sub(r"\bCONCURRENTLY\b", "", sql)
