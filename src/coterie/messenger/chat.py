"""/chat: one public channel as the messenger's global room, in the old Braid form; docs/protocol/realtime.md.

Each update is the whole list of the newest messages, and its version is where the channel stands. So a client that
names the newest version is told nothing, and any other gets one update: nothing is missed, and nothing comes twice.
"""

import asyncio
import re
from contextlib import suppress
from typing import Annotated, Final
from uuid import UUID

import msgspec

from coterie import errors
from coterie.accounts.models import Viewer
from coterie.errors import CoterieError
from coterie.messages import actions as messages
from coterie.messages.models import Content, MessageCreation, Nonce
from coterie.messenger import queries
from coterie.messenger.sending import sent
from coterie.permissions import queries as permissions
from coterie.servers import actions as servers
from coterie.services import Services
from coterie.sync.collections import Target
from coterie.sync.cursor import Cursor, following
from coterie.sync.exchange import Exchange
from coterie.sync.stream import ENDLESS
from coterie.web import decode

BODY_LIMIT: Final = 64 * 1024
TEXT_BYTES: Final = 10_000
PARENT_BYTES: Final = 200
PARENTS: Final = 100
SILENCE_SECONDS: Final = 30.0
BLANK_LINE: Final = b"\r\n"
VERSION: Final = re.compile('"?v([0-9]{1,18})"?')
OFF: Final = "The chat room is switched off on this instance."


class Said(msgspec.Struct, frozen=True):
    """What a client says; author and time are the server's to tell. A repeated nonce says nothing twice."""

    text: Content
    nonce: Nonce | None = None
    author: Annotated[object, "ignored"] = None
    timestamp: Annotated[object, "ignored"] = None


async def chat(services: Services, exchange: Exchange) -> None:
    """Serve one request to the room."""
    if exchange.method not in ("GET", "PUT"):
        raise CoterieError(errors.METHOD_NOT_ALLOWED)
    viewer = await exchange.viewer(services)
    room = await _entered(services, viewer)
    if exchange.method == "PUT":
        await _say(services, exchange, viewer, room)
    elif "subscribe" not in exchange.headers:
        raise CoterieError(errors.INVALID, "Ask with `Subscribe: true`: this address answers with a subscription only.")
    else:
        await _follow(services, exchange, viewer, room)


async def _entered(services: Services, viewer: Viewer) -> UUID:
    """The room that the viewer is in. It is everybody's: who uses it joins its server, if that is open to all."""
    room = await queries.chat_room(services.database)
    if room is None:
        raise CoterieError(errors.NOT_FOUND, OFF)
    try:
        await services.rights.in_channel(services.database, room, viewer.user_id)
    except CoterieError:
        for place in await permissions.places(services.database, [room]):
            with suppress(CoterieError):
                assert place.server_id is not None, "the operator chose a channel"
                await servers.join(services.community, place.server_id, viewer.user_id)
        await services.rights.in_channel(services.database, room, viewer.user_id)
    return room


async def _say(services: Services, exchange: Exchange, viewer: Viewer, room: UUID) -> None:
    services.limits.action("messages", viewer.user_id)
    _parents(exchange)
    said = decode(await exchange.body(BODY_LIMIT), Said)
    if not said.text.strip() or len(said.text.encode()) > TEXT_BYTES:
        sentence = f"text: not blank, at most 4000 characters and {TEXT_BYTES} bytes"
        raise CoterieError(errors.INVALID, sentence, fields={"text": sentence})
    creation = MessageCreation(content=said.text, nonce=said.nonce)
    stored = await messages.send(services.messages, room, viewer.user_id, creation)
    await exchange.answer(200, {"Version": f'"v{stored.seq}"', "Cache-Control": "no-store"})


def _parents(exchange: Exchange) -> list[str]:
    """The ids in `Parents`, however they are written; raises INVALID for what cannot be one."""
    ids = [part.strip() for part in exchange.headers.get("parents", "").split(",") if part.strip()]
    if len(ids) > PARENTS or any(len(id.encode()) > PARENT_BYTES for id in ids):
        raise CoterieError(errors.INVALID, f"Parents: at most {PARENTS} ids of at most {PARENT_BYTES} bytes.")
    return ids


def _known(exchange: Exchange) -> int:
    """The version that a client has; -1 without any that is one of ours."""
    found = [VERSION.fullmatch(id) for id in _parents(exchange)]
    return max((int(match[1]) for match in found if match), default=-1)


async def _follow(services: Services, exchange: Exchange, viewer: Viewer, room: UUID) -> None:
    known = _known(exchange)
    async with following(services, viewer, Target("channel", room, None, 1), []) as (cursor, _):
        subscribe = exchange.headers["subscribe"][:40]
        echo = subscribe if subscribe.isascii() and subscribe.isprintable() and subscribe else "true"
        head = {"Subscribe": echo, "Content-Type": "application/json", "Connection": "keep-alive", **ENDLESS}
        await exchange.start(209, head)
        watching = asyncio.create_task(_watch(exchange, cursor))
        try:
            await _send_all(services, exchange, cursor, known if known <= cursor.position else -1)
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)


async def _send_all(services: Services, exchange: Exchange, cursor: Cursor, known: int) -> None:
    """The list whenever it is another than the client has, and a blank line when nothing happens for long."""
    room, is_there = cursor.collection.topic, True
    if cursor.position == known:
        is_there = await sent(exchange, BLANK_LINE)  # so that the client sees the head
    while is_there and not cursor.is_ended:
        async for _ in cursor.pending():
            pass  # the newest list tells them all
        shown = await services.rooms.shown(room, cursor.position)
        if shown is None or cursor.is_ended:
            break
        if shown[0] > known:
            known = shown[0]
            is_there = await sent(exchange, _update(*shown))
        try:
            async with asyncio.timeout(SILENCE_SECONDS):
                await cursor.wait()
        except TimeoutError:
            is_there = await sent(exchange, BLANK_LINE)
            if await queries.chat_room(services.database) != room:
                break
    if is_there:
        await sent(exchange, b"", is_last=True)


def _update(position: int, content: bytes) -> bytes:
    return b'Version: "v%d"\r\nContent-Length: %d\r\n\r\n%s\r\n\r\n' % (position, len(content), content)


async def _watch(exchange: Exchange, cursor: Cursor) -> None:
    while (await exchange.receive())["type"] != "http.disconnect":
        pass
    cursor.end()
