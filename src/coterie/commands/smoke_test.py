"""`coterie smoke`."""

import asyncio
import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from coterie.process.refusals import Exit, Refusal

if TYPE_CHECKING:
    from coterie.commands.smoke import SmokeAccount, SmokeStep

Url = Annotated[str, typer.Argument(help="The address that people use.", show_default=False)]
User = Annotated[str, typer.Option(help="An account to use. Default: register a new one.", show_default=False)]
Invite = Annotated[str, typer.Option(help="An invite code to register with.", show_default=False)]


def smoke(url: Url, user: User = "", invite: Invite = "") -> None:
    from coterie.commands.smoke import SmokeAccount

    if not url.startswith(("http://", "https://")):
        raise Refusal(Exit.USAGE, f"{url} is not a valid address; it should look like https://chat.example.org")
    password = _password() if user else ""
    steps = asyncio.run(_run(url, SmokeAccount(user, password, invite)))
    if any(step.trouble for step in steps):
        raise Refusal(Exit.UNHEALTHY, f"{url} does not work as expected; see above")
    typer.echo(f"{url} works.")


async def _run(url: str, account: "SmokeAccount") -> "list[SmokeStep]":
    from coterie.client import Client
    from coterie.commands.smoke import Smoke

    steps = []
    async with Client(url) as client:
        async for step in Smoke(client, account).run():
            _show(step)
            steps.append(step)
    return steps


def _show(step: "SmokeStep") -> None:
    state, colour = ("fail", typer.colors.RED) if step.trouble else ("ok  ", typer.colors.GREEN)
    said = step.trouble or step.note
    line = f"{typer.style(state, fg=colour)}  {step.milliseconds:>6.0f} ms  {step.name}"
    typer.echo(f"{line}: {said}" if said else line)


def _password() -> str:
    if given := os.environ.get("SMOKE_PASSWORD"):
        return given
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True))
    return sys.stdin.readline().rstrip("\n")
