"""`coterie backup`, `restore`, `verify` and `new-epoch`."""

import asyncio
import contextlib
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coterie.commands.instance import Data, instance, quietly, restored_instance, with_stored_secret
from coterie.process.refusals import Exit, Refusal
from coterie.settings.record import Settings

if TYPE_CHECKING:
    from coterie.backup.verifying import Damage, Report

Target = Annotated[
    str,  # a Path loses the slash at the end
    typer.Argument(
        help="The file to write, or a directory for a file that is named after the current time.", show_default=False
    ),
]
Backup = Annotated[Path, typer.Argument(help="A backup made by `coterie backup`.", show_default=False)]
ExcludeFiles = Annotated[
    bool,
    typer.Option(
        "--exclude-files", help="Back up only the database. For instances whose files are backed up in another way."
    ),
]


def backup(file: Target, exclude_files: ExcludeFiles = False, data: Data = None) -> None:
    from coterie.backup.making import BackupOrder, make, named
    from coterie.backup.progress import watched

    if file.endswith("/") and not Path(file).is_dir():
        raise Refusal(Exit.NOT_FOUND, f"{file} does not exist; create the directory first")
    target = named(Path(file), datetime.now(UTC))
    with instance(data) as settings, watched() as steps:
        settings = with_stored_secret(data, settings)
        made = asyncio.run(make(BackupOrder(settings, target, has_files=not exclude_files), steps))
        demo = asyncio.run(_demo_names(settings))
    files = made.manifest.files
    kept = f"{files.count:,} files" if files else "no files"
    messages = made.manifest.counts.get("messages", 0)
    kind = "encrypted, " if settings.backup_key else ""
    typer.echo(f"{made.path}: {kind}{_size(made.size)}, {messages:,} messages, {kept}")
    if not (settings.jwt_secret or settings.backup_key):
        typer.echo("It is not authenticated, since JWT_SECRET is not set: `restore` will ask for --trust.")
    _warn_of_demo(demo)
    if made.missing:
        raise Refusal(
            Exit.DAMAGED,
            f"{made.missing} files are missing from the storage or differ from the database; the backup has all "
            "others, and `coterie verify` lists the missing ones",
        )


Trust = Annotated[
    bool,
    typer.Option(
        "--trust",
        help="Accept a backup that another instance made, or that is not authenticated. Its accounts, administrators "
        "and passwords come with it.",
    ),
]


def restore(file: Backup, trust: Trust = False, data: Data = None) -> None:
    from coterie.backup.loading import printable
    from coterie.backup.progress import watched
    from coterie.backup.restoring import restore as run

    with restored_instance(data) as settings, watched() as steps:
        restored = asyncio.run(run(with_stored_secret(data, settings), file, steps, is_trusted=trust))
    manifest = restored.manifest
    typer.echo(
        f"Restored the backup that Coterie {manifest.coterie} made at {manifest.made_at}: "
        f"{manifest.counts['messages']:,} messages."
    )
    if restored.migrations:
        typer.echo(f"Migrated to this version: {', '.join(restored.migrations)}.")
    if manifest.files is None:
        typer.echo("The backup has no files: restore them from where you back them up.")
    if restored.left_out:
        tables = ", ".join(printable(name) for name in restored.left_out)
        typer.echo(f"Not restored, since they are not Coterie's: {tables}.")
    _warn_of_demo(restored.demo_accounts)
    typer.echo("Next, check it with `coterie verify`, then start the server with the previous JWT_SECRET or a new one.")


def _warn_of_demo(names: list[str]) -> None:
    if names:
        typer.echo(
            f"It has demo accounts with their published password: {', '.join(names)}. Set others with `coterie user "
            "reset-password`, or disable them."
        )


async def _demo_names(settings: Settings) -> list[str]:
    """None in a database from before demo accounts were marked."""
    import asyncpg

    from coterie.accounts.demo_queries import demo_names
    from coterie.commands.instance import connected

    with contextlib.suppress(asyncpg.UndefinedColumnError):
        async with connected(settings) as connection:
            return await demo_names(connection)
    return []


Json = Annotated[bool, typer.Option("--json", help="Print one JSON document, for programs.")]
Quick = Annotated[
    bool, typer.Option("--quick", help="Only check the checksums of the backup, without a trial restore.")
]


def verify(
    file: Annotated[
        Path | None, typer.Argument(help="The backup to check. Default: the instance itself.", show_default=False)
    ] = None,
    as_json: Json = False,
    quick: Quick = False,
    trust: Trust = False,
    data: Data = None,
) -> None:
    from coterie.backup.keys import BackupKeys
    from coterie.backup.progress import watched
    from coterie.backup.seal import require_trust
    from coterie.backup.verifying import verify_backup, verify_instance
    from coterie.startup.preparation import require_current_schema

    if file is not None:
        settings = with_stored_secret(data, Settings.read(os.environ))
        quietly(settings)
        with watched() as steps:
            report = asyncio.run(verify_backup(file, steps, BackupKeys.of(settings), is_quick=quick))
    else:
        with instance(data) as settings, watched() as steps:
            asyncio.run(require_current_schema(settings))
            report = asyncio.run(verify_instance(settings, steps))
    _show(report, as_json)
    if not report.is_whole:
        raise Refusal(Exit.DAMAGED, f"{report.of} has problems; see above")
    if file is not None and report.origin is not None:
        require_trust(file, report.origin, is_trusted=trust)


def _show(report: "Report", as_json: bool) -> None:
    import msgspec

    from coterie.backup.seal import BackupOrigin

    if as_json:
        document = {"whole": report.is_whole, **msgspec.to_builtins(report)}
        typer.echo(msgspec.json.format(msgspec.json.encode(document)).decode())
        return
    if report.origin is not None:
        state = typer.style("ok  ", fg=typer.colors.GREEN) if report.origin is BackupOrigin.OWN else "note"
        typer.echo(f"{state}  origin: {report.origin.value}")
    for finding in report.findings:
        if finding.count or finding.kind == "law":
            _show_finding(finding)
    for kind, sentence in (("reference", "references are valid"), ("key", "keys are unique")):
        fine = sum(finding.kind == kind and not finding.count for finding in report.findings)
        if fine:
            typer.echo(f"{typer.style('ok  ', fg=typer.colors.GREEN)}  {fine} {sentence}")
    counted = ", ".join(f"{report.counts.get(table, 0):,} {table}" for table in ("users", "messages", "files"))
    typer.echo(f"{report.of}: {counted}.")


def _show_finding(finding: "Damage") -> None:
    if finding.count:
        failed = typer.style("fail", fg=typer.colors.RED)
        more = f"{finding.count:,} violations, such as " if finding.count > len(finding.examples) else ""
        typer.echo(f"{failed}  {finding.name}: {more}{'; '.join(finding.examples)}")
    else:
        typer.echo(f"{typer.style('ok  ', fg=typer.colors.GREEN)}  {finding.name}")


def new_epoch(data: Data = None) -> None:
    from coterie.commands.instance import connected
    from coterie.log import epochs
    from coterie.startup.preparation import require_current_schema

    async def begin() -> str:
        await require_current_schema(settings)
        async with connected(settings) as connection:
            return (await epochs.begin(connection, "asked for")).name

    with instance(data) as settings:
        typer.echo(f"Epoch {asyncio.run(begin())} has begun. Start Coterie again.")


def _size(count: int) -> str:
    size, unit = float(count), "bytes"
    for larger in ("kB", "MB", "GB", "TB"):
        if size < 1000:
            break
        size, unit = size / 1000, larger
    return f"{size:.1f} {unit}" if unit != "bytes" else f"{count} bytes"
