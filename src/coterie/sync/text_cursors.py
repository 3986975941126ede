"""Cursors in texts: the address of the text, with another media type.

The snapshot is an object with a list of ranges for each peer; a change names one peer, and is empty when the peer left.
Cursors are not stored, so there are no versions and no resuming: a client that reconnects gets a snapshot.
"""

from collections import OrderedDict
from typing import Final
from uuid import UUID

import msgspec

from coterie import errors
from coterie.documents import access
from coterie.documents.cursors import Ranges, Selection
from coterie.documents.limits import CURSORS
from coterie.errors import CoterieError
from coterie.http.answering import decode
from coterie.http.bodies import CURSOR_BYTES
from coterie.services.making import Services
from coterie.sync import braid_wire
from coterie.sync.endless_response import ENDLESS, EndlessResponse
from coterie.sync.exchange import Exchange
from coterie.sync.text_stream import check_own, peer_of
from coterie.sync.topic_reader import TopicReader
from coterie.viewer import Viewer

MEDIA_TYPE: Final = "application/text-cursors+json"
VARY: Final = {"Vary": "Accept, Subscribe"}


def asked_for(exchange: Exchange) -> bool:
    """Whether a request is about cursors."""
    header = "content-type" if exchange.method == "PUT" else "accept"
    return MEDIA_TYPE in exchange.headers.get(header, "").lower()


async def get(services: Services, exchange: Exchange, viewer: Viewer, document_id: UUID) -> None:
    """The current cursors. HEAD only shows that the text supports them."""
    await access.visible(services.permissions, services.database, document_id, viewer.user_id)
    found = await services.cursors.cursors(document_id) if exchange.method == "GET" else {}
    headers = {"Content-Type": MEDIA_TYPE, "Accept-Subscribe": "true", "Cache-Control": "no-store", **VARY}
    await exchange.answer(200, headers, msgspec.json.encode(found))


async def put(services: Services, exchange: Exchange, viewer: Viewer, document_id: UUID) -> None:
    """Set the caller's cursor."""
    services.limits.action(CURSORS, viewer.user_id)
    await access.visible(services.permissions, services.database, document_id, viewer.user_id)
    place = exchange.headers.get("content-range")
    if place is None:
        raise CoterieError(errors.INVALID, 'Name the peer with Content-Range: json ["<peer>"]')
    peer = _own(braid_wire.read_key(place), viewer)
    body = await exchange.body(CURSOR_BYTES)
    ranges: list[Selection] = decode(body, Ranges) if body else []
    await services.cursors.put(document_id, peer, viewer.user_id, ranges)
    await exchange.answer(200, {"Content-Type": MEDIA_TYPE, "Cache-Control": "no-store"}, b"{}")


def own_peer(exchange: Exchange, viewer: Viewer) -> str | None:
    """The peer of a subscription, which may have a cursor while it lasts."""
    peer = peer_of(exchange)
    return None if peer is None else _own(peer, viewer)


def _own(peer: str, viewer: Viewer) -> str:
    check_own(peer, viewer.user_id)
    if not braid_wire.is_version(peer):
        raise CoterieError(errors.INVALID, "A peer must be a name of at most 200 printable ASCII characters.")
    return peer


class CursorStream(EndlessResponse):
    """Cursors followed by one client; only the newest ranges of each peer wait to be sent."""

    def __init__(self, exchange: Exchange, reader: TopicReader, peer: str | None) -> None:
        super().__init__(exchange, reader, braid_wire.heartbeat_seconds(exchange.headers.get("heartbeats")))
        self._peer: Final = peer
        self._waiting: Final[OrderedDict[str, list[Selection] | None]] = OrderedDict()
        self.snapshot: dict[str, list[Selection]] = {}

    def put(self, peer: str, ranges: list[Selection] | None) -> None:
        """Receive a peer's ranges."""
        if peer != self._peer:
            self._waiting[peer] = ranges
            self._reader.wake()

    async def _send_all(self) -> None:
        subscribe = braid_wire.echo(self._exchange.headers.get("subscribe")) or "true"
        head = {
            "Subscribe": subscribe,
            "Heartbeats": f"{self._seconds:g}s",
            "Content-Type": "application/http-history",
            "Repr-Type": MEDIA_TYPE,
            **VARY,
        }
        await self._exchange.start(209, {**head, **ENDLESS})
        await self._send(braid_wire.HEARTBEAT + _snapshot(msgspec.json.encode(self.snapshot)))
        while not self._reader.is_ended:
            await self._reader.wait()
            async for _ in self._reader.pending():
                pass  # this stream does not send edits
            await self._send_waiting()
            if self._is_silent() and not self._reader.is_ended:
                await self._send(braid_wire.HEARTBEAT)

    async def _send_waiting(self) -> None:
        while self._waiting and not self._reader.is_ended:
            peer, ranges = self._waiting.popitem(last=False)
            await self._send(_patch(peer, b"" if ranges is None else msgspec.json.encode(ranges)))


def _snapshot(content: bytes) -> bytes:
    head = f"HTTP 200 OK\r\nContent-Type: {MEDIA_TYPE}\r\nContent-Length: {len(content)}\r\n\r\n"
    return head.encode() + content + b"\r\n\r\n"


def _patch(peer: str, content: bytes) -> bytes:
    key = msgspec.json.encode(peer).decode()
    head = f"HTTP 200 OK\r\nContent-Length: {len(content)}\r\nContent-Range: json [{key}]\r\n\r\n"
    return head.encode() + content + b"\r\n\r\n"
