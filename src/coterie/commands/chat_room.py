"""`coterie chat-room`: which channel the messenger's /chat is."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coterie.commands.instance import Data, instance
from coterie.commands.people import opened
from coterie.refusals import Exit, Refusal
from coterie.settings import Settings

if TYPE_CHECKING:
    from coterie.database.connection import Database

app = typer.Typer(
    help=(
        "Make one channel the chat room of the whole instance, for messenger clients that speak to /chat.\n\n"
        "Whoever has an account can read and write there; who uses it becomes a member of the channel's server. "
        "Off by default. Everywhere else it stays an ordinary channel."
    ),
    no_args_is_help=True,
)
Place = Annotated[str, typer.Argument(help="SERVER/CHANNEL by their names, or the channel's id.", show_default=False)]
Work = Callable[["Database"], Awaitable[str]]


@app.command("on")
def turn_on(place: Place, data: Data = None) -> None:
    """Make a text channel the chat room; heeded at once."""

    async def work(database: "Database") -> str:
        from coterie.messenger import queries

        server, _, channel = place.rpartition("/")
        found = await queries.channels_named(database, server, channel)
        if not found:
            raise Refusal(Exit.NOT_FOUND, f"there is no text channel {place}; name it as SERVER/CHANNEL, or by its id")
        if len(found) > 1:
            ids = ", ".join(str(row["id"]) for row in found)
            raise Refusal(Exit.USAGE, f"several channels are named {place}; give the id of one of them: {ids}")
        await queries.set_chat_room(database, found[0]["id"])
        return await _told(database)

    _do(data, work)


@app.command("off")
def turn_off(data: Data = None) -> None:
    """Switch the chat room off; the channel and what was said in it stay."""

    async def work(database: "Database") -> str:
        from coterie.messenger import queries

        await queries.set_chat_room(database, None)
        return await _told(database)

    _do(data, work)


@app.command("show")
def show(data: Data = None) -> None:
    """Tell which channel the chat room is."""
    _do(data, _told)


async def _told(database: "Database") -> str:
    from coterie.messenger import queries

    room = await queries.room_named(database)
    if room is None:
        return "The chat room is off."
    told = f"The chat room is {room['server']}/{room['channel']} ({room['id']})."
    return told if room["is_open"] else f"{told} Its server is not open to all: only its members can use it."


def _do(data: Path | None, work: Work) -> None:
    with instance(data) as settings:
        typer.echo(asyncio.run(_done(settings, work)))


async def _done(settings: Settings, work: Work) -> str:
    async with opened(settings) as accounts:
        return await work(accounts.database)
