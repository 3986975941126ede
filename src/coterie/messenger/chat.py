"""/chat: one public channel as the messenger's chat room, in the old Braid form; docs/protocol/realtime.md.

Each update is the whole list of the newest messages, and its version is the channel's position. So a client that names
the newest version gets nothing, and any other gets one update: nothing is missed, and nothing comes twice.

It is a channel because a chat room beside the channels would be a second kind of message, and reading without
membership a second kind of right, which the code that ends streams does not know. Users join the channel's server on
first use, since joining everyone at registration would put people into a server that they never asked for.
"""

import asyncio
import re
from contextlib import suppress
from typing import Annotated, Final
from uuid import UUID

import msgspec

from coterie import errors
from coterie.chat_room import queries as room_queries
from coterie.errors import CoterieError
from coterie.http.answering import decode
from coterie.http.bodies import CHAT_BYTES
from coterie.messages import actions as messages
from coterie.messages.models import Content, MessageCreation, Nonce
from coterie.messenger.sending import sent
from coterie.permissions import queries as permissions
from coterie.servers import actions as servers
from coterie.servers.limits import JOINS
from coterie.services.making import Services
from coterie.sync.addresses import Target
from coterie.sync.endless_response import ENDLESS
from coterie.sync.exchange import Exchange
from coterie.sync.opening import reading
from coterie.sync.topic_reader import TopicReader
from coterie.viewer import Viewer

TEXT_BYTES: Final = 10_000
PARENT_BYTES: Final = 200
PARENTS: Final = 100
SILENCE_SECONDS: Final = 30.0
BLANK_LINE: Final = b"\r\n"
VERSION: Final = re.compile('"?v([0-9]{1,18})"?')
OFF: Final = "The chat room is turned off on this instance."


class ChatMessageIn(msgspec.Struct, frozen=True):
    """A message from a client; the server adds author and time. A repeated nonce does not send it twice."""

    text: Content
    nonce: Nonce | None = None
    author: Annotated[object, "ignored"] = None
    timestamp: Annotated[object, "ignored"] = None


async def chat(services: Services, exchange: Exchange) -> None:
    """Serve one request to the chat room."""
    if exchange.method not in ("GET", "PUT"):
        raise CoterieError(errors.METHOD_NOT_ALLOWED)
    viewer = await exchange.viewer(services)
    room = await _entered(services, viewer)
    if exchange.method == "PUT":
        await _say(services, exchange, viewer, room)
    elif "subscribe" not in exchange.headers:
        raise CoterieError(errors.INVALID, "Send `Subscribe: true`: this address only serves subscriptions.")
    else:
        await _follow(services, exchange, viewer, room)


async def _entered(services: Services, viewer: Viewer) -> UUID:
    """The chat room, with the viewer in it. A user who is not in its server joins it, if it is open to everyone.

    That counts as joining a server.
    """
    room = await room_queries.chat_room(services.database)
    if room is None:
        raise CoterieError(errors.NOT_FOUND, OFF)
    try:
        await services.permissions.in_channel(services.database, room, viewer.user_id)
    except CoterieError:
        await services.shared_limits.action(JOINS, viewer.user_id)
        for place in await permissions.places(services.database, [room]):
            with suppress(CoterieError):
                assert place.server_id is not None, "the operator chose a channel"
                await servers.join(services.context, place.server_id, viewer.user_id)
        await services.permissions.in_channel(services.database, room, viewer.user_id)
    return room


async def _say(services: Services, exchange: Exchange, viewer: Viewer, room: UUID) -> None:
    _parents(exchange)
    said = decode(await exchange.body(CHAT_BYTES), ChatMessageIn)
    if not said.text.strip() or len(said.text.encode()) > TEXT_BYTES:
        sentence = f"text: must not be blank, and can have at most 4000 characters and {TEXT_BYTES} bytes"
        raise CoterieError(errors.INVALID, sentence, fields={"text": sentence})
    creation = MessageCreation(content=said.text, nonce=said.nonce)
    stored = await messages.send(services.messages, room, viewer.user_id, creation)
    await exchange.answer(200, {"Version": f'"v{stored.seq}"', "Cache-Control": "no-store"})


def _parents(exchange: Exchange) -> list[str]:
    """The ids in `Parents`, in any syntax; raises INVALID for what cannot be one."""
    ids = [part.strip() for part in exchange.headers.get("parents", "").split(",") if part.strip()]
    if len(ids) > PARENTS or any(len(id.encode()) > PARENT_BYTES for id in ids):
        raise CoterieError(errors.INVALID, f"Parents: give at most {PARENTS} ids of at most {PARENT_BYTES} bytes.")
    return ids


def _known(exchange: Exchange) -> int:
    """The newest version that a client has; -1 if none is one of ours."""
    found = [VERSION.fullmatch(id) for id in _parents(exchange)]
    return max((int(match[1]) for match in found if match), default=-1)


async def _follow(services: Services, exchange: Exchange, viewer: Viewer, room: UUID) -> None:
    known = _known(exchange)
    async with reading(services, viewer, Target("channel", room, None, 1), []) as (reader, _):
        subscribe = exchange.headers["subscribe"][:40]
        echo = subscribe if subscribe.isascii() and subscribe.isprintable() and subscribe else "true"
        head = {"Subscribe": echo, "Content-Type": "application/json", "Connection": "keep-alive", **ENDLESS}
        await exchange.start(209, head)
        watching = asyncio.create_task(_watch(exchange, reader))
        try:
            await _send_all(services, exchange, reader, known if known <= reader.position else -1)
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)


async def _send_all(services: Services, exchange: Exchange, reader: TopicReader, known: int) -> None:
    """The list whenever it differs from the client's, and a blank line when nothing has changed for long."""
    room, is_there = reader.collection.topic, True
    if reader.position == known:
        is_there = await sent(exchange, BLANK_LINE)  # so that the client sees the headers
    while is_there and not reader.is_ended:
        async for _ in reader.pending():
            pass  # the newest list includes them all
        shown = await services.rooms.shown(room, reader.position)
        if shown is None or reader.is_ended:
            break
        if shown[0] > known:
            known = shown[0]
            is_there = await sent(exchange, _update(*shown))
        try:
            async with asyncio.timeout(SILENCE_SECONDS):
                await reader.wait()
        except TimeoutError:
            is_there = await sent(exchange, BLANK_LINE)
            if await room_queries.chat_room(services.database) != room:
                break
    if is_there:
        await sent(exchange, b"", is_last=True)


def _update(position: int, content: bytes) -> bytes:
    return b'Version: "v%d"\r\nContent-Length: %d\r\n\r\n%s\r\n\r\n' % (position, len(content), content)


async def _watch(exchange: Exchange, reader: TopicReader) -> None:
    while (await exchange.receive())["type"] != "http.disconnect":
        pass
    reader.end()
