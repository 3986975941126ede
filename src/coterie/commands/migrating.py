"""`coterie migrate`: the schema migrations, which `serve` also applies by itself."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from coterie.commands.instance import Data, connected, instance
from coterie.process.refusals import Exit, Refusal

if TYPE_CHECKING:
    from coterie.database.connecting import Connection
    from coterie.database.migrate import Status

app = typer.Typer(help="Migrate the database schema to this version of Coterie, or back.", no_args_is_help=True)
Answer = TypeVar("Answer")


def _on(data: Path | None, work: "Callable[[Connection], Awaitable[Answer]]") -> Answer:
    from coterie.startup.preparation import migration_refusals

    async def connect_and_work() -> Answer:
        async with connected(settings) as connection:
            return await work(connection)

    with instance(data) as settings, migration_refusals():
        return asyncio.run(connect_and_work())


DryRun = Annotated[
    bool,
    typer.Option(
        "--dry-run", help="Show what would be done and which tables would be locked, without changing anything."
    ),
]
BackupFile = Annotated[
    str | None, typer.Option("--backup", help="Make a backup first, to this file or directory.", show_default=False)
]


@app.command()
def run(dry_run: DryRun = False, backup: BackupFile = None, data: Data = None) -> None:
    """Apply all pending migrations. `serve` does the same before it opens its port.

    Each is one transaction: after a failure the schema is as it was before. One that does not get a lock within
    5 seconds lets other work pass and tries again, five times.

    \b
    Examples:
      coterie migrate run --dry-run
      coterie migrate run --backup /var/backups/coterie/
    """
    from coterie.database import migrate

    if dry_run:
        _rehearse(data)
        return
    if backup is not None:
        _back_up(backup, data)
    applied = _on(data, lambda connection: migrate.run(connection, progress=typer.echo))
    if not applied:
        typer.echo("The schema is up to date.")


def _back_up(target: str, data: Path | None) -> None:
    """Make a backup if data could be lost: not if the schema is up to date or the database has none."""
    from coterie.commands.backing_up import backup
    from coterie.database import migrate
    from coterie.database.migration_files import load

    applied = _on(data, migrate.history)
    if 0 < len(applied) < len(load()):
        backup(target, data=data)


def _rehearse(data: Path | None) -> None:
    from coterie.database.embedded import ClusterError
    from coterie.database.migration_files import load
    from coterie.database.rehearsal import rehearse

    try:
        found = _on(data, lambda connection: rehearse(connection, load()))
    except ClusterError as problem:
        raise Refusal(Exit.CLUSTER, f"cannot create a cluster to try the migrations in: {problem}") from problem
    for each in found:
        typer.echo(f"-- {each.migration.title}")
        typer.echo(each.migration.up.sql.rstrip())
        if not each.migration.up.is_transactional:
            typer.echo("-- Without a transaction: reads and writes continue meanwhile.")
        for held in each.locks:
            rows = f"about {held.rows:,} rows, {held.bytes / 1e6:,.1f} MB"
            typer.echo(f"-- Locks {held.table} ({rows}): meanwhile {held.means}.")
        typer.echo()
    if found:
        typer.echo(f"{len(found)} migrations would be applied. Nothing was changed. Make a backup first: --backup FILE")
    else:
        typer.echo("The schema is up to date.")


@app.command()
def revert(
    count: Annotated[int, typer.Argument(help="How many migrations to undo, newest first.", min=1)] = 1,
    data: Data = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation. For scripts.")] = False,
) -> None:
    """Undo the newest migrations, and destroy the data that depends on them. Asks first.

    Make a backup first: this cannot be undone.
    """
    from coterie.database import migrate

    async def work(connection: "Connection") -> None:
        await _confirm(connection, count, yes)
        await migrate.revert(connection, count, progress=typer.echo)

    _on(data, work)


async def _confirm(connection: "Connection", count: int, yes: bool) -> None:
    from coterie.database import migrate

    notes = (await migrate.history(connection))[-count:]
    names = ", ".join(f"{note.version:04}_{note.name}" for note in reversed(notes)) or "nothing"
    if not yes and not sys.stdin.isatty():
        raise Refusal(Exit.USAGE, f"migrate revert would undo {names} and destroy its data; give --yes to confirm")
    if not yes:
        typer.confirm(f"Undo {names} and destroy its data?", abort=True)


@app.command()
def info(data: Data = None) -> None:
    """List every migration, and when it was applied."""
    from coterie.database import migrate

    statuses = _on(data, migrate.info)
    if sys.stdout.isatty():
        _show_table(statuses)
    else:
        for status in statuses:
            typer.echo(f"{status.version:04}_{status.name}\t{_when(status)}")


def _show_table(statuses: "list[Status]") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("migration", "applied")
    for status in statuses:
        table.add_row(f"{status.version:04}_{status.name}", _when(status))
    Console().print(table)


def _when(status: "Status") -> str:
    return status.applied_at.isoformat(sep=" ", timespec="seconds") if status.applied_at else "not yet"


@app.command()
def verify(data: Data = None) -> None:
    """Compare the database with the migrations: none edited, none missing, nothing changed by hand.

    Shows each definition that is missing (-) or that no migration made (+).
    """
    from coterie.database import migrate
    from coterie.database.migration_files import load
    from coterie.startup.schema_check import compare

    async def work(connection: "Connection") -> int:
        known, applied = load(), await migrate.history(connection)
        migrate.check(known, applied)
        if waiting := len(known) - len(applied):
            raise Refusal(Exit.SCHEMA_DIFFERS, f"{waiting} migrations are pending; apply them with coterie migrate run")
        differences = await compare(connection)
        for sign, lines in (("-", differences.missing), ("+", differences.surplus)):
            for line in lines:
                typer.echo(f"{sign} {line}")
        return len(differences.missing)

    if missing := _on(data, work):
        raise Refusal(Exit.SCHEMA_DIFFERS, f"{missing} definitions differ from the migrations; see above")
    typer.echo("The schema matches the migrations.")


@app.command()
def add(name: Annotated[str, typer.Argument(help="What it does, such as add_polls.")]) -> None:
    """Create the two files of a new migration in this checkout, up and down."""
    from coterie.database.migration_files import MigrationFilesError
    from coterie.database.migration_files import add as add_files

    try:
        for path in add_files(name):
            typer.echo(str(path))
    except MigrationFilesError as problem:
        raise Refusal(Exit.USAGE, str(problem)) from problem
