"""`coterie doctor` and `coterie openapi`."""

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from coterie.commands.instance import Data, examined_instance, quietly
from coterie.process.refusals import Exit
from coterie.settings.record import Settings
from coterie.settings.values import SettingsError

if TYPE_CHECKING:
    from coterie.commands.findings import Finding

COLOURS: Final = {"ok": typer.colors.GREEN, "warn": typer.colors.YELLOW, "fail": typer.colors.RED}
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document, for programs.")]


def doctor(as_json: Json = False, data: Data = None) -> None:
    findings = _examine(data)
    if as_json:
        _show_json(findings)
    else:
        for finding in findings:
            _show(finding)
    if any(finding.state == "fail" for finding in findings):
        sys.exit(Exit.UNHEALTHY)


def _examine(data: Path | None) -> "list[Finding]":
    """What is wrong with the settings, and everything that can be examined with those that are valid."""
    from coterie.commands.findings import Finding

    if data is not None:
        with examined_instance(data) as settings:
            return asyncio.run(_findings(settings))
    try:
        settings = Settings.read(os.environ)
        found = [Finding("settings", "ok", "every variable is valid")]
    except SettingsError as error:
        settings = Settings(**error.valid)
        found = [Finding("settings", "fail", problem) for problem in error.problems]
    quietly(settings)
    wrong = {finding.found.partition(" ")[0] for finding in found if finding.state == "fail"}
    others = asyncio.run(_findings(settings))
    return [*found, *[each for each in others if not any(name in each.found for name in wrong)]]


async def _findings(settings: Settings) -> "list[Finding]":
    from coterie.commands.doctor import examine

    return [finding async for finding in examine(settings)]


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
