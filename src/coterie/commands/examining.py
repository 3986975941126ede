"""`coterie doctor` and `coterie openapi`."""

import asyncio
import os
import sys
from typing import TYPE_CHECKING, Annotated, Final

import typer

from coterie.commands.instance import quietly
from coterie.refusals import Exit
from coterie.settings import Settings
from coterie.settings_values import SettingsError

if TYPE_CHECKING:
    from coterie.findings import Finding

COLOURS: Final = {"ok": typer.colors.GREEN, "warn": typer.colors.YELLOW, "fail": typer.colors.RED}
Json = Annotated[bool, typer.Option("--json", help="One JSON document, for programs.")]


def doctor(as_json: Json = False) -> None:
    findings = asyncio.run(_examine())
    if as_json:
        _show_json(findings)
    else:
        for finding in findings:
            _show(finding)
    if any(finding.state == "fail" for finding in findings):
        sys.exit(Exit.UNHEALTHY)


async def _examine() -> "list[Finding]":
    from coterie.doctor import examine
    from coterie.findings import Finding

    try:
        settings = Settings.read(os.environ)
    except SettingsError as error:
        return [Finding("settings", "fail", problem) for problem in error.problems]
    quietly(settings)
    fine = Finding("settings", "ok", "every variable can be read")
    return [fine, *[finding async for finding in examine(settings)]]


def _show(finding: "Finding") -> None:
    remedy = f"; {finding.remedy}" if finding.remedy else ""
    state = typer.style(f"{finding.state:<4}", fg=COLOURS[finding.state])
    typer.echo(f"{state}  {finding.name:<20}  {finding.found}{remedy}")


def _show_json(findings: "list[Finding]") -> None:
    import msgspec

    is_healthy = all(finding.state != "fail" for finding in findings)
    document = msgspec.json.encode({"healthy": is_healthy, "findings": findings})
    typer.echo(msgspec.json.format(document).decode())


def openapi() -> None:
    """Print the OpenAPI 3.1 document of the REST API, from which clients generate their types."""
    import msgspec

    from coterie.application import openapi_document

    document = msgspec.json.encode(openapi_document(Settings()))
    typer.echo(msgspec.json.format(document).decode())
