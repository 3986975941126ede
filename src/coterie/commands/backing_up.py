"""`coterie backup`, `restore`, `verify` and `new-epoch`."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coterie.commands.instance import Data, instance, new_instance
from coterie.refusals import Exit, Refusal

if TYPE_CHECKING:
    from coterie.backup.verifying import Finding, Report

Target = Annotated[
    Path,
    typer.Argument(help="The file to write, or a directory to put one named by the time into.", show_default=False),
]
Backup = Annotated[Path, typer.Argument(help="A file that `coterie backup` wrote.", show_default=False)]
ExcludeFiles = Annotated[
    bool, typer.Option("--exclude-files", help="The database only, where the files are kept safe by other means.")
]


def backup(file: Target, exclude_files: ExcludeFiles = False, data: Data = None) -> None:
    from coterie.backup.making import Order, make, named
    from coterie.backup.progress import watched

    target = named(file, datetime.now(UTC))
    with instance(data) as settings, watched() as steps:
        made = asyncio.run(make(Order(settings, target, has_files=not exclude_files), steps))
    files = made.manifest.files
    kept = f"{files.count:,} files" if files else "no files"
    messages = made.manifest.counts.get("messages", 0)
    typer.echo(f"{made.path}: {_size(made.size)}, {messages:,} messages, {kept}")
    if made.missing:
        raise Refusal(
            Exit.DAMAGED,
            f"{made.missing} files are not in the storage as the database has them; the backup holds all others, and "
            "`coterie verify` names those",
        )


def restore(file: Backup, data: Data = None) -> None:
    from coterie.backup.progress import watched
    from coterie.backup.restoring import restore as run

    with new_instance(data) as settings, watched() as steps:
        restored = asyncio.run(run(settings, file, steps))
    told = restored.manifest
    typer.echo(f"Restored what Coterie {told.coterie} held at {told.made_at}: {told.counts['messages']:,} messages.")
    if restored.migrations:
        typer.echo(f"Migrated to this Coterie: {', '.join(restored.migrations)}.")
    if told.files is None:
        typer.echo("The backup holds no files: put them back by the means that kept them.")
    typer.echo("Now look with `coterie verify`, then serve it, with the JWT_SECRET of before or a new one.")


Json = Annotated[bool, typer.Option("--json", help="One JSON document, for programs.")]
Quick = Annotated[bool, typer.Option("--quick", help="Of a backup check the sums only, without trying to restore it.")]


def verify(
    file: Annotated[Path | None, typer.Argument(help="A backup; else the instance itself.", show_default=False)] = None,
    as_json: Json = False,
    quick: Quick = False,
    data: Data = None,
) -> None:
    from coterie.backup.progress import watched
    from coterie.backup.verifying import verify_backup, verify_instance
    from coterie.startup import require_current_schema

    if file is not None:
        with watched() as steps:
            report = asyncio.run(verify_backup(file, steps, is_quick=quick))
    else:
        with instance(data) as settings, watched() as steps:
            asyncio.run(require_current_schema(settings))
            report = asyncio.run(verify_instance(settings, steps))
    _show(report, as_json)
    if not report.is_whole:
        raise Refusal(Exit.DAMAGED, f"{report.of} is not as it must be; see above")


def _show(report: "Report", as_json: bool) -> None:
    import msgspec

    if as_json:
        document = {"whole": report.is_whole, **msgspec.to_builtins(report)}
        typer.echo(msgspec.json.format(msgspec.json.encode(document)).decode())
        return
    for finding in report.findings:
        if finding.count or finding.kind == "law":
            _show_finding(finding)
    for kind, sentence in (("reference", "references lead somewhere"), ("key", "keys are unique")):
        fine = sum(finding.kind == kind and not finding.count for finding in report.findings)
        if fine:
            typer.echo(f"{typer.style('ok  ', fg=typer.colors.GREEN)}  {fine} {sentence}")
    counted = ", ".join(f"{report.counts.get(table, 0):,} {table}" for table in ("users", "messages", "files"))
    typer.echo(f"{report.of}: {counted}.")


def _show_finding(finding: "Finding") -> None:
    if finding.count:
        failed = typer.style("fail", fg=typer.colors.RED)
        typer.echo(f"{failed}  {finding.name}: {finding.count:,} not so, such as {'; '.join(finding.examples)}")
    else:
        typer.echo(f"{typer.style('ok  ', fg=typer.colors.GREEN)}  {finding.name}")


def new_epoch(data: Data = None) -> None:
    """Tell all clients that this database went back in time, so that each fetches everything anew.

    `coterie restore` does it by itself, and `serve` when it finds the database restored by other means. Only a whole
    machine that was set back to a snapshot looks as before: stop Coterie, run this, and start it again. Nothing else
    changes, and doing it without need costs each client one fetch of everything.
    """
    from coterie.commands.instance import connected
    from coterie.log import epochs
    from coterie.startup import require_current_schema

    async def begin() -> str:
        await require_current_schema(settings)
        async with connected(settings) as connection:
            return (await epochs.begin(connection, "asked for")).name

    with instance(data) as settings:
        typer.echo(f"The epoch {asyncio.run(begin())} has begun. Start Coterie again.")


def _size(count: int) -> str:
    size, unit = float(count), "bytes"
    for larger in ("kB", "MB", "GB", "TB"):
        if size < 1000:
            break
        size, unit = size / 1000, larger
    return f"{size:.1f} {unit}" if unit != "bytes" else f"{count} bytes"
