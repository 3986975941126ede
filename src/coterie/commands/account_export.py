"""`coterie user export`: an archive of everything that belongs to an account."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from coterie.commands.instance import Data, instance
from coterie.commands.people import Name, find, opened
from coterie.process.refusals import Exit, Refusal

if TYPE_CHECKING:
    from coterie.settings.record import Settings

Target = Annotated[Path, typer.Argument(help="The zip archive to write; it must not exist.", show_default=False)]


def export(name: Name, file: Target, data: Data = None) -> None:
    """Write everything that belongs to an account into a zip archive, for example because its owner asked you for it.

    Users do this themselves in the settings of their account, under Your data.

    \b
    Example:
      coterie user export alice alice.zip
    """
    if file.exists() or not file.absolute().parent.is_dir():
        raise Refusal(Exit.USAGE, f"{file} exists, or its directory does not")
    with instance(data) as settings:
        user_id = asyncio.run(_found(settings, name))
        size = _write(settings, user_id, name, file)
    typer.echo(f"{file}: {size:,} bytes")


async def _found(settings: "Settings", name: str) -> UUID:
    async with opened(settings) as accounts:
        return await find(accounts, name)


def _write(settings: "Settings", user_id: UUID, name: str, file: Path) -> int:
    from coterie.account_export.work import write_file

    done = 0
    with typer.progressbar(length=100, label=f"Exporting {name}") as bar:

        def tell(share: float) -> None:
            nonlocal done
            bar.update(round(100 * share) - done)
            done = round(100 * share)

        size = write_file(settings, user_id, file, tell)
        tell(1)
    return size
