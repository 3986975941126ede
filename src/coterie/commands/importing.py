"""`coterie import`: import the data of another chat server."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coterie.commands.instance import Data, connected, instance
from coterie.process.refusals import Exit, Refusal

if TYPE_CHECKING:
    from coterie.database.connection import OneConnection, Row
    from coterie.importing.engine import Result
    from coterie.importing.records import Import
    from coterie.importing.run import ImportOrder
    from coterie.settings.record import Settings

HELP = """Import the data of another chat server into this instance.

The source is only read, as of one moment. An import that was ended goes on where it was; one that is repeated \
brings what is new. It may run beside a running server. docs/operating/importing.md has the steps."""

app = typer.Typer(help=HELP, no_args_is_help=True)

Source = Annotated[
    str,
    typer.Argument(
        help="The source's database, as postgresql://user@host/name. PGPASSWORD or ~/.pgpass can have the password.",
        show_default=False,
    ),
]
Owner = Annotated[
    str | None,
    typer.Option(
        help="The owner of the archive for data that fits nowhere else. Default: the first administrator.",
        show_default=False,
    ),
]
Zone = Annotated[str, typer.Option(help="The time zone of the times that the source stored without one.")]
Link = Annotated[
    list[str] | None,
    typer.Option(
        help="OLD=NAME: an account of the source (name, email address or id) and an account here belong to the "
        "same person. Can be repeated.",
        show_default=False,
    ),
]
As = Annotated[
    str | None,
    typer.Option("--as", help="A name that identifies the source. Default: its oldest account.", show_default=False),
]
Dry = Annotated[bool, typer.Option("--dry-run", help="Do everything and report it, then undo it.")]
ReportFile = Annotated[
    Path | None,
    typer.Option("--report", help="Write the report to a JSON file that has every row that was left out or changed."),
]
Uploads = Annotated[
    Path | None,
    typer.Option(help="The source's directory of uploaded files.", exists=True, file_okay=False, show_default=False),
]


@app.command()
def xfchat(
    source: Source,
    *,
    owner: Owner = None,
    zone: Zone = "UTC",
    link: Link = None,
    as_: As = None,
    dry_run: Dry = False,
    report: ReportFile = None,
    data: Data = None,
) -> None:
    """Import the people, contacts, requests, conversations, messages and counts of an XFChat server.

    Passwords keep working. Try with --dry-run first, and make a backup before the real run.

    \b
    Example:
      coterie import xfchat postgresql://xfchat@127.0.0.1/xfchat --dry-run --report report.json
    """
    from coterie.importing.run import ImportOrder
    from coterie.importing.work import Options

    options = Options(owner=owner, zone=zone, links=_links(link or []), is_dry=dry_run)
    _bring(ImportOrder("xfchat", source, as_, options), report, data)


@app.command()
def together(
    source: Source,
    *,
    uploads: Uploads = None,
    zone: Zone = "UTC",
    link: Link = None,
    as_: As = None,
    dry_run: Dry = False,
    report: ReportFile = None,
    data: Data = None,
) -> None:
    """Import the people, servers, channels, permissions, messages and files of a Together server.

    Passwords keep working. Try with --dry-run first, and make a backup before the real run.

    \b
    Example:
      coterie import together postgresql://together@127.0.0.1/together --uploads /srv/together/uploads
    """
    from coterie.importing.run import ImportOrder
    from coterie.importing.work import Options

    options = Options(zone=zone, uploads=uploads, links=_links(link or []), is_dry=dry_run)
    _bring(ImportOrder("together", source, as_, options), report, data)


@app.command()
def status(data: Data = None) -> None:
    """Show the imports of this instance and their progress."""
    from coterie.importing import records

    async def read() -> None:
        async with connected(settings) as connection:
            rows = await records.imports(connection)
        for row in rows:
            typer.echo(
                f"{row['kind']} {row['source']}: started {row['begun_at']:%Y-%m-%d %H:%M}, "
                + (f"finished {row['finished_at']:%Y-%m-%d %H:%M}" if row["finished_at"] else _place(row))
                + f"; {row['left_out']:,} rows left out, {row['changed']:,} changed"
            )
        if not rows:
            typer.echo("Nothing has been imported.")

    with instance(data) as settings:
        asyncio.run(read())


def _place(row: "Row") -> str:
    return f"stored up to {row['stage']} {'/'.join(row['last_key'])}" if row["stage"] else "nothing stored yet"


def _links(given: list[str]) -> dict[str, str]:
    links = {}
    for each in given:
        old, sign, name = each.rpartition("=")
        if not (sign and old and name):
            raise Refusal(Exit.USAGE, f"--link {each}: write OLD=NAME, for example alice@example.org=alice")
        links[old] = name
    return links


def _bring(order: "ImportOrder", file: Path | None, data: Path | None) -> None:
    if file is not None and not file.absolute().parent.is_dir():
        raise Refusal(Exit.NOT_FOUND, f"--report {file}: the directory does not exist")
    with instance(data) as settings:
        results = asyncio.run(_run(settings, order, file))
    if order.options.is_dry:
        typer.echo("This was a dry run. Nothing was kept.")
    missing = sum(result.missing_count for result in results)
    if missing:
        raise Refusal(
            Exit.INCOMPLETE,
            f"{missing} rows of the source are missing here for an unknown reason; run the import again, "
            "and if they are still missing, restore the backup",
        )


async def _run(settings: "Settings", order: "ImportOrder", file: Path | None) -> "list[Result]":
    from rich.console import Console

    from coterie.importing import reporting
    from coterie.importing.run import run

    console = Console()

    async def report(connection: "OneConnection", record: "Import", results: "list[Result]") -> None:
        progress.end()
        await reporting.show(console, connection, record, results)
        if file is not None:
            await reporting.write(file, connection, record, results)

    with reporting.ReportedProgress(console) as progress:
        return await run(settings, order, progress, report)
