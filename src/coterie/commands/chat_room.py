"""`coterie chat-room`: which channel is behind the messenger's /chat."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coterie.chat_room import queries as room_queries
from coterie.commands.instance import Data, instance
from coterie.commands.people import opened
from coterie.process.refusals import Exit, Refusal
from coterie.settings.record import Settings

if TYPE_CHECKING:
    from coterie.database.connection import Database

app = typer.Typer(
    help=(
        "Make one channel the chat room of the whole instance, for messenger clients that use /chat.\n\n"
        "Everyone with an account can read and write there, and becomes a member of the channel's server by using it. "
        "Off by default. Otherwise it remains an ordinary channel."
    ),
    no_args_is_help=True,
)
Place = Annotated[str, typer.Argument(help="The channel, as SERVER/CHANNEL or by its id.", show_default=False)]
Work = Callable[["Database"], Awaitable[str]]


@app.command("on")
def turn_on(place: Place, data: Data = None) -> None:
    """Make a text channel the chat room. A running server applies it at once."""

    async def work(database: "Database") -> str:
        server, _, channel = place.rpartition("/")
        found = await room_queries.channels_named(database, server, channel)
        if not found:
            raise Refusal(Exit.NOT_FOUND, f"there is no text channel {place}; give SERVER/CHANNEL or the channel's id")
        if len(found) > 1:
            ids = ", ".join(str(row["id"]) for row in found)
            raise Refusal(Exit.USAGE, f"several channels are named {place}; give the id of one of them: {ids}")
        await room_queries.set_chat_room(database, found[0]["id"])
        return await _state(database)

    _run(data, work)


@app.command("off")
def turn_off(data: Data = None) -> None:
    """Turn the chat room off. The channel and its messages stay."""

    async def work(database: "Database") -> str:
        await room_queries.set_chat_room(database, None)
        return await _state(database)

    _run(data, work)


@app.command("show")
def show(data: Data = None) -> None:
    """Show which channel is the chat room."""
    _run(data, _state)


async def _state(database: "Database") -> str:
    room = await room_queries.room_named(database)
    if room is None:
        return "The chat room is off."
    state = f"The chat room is {room['server']}/{room['channel']} ({room['id']})."
    return state if room["is_open"] else f"{state} Its server is not public, so only its members can use it."


def _run(data: Path | None, work: Work) -> None:
    with instance(data) as settings:
        typer.echo(asyncio.run(_with_database(settings, work)))


async def _with_database(settings: Settings, work: Work) -> str:
    async with opened(settings) as accounts:
        return await work(accounts.database)
