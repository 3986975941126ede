"""Loads the rows of a backup into an empty database.

A dump could contain any SQL, such as functions, triggers and `COPY … FROM PROGRAM`, which the database's user would run
when it is restored. So the schema is made by Coterie's own migrations, up to the newest one that the backup names, and
only rows of its tables are taken from the dump.
"""

import contextlib
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

import asyncpg

from coterie.backup import archive, programs, queries
from coterie.backup.archive import ByteFile
from coterie.backup.damage import DamagedError
from coterie.backup.dumped_rows import DumpedTable, dumped_tables
from coterie.backup.manifest import DATABASE, Manifest
from coterie.backup.progress import Steps
from coterie.database import migrate
from coterie.database.connection import OneConnection
from coterie.database.migration_files import Migration, Script, load, title
from coterie.database.squashed import is_squashed
from coterie.process.refusals import Exit, Refusal
from coterie.startup.preparation import migration_refusals


@dataclass(frozen=True, slots=True)
class LoadedBackup:
    """Tables of the dump that are not Coterie's, and were left out."""

    left_out: tuple[str, ...]


async def load_database(connection: OneConnection, manifest: Manifest, file: ByteFile, steps: Steps) -> LoadedBackup:
    """Load an open backup's database in the caller's transaction. Raises Refusal."""
    found = archive.open_member(file, DATABASE)
    progress = steps.step("Restoring the database", found.size)
    await _create_schema(connection, manifest)
    known = await queries.columns(connection)
    keys = await queries.keys_and_indexes(connection)
    for each in keys:
        await queries.define(connection, each.removal)
    await queries.empty(connection)
    script = programs.script(programs.fitting(manifest.dumped_by), found.chunks, progress)
    async with contextlib.aclosing(script):
        left_out = await _load_tables(connection, known, manifest.namespace, script)
    await _add(connection, [each.addition for each in reversed(keys)])
    await _check_history(connection, manifest)
    return LoadedBackup(left_out)


async def _create_schema(connection: OneConnection, manifest: Manifest) -> None:
    with migration_refusals():
        await migrate.run(connection, [_at_once(each) for each in load()[: _version(manifest)]])
    await queries.unbounded(connection)
    await queries.quicker(connection)


def _version(manifest: Manifest) -> int:
    """How many of the migrations made the backup's schema."""
    newest = manifest.schema
    return 1 if is_squashed(title(newest.version, newest.name)) else newest.version


def _at_once(migration: Migration) -> Migration:
    """The migration in a form that can share a transaction: on empty tables, nothing needs to run concurrently."""
    if migration.up.is_transactional:
        return migration
    sql = migration.up.sql.partition("\n")[2]
    return replace(migration, up=Script(re.sub(r"\bCONCURRENTLY\b", "", sql, flags=re.IGNORECASE)))


async def _load_tables(
    connection: OneConnection, known: Mapping[str, frozenset[str]], namespace: str, script: AsyncIterator[bytes]
) -> tuple[str, ...]:
    left_out: list[str] = []
    async for table in dumped_tables(script):
        if table.schema != namespace or table.name not in known:
            left_out = [*left_out, f"{table.schema}.{table.name}"][:SHOWN]
            async for _ in table.rows:
                pass
        else:
            await _load_table(connection, table, known[table.name])
    return tuple(left_out)


SHOWN: Final = 20
"""How many tables that were left out are named."""


async def _load_table(connection: OneConnection, table: DumpedTable, known: frozenset[str]) -> None:
    if unknown := sorted(set(table.columns) - known):
        raise Refusal(
            Exit.SCHEMA_DIFFERS,
            f"the backup's table {table.name} has the column {printable(unknown[0])}, which Coterie did not make; "
            "restore the backup's database.dump by hand with pg_restore, if you trust it",
        )
    try:
        await connection.copy_to_table(table.name, source=table.rows, columns=table.columns)
    except asyncpg.PostgresError as problem:
        raise DamagedError(f"rows of {table.name} cannot be restored: {printable(problem)}") from problem


async def _add(connection: OneConnection, additions: list[str]) -> None:
    for addition in additions:
        try:
            await queries.define(connection, addition)
        except asyncpg.IntegrityConstraintViolationError as problem:
            raise DamagedError(f"its rows contradict each other: {printable(problem)}") from problem


async def _check_history(connection: OneConnection, manifest: Manifest) -> None:
    """The rows must record the migrations that made the schema, as they are in this version."""
    with migration_refusals():
        applied = await migrate.history(connection)
        migrate.check(load(), applied)
    if len(applied) != _version(manifest):
        raise DamagedError(f"it names {manifest.schema.version} as its newest migration, and its rows do not")


def printable(text: object) -> str:
    """A text from a backup in one short line without control characters."""
    return "".join(each if each.isprintable() else " " for each in str(text))[:300]
