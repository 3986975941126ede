"""Applies and reverts schema migrations.

Each migration and the record that it was applied are one transaction: after any failure the schema is exactly that of
the last recorded version. An advisory lock lets one process migrate while the others wait. The applied migrations must
be the first ones of the files, unchanged; anything else is refused by name, except for what
`coterie.database.squashed` describes.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import asyncpg

from coterie.database.connection import OneConnection
from coterie.database.migration_files import Migration, MigrationError, Script, load, title
from coterie.database.squashed import is_squashed, squashed

Progress = Callable[[str], None]

# Any constant that no other advisory lock in the same database uses.
_LOCK: Final = 0x636F746572696531
_LOCK_WAIT_SECONDS: Final = 600.0
# A migration that waits for a lock makes all others queue behind it, so it gives up soon and is run again.
_TRANSACTION_LIMITS: Final = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '10min'"
# How often it is run again if it did not get a lock; each time, others queue behind it for at most 5 s.
_TRIES: Final = 5
_PAUSE_SECONDS: Final = 2.0
# A concurrent index build waits for other transactions by design, and blocks none.
_CONCURRENT_LIMITS: Final = "SET lock_timeout = 0; SET statement_timeout = 0"


class EditedMigrationError(MigrationError):
    """The file of an applied migration has changed since."""


class NewerDatabaseError(MigrationError):
    """The database has a migration that this code does not know."""


class HistoryError(MigrationError):
    """The records in the database have a gap, or there is nothing to revert."""


class UnfinishedDatabaseError(MigrationError):
    """The database has only some of the migrations that were squashed, and this version does not have the others."""


class FailedMigrationError(MigrationError):
    """PostgreSQL refused a migration; `title` names it, `line` is the line, if PostgreSQL reports it."""

    def __init__(self, title: str, line: int | None, sentence: str) -> None:
        super().__init__(sentence)
        self.title: Final = title
        self.line: Final = line


class MigrationLockError(MigrationError):
    """Another process is migrating and does not finish."""


class MigrationRightsError(MigrationError):
    """The database user lacks a privilege that migrations need."""


@dataclass(frozen=True)
class Applied:
    """The record of an applied migration in the database."""

    version: int
    name: str
    checksum: str
    applied_at: datetime

    @property
    def title(self) -> str:
        """The files' name without the ending."""
        return title(self.version, self.name)


@dataclass(frozen=True)
class Status:
    """One line of `info`; `applied_at` is None for a pending migration."""

    version: int
    name: str
    applied_at: datetime | None


async def run(
    connection: OneConnection,
    migrations: Sequence[Migration] | None = None,
    *,
    progress: Progress = lambda sentence: None,
) -> list[Migration]:
    """Apply and return the pending migrations. Safe in several processes at once. Raises `MigrationError`."""
    known = load() if migrations is None else migrations
    if not _pending(known, await history(connection)) and not _are_squashed(await _notes(connection)):
        return []
    async with _lock(connection, progress):
        await _prepare(connection)
        await _exchange_squashed(connection, progress)
        pending = _pending(known, await history(connection))
        for migration in pending:
            await _apply(connection, migration, progress)
            progress(f"Applied {migration.title}")
        return pending


async def revert(
    connection: OneConnection,
    count: int = 1,
    migrations: Sequence[Migration] | None = None,
    *,
    progress: Progress = lambda sentence: None,
) -> list[Migration]:
    """Revert the newest `count` migrations, with the data that only they hold, and return them."""
    known = load() if migrations is None else migrations
    async with _lock(connection, progress):
        await _exchange_squashed(connection, progress)
        applied = await history(connection)
        check(known, applied)
        if not 1 <= count <= len(applied):
            raise HistoryError(f"{count} migrations cannot be reverted: {len(applied)} are applied.")
        newest = list(reversed(known[: len(applied)]))[:count]
        for migration in newest:
            await _undo(connection, migration, progress)
            progress(f"Reverted {migration.title}")
        return newest


async def info(connection: OneConnection, migrations: Sequence[Migration] | None = None) -> list[Status]:
    """Every migration in the files and in the database, unchecked. Changes nothing."""
    known = load() if migrations is None else migrations
    applied = await history(connection)
    times = {note.version: note.applied_at for note in applied}
    names = {note.version: note.name for note in applied} | {each.version: each.name for each in known}
    return [Status(version, names[version], times.get(version)) for version in sorted(names)]


async def history(connection: OneConnection) -> list[Applied]:
    """The applied migrations in order; empty for a new database."""
    notes = await _notes(connection)
    return [_as_one(notes)] if _are_squashed(notes) else notes


async def _notes(connection: OneConnection) -> list[Applied]:
    if await connection.fetchval("SELECT to_regclass('schema_migrations')") is None:
        return []
    rows = await connection.fetch("SELECT version, name, checksum, applied_at FROM schema_migrations ORDER BY version")
    return [Applied(row["version"], row["name"], row["checksum"], row["applied_at"]) for row in rows]


def check(known: Sequence[Migration], applied: Sequence[Applied]) -> None:
    """Raise a `MigrationError` if these files do not fit this database."""
    if applied and is_squashed(applied[0].title):
        raise _refusal_of_squashed(known[0], applied)
    for expected, note in enumerate(applied, start=1):
        if note.version > len(known):
            raise _newer(note)
        if note.version != expected:
            raise HistoryError(
                f"The database has migration {note.title} but not {expected:04}: "
                "the table schema_migrations was changed by hand. Restore it from a backup."
            )
        if note.checksum != known[note.version - 1].checksum:
            raise EditedMigrationError(
                f"Migration {title(note.version, note.name)} was edited after it was applied. "
                "Restore the original file, and put the change into a new migration."
            )


def _newer(note: Applied) -> NewerDatabaseError:
    return NewerDatabaseError(
        f"The database has migration {note.title}, which this version of Coterie "
        "does not know: a newer version migrated it. Run that version, or restore an older backup."
    )


def _refusal_of_squashed(one: Migration, applied: Sequence[Applied]) -> MigrationError:
    """The error for a database without all migrations from before the first release, or with different ones."""
    before = squashed()
    for note, expected in zip(applied, before, strict=False):
        if (note.title, note.checksum) != expected:
            return EditedMigrationError(
                f"The database has migration {note.title} where Coterie's was {expected[0]}, or one that was edited. "
                "Run the build that migrated it, or restore a backup."
            )
    if len(applied) > len(before):
        return _newer(applied[len(before)])
    return UnfinishedDatabaseError(
        f"The database has {len(applied)} of the {len(before)} migrations from before the first release, which are one "
        f"here, {one.title}. First upgrade it with the version before, whose newest is {before[-1][0]}, and then with "
        "this one."
    )


def _are_squashed(notes: Sequence[Applied]) -> bool:
    return [(note.title, note.checksum) for note in notes] == squashed()


def _as_one(notes: Sequence[Applied]) -> Applied:
    one = load()[0]
    return Applied(one.version, one.name, one.checksum, notes[-1].applied_at)


async def _exchange_squashed(connection: OneConnection, progress: Progress) -> None:
    """Replace the records of the squashed migrations by one. The schema does not change."""
    notes = await _notes(connection)
    if not _are_squashed(notes):
        return
    one = _as_one(notes)
    async with connection.transaction():
        await connection.execute("DELETE FROM schema_migrations")
        await connection.execute(
            "INSERT INTO schema_migrations (version, name, checksum, applied_at) VALUES ($1, $2, $3, $4)",
            *(one.version, one.name, one.checksum, one.applied_at),
        )
    progress(f"Noted {len(notes)} migrations from before the first release as {one.title}")


def _pending(known: Sequence[Migration], applied: Sequence[Applied]) -> list[Migration]:
    check(known, applied)
    return list(known[len(applied) :])


@asynccontextmanager
async def _lock(connection: OneConnection, progress: Progress) -> AsyncIterator[None]:
    """Polls for the lock: a statement that waits inside PostgreSQL would block the concurrent index build of the
    process that has the lock, since the build waits for every older statement to end."""
    give_up_at, has_reported = time.monotonic() + _LOCK_WAIT_SECONDS, False
    while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):
        if not has_reported:
            progress("Another process is migrating the database; waiting for it")
            has_reported = True
        if time.monotonic() > give_up_at:
            raise MigrationLockError(
                f"Another process has been migrating the database for {_LOCK_WAIT_SECONDS / 60:.0f} minutes. "
                "Wait for it to end, or end it, and start again."
            )
        await asyncio.sleep(0.05)
    try:
        yield
    finally:
        if not connection.is_closed():
            await connection.execute("SELECT pg_advisory_unlock($1)", _LOCK)


async def _prepare(connection: OneConnection) -> None:
    try:
        await connection.execute(
            """
            CREATE TABLE IF NOT EXISTS schema_migrations (
                version    INTEGER PRIMARY KEY CHECK (version > 0),
                name       TEXT NOT NULL,
                checksum   TEXT NOT NULL,
                applied_at TIMESTAMPTZ NOT NULL DEFAULT now()
            )
            """
        )
    except (asyncpg.InsufficientPrivilegeError, asyncpg.InvalidSchemaNameError) as problem:
        user = await connection.fetchval("SELECT current_user")
        raise MigrationRightsError(
            f'The database user "{user}" may not create tables. As the database\'s owner: '
            f'GRANT USAGE, CREATE ON SCHEMA public TO "{user}";'
        ) from problem


async def _apply(connection: OneConnection, migration: Migration, progress: Progress) -> None:
    note = "INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)"
    values = (migration.version, migration.name, migration.checksum)
    await _persist(connection, migration, migration.up, (note, *values), progress)


async def _undo(connection: OneConnection, migration: Migration, progress: Progress) -> None:
    note = "DELETE FROM schema_migrations WHERE version = $1"
    await _persist(connection, migration, migration.down, (note, migration.version), progress)


Note = tuple[str, *tuple[object, ...]]


async def _persist(
    connection: OneConnection, migration: Migration, script: Script, note: Note, progress: Progress
) -> None:
    """Run a script, and again after a pause if it did not get its locks: a long query or a backup can hold one."""
    for left in reversed(range(_TRIES)):
        try:
            await _execute(connection, migration, script, note)
        except FailedMigrationError as problem:
            if not left or not isinstance(problem.__cause__, asyncpg.LockNotAvailableError):
                raise
            progress(f"{migration.title} could not lock a table that is in use; trying again")
            await asyncio.sleep(_PAUSE_SECONDS)
        else:
            return


async def _execute(connection: OneConnection, migration: Migration, script: Script, note: Note) -> None:
    if not script.is_transactional:
        await _execute_one_by_one(connection, migration, script)
        await connection.execute(*note)
        return
    try:
        async with connection.transaction():
            await connection.execute(_TRANSACTION_LIMITS)
            await connection.execute(script.sql)
            await connection.execute(*note)
    except asyncpg.PostgresError as problem:
        raise _failure(migration, script.sql, problem, "Nothing of it was applied.") from problem


async def _execute_one_by_one(connection: OneConnection, migration: Migration, script: Script) -> None:
    try:
        await connection.execute(_CONCURRENT_LIMITS)
        for statement in script.statements:
            await connection.execute(statement)
    except asyncpg.PostgresError as problem:
        raise _failure(
            migration, "", problem, "It runs without a transaction; remove the cause and run it again."
        ) from problem
    finally:
        if not connection.is_closed():
            await connection.execute("RESET lock_timeout; RESET statement_timeout")


def _failure(migration: Migration, sql: str, problem: asyncpg.PostgresError, consequence: str) -> FailedMigrationError:
    position = getattr(problem, "position", None)
    line = sql.count("\n", 0, int(position) - 1) + 1 if position and sql else None
    place = f" at line {line}" if line else ""
    message = " ".join(str(problem).split())
    return FailedMigrationError(
        migration.title, line, f"Migration {migration.title} failed{place}: {message}. {consequence}"
    )
