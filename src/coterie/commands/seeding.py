"""`coterie seed`."""

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coterie.process.refusals import Exit, Refusal

if TYPE_CHECKING:
    from coterie.demo.seed import Seeded
    from coterie.settings.record import Settings

Data = Annotated[Path, typer.Option(help="The data directory of the embedded development instance.")]


def seed(data: Data = Path("data")) -> None:
    from coterie.commands.instance import instance

    _refuse_elsewhere()
    with instance(data) as settings:
        seeded = asyncio.run(_seed(settings))
    if seeded.people or seeded.messages:
        typer.echo(f"Added {seeded.people} people and {seeded.messages} messages. Log in as alice, password123.")
    else:
        typer.echo("The demo community already exists; nothing was added.")


def _refuse_elsewhere() -> None:
    """Accounts with a published password must never exist where strangers can log in."""
    for name, remedy in (("DATABASE_URL", "unset it"), ("APP_ENV", "unset it, or set it to development")):
        value = os.environ.get(name, "").strip()
        if value and not (name == "APP_ENV" and value == "development"):
            raise Refusal(
                Exit.NOT_ALLOWED_HERE,
                f"{name} is set, but seed only fills an embedded development instance (--data): {remedy}",
            )


async def _seed(settings: "Settings") -> "Seeded":
    from coterie.commands.people import opened
    from coterie.demo.seed import seed as fill

    async with opened(settings) as accounts:
        return await fill(accounts, datetime.now(UTC))
