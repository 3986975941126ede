"""The texts of shared documents over Braid: fetched, followed, changed.

Merge type `simpleton`: a client keeps one version and one text, and only the server merges. docs/protocol/documents.md
is the contract.
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final
from uuid import UUID

from coterie import errors
from coterie.documents import access
from coterie.documents.edit_queries import ThinnedError
from coterie.documents.events import EditEvent
from coterie.documents.texts import Transition
from coterie.errors import CoterieError
from coterie.services.making import Services
from coterie.sync import braid_wire, text_cursors, text_wire, text_writes
from coterie.sync.addresses import ID
from coterie.sync.braid_wire import version_header
from coterie.sync.collections import Collection, watched
from coterie.sync.exchange import Exchange, Headers
from coterie.sync.opening import check_streams, judged, positions
from coterie.sync.text_stream import Start, TextStream, peer_of
from coterie.sync.text_writes import MERGE_TYPE
from coterie.sync.topic_reader import TopicReader
from coterie.viewer import Viewer

ADDRESS: Final = re.compile(rf"/(?:sync/documents|collab)/(?P<id>{ID})")
ALLOWED: Final = "GET, HEAD, PUT, OPTIONS"
VARY: Final = {"Vary": "Accept, Version, Parents, Subscribe"}
PLAIN: Final = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class BraidText:
    """Braid's own format of the stream."""

    subscribe: str | None
    seconds: float
    name: str = "text"
    status: int = 209
    first: bytes = braid_wire.HEARTBEAT
    sign_of_life: bytes = braid_wire.HEARTBEAT

    def head(self, current: list[str]) -> Headers:
        echo = {} if self.subscribe is None else {"Subscribe": self.subscribe, "Heartbeats": f"{self.seconds:g}s"}
        return {
            **echo,
            "Current-Version": version_header(current),
            "Content-Type": "application/http-history",
            "Repr-Type": PLAIN,
            "Merge-Type": MERGE_TYPE,
            **VARY,
        }

    def snapshot(self, transition: Transition, text: bytes) -> bytes:
        return text_wire.snapshot(transition.frontier, text, transition.digest)

    def update(self, edit: EditEvent) -> bytes:
        return text_wire.update(edit.frontier, edit.parents, edit.patches, edit.digest)


def document_of(path: str) -> UUID | None:
    """The document whose text has this address."""
    found = ADDRESS.fullmatch(path)
    return UUID(found["id"]) if found else None


async def answer(services: Services, exchange: Exchange, viewer: Viewer, document_id: UUID) -> None:
    """Serve one request to a text."""
    merge_type = exchange.headers.get("merge-type", MERGE_TYPE).strip().strip('"')
    if merge_type != MERGE_TYPE:
        raise CoterieError(errors.INVALID, f"Merge-Type: only {MERGE_TYPE} is supported here.")
    if exchange.method in ("GET", "HEAD", "PUT") and text_cursors.asked_for(exchange):
        await _answer_cursors(services, exchange, viewer, document_id)
    elif exchange.method == "PUT":
        services.space.check()
        await text_writes.put(services, exchange, viewer, document_id)
    elif exchange.method not in ("GET", "HEAD"):
        raise CoterieError(errors.METHOD_NOT_ALLOWED)
    elif exchange.method == "GET" and ("subscribe" in exchange.headers or exchange.headers.get("parents")):
        await _follow(services, exchange, viewer, document_id)
    else:
        await _get(services, exchange, viewer, document_id)


async def _answer_cursors(services: Services, exchange: Exchange, viewer: Viewer, document_id: UUID) -> None:
    if exchange.method == "PUT":
        await text_cursors.put(services, exchange, viewer, document_id)
    elif exchange.method == "GET" and "subscribe" in exchange.headers:
        await _follow_cursors(services, exchange, viewer, document_id)
    else:
        await text_cursors.get(services, exchange, viewer, document_id)


async def _follow_cursors(services: Services, exchange: Exchange, viewer: Viewer, document_id: UUID) -> None:
    peer = text_cursors.own_peer(exchange, viewer)
    async with _reader(services, viewer, document_id) as reader:
        stream = text_cursors.CursorStream(exchange, reader, peer)
        async with services.cursors.listening(document_id, peer, viewer.user_id, stream.put) as known:
            await _begin(services, viewer, document_id, reader, None)
            stream.snapshot = {name: ranges for name, ranges in known.items() if name != peer}
            await stream.run()


async def _get(services: Services, exchange: Exchange, viewer: Viewer, document_id: UUID) -> None:
    """The whole current text."""
    await access.visible(services.permissions, services.database, document_id, viewer.user_id)
    async with services.documents.texts.background.turn(viewer.user_id):
        transition, text = await services.documents.text(document_id)
    named = version_header(transition.frontier)
    headers = {
        "Content-Type": PLAIN,
        "Current-Version": named,
        "Merge-Type": MERGE_TYPE,
        "Repr-Digest": text_wire.digest_header(transition.digest),
        "ETag": f'"{transition.digest}"',
        "Accept-Subscribe": "true",
        "Cache-Control": "no-cache",
        **VARY,
    }
    asked = braid_wire.read_versions(exchange.headers.get("version", ""))
    if not asked or sorted(asked) == transition.frontier:  # else it is not the requested version
        headers["Version"] = named
    if headers["ETag"] in exchange.headers.get("if-none-match", ""):
        await exchange.answer(304, headers)
    else:
        await exchange.answer(200, headers, text)


async def _follow(services: Services, exchange: Exchange, viewer: Viewer, document_id: UUID) -> None:
    if "subscribe" in exchange.headers and "version" in exchange.headers:
        raise CoterieError(errors.INVALID, "Use Subscribe with Parents, not with Version.")
    header = exchange.headers.get("parents")
    parents = None if header is None else braid_wire.read_versions(header)
    form = BraidText(
        braid_wire.echo(exchange.headers.get("subscribe")),
        braid_wire.heartbeat_seconds(exchange.headers.get("heartbeats")),
    )
    peer = peer_of(exchange)
    find = partial(_find, services, viewer, document_id, peer)
    async with _reader(services, viewer, document_id) as reader:
        start, position = await _start(services, document_id, parents, peer)
        if form.subscribe is None and not start.is_known:  # an empty answer would mean that they are up to date
            raise CoterieError(errors.UNKNOWN_PARENTS, retry_after=1)
        await _begin(services, viewer, document_id, reader, position)
        await TextStream(exchange, reader, form, start, find).run()


@asynccontextmanager
async def _reader(services: Services, viewer: Viewer, document_id: UUID) -> AsyncIterator[TopicReader]:
    """A subscribed reader of a text. The text is read afterwards, and access to it checked (`_begin`) after that."""
    check_streams(services, viewer)
    reader = TopicReader(
        await _collection(services, viewer, document_id), services.log, services.hub, services.collections
    )
    try:
        await reader.open()
        yield reader
    finally:
        reader.close()


async def _begin(
    services: Services, viewer: Viewer, document_id: UUID, reader: TopicReader, position: int | None
) -> None:
    """Start a reader after a position, or at the newest."""
    async with judged(services, viewer, partial(_collection, services, viewer, document_id)) as judgement:
        _, collection, states = judgement
        known = positions(states)
    if document_id not in known:
        raise CoterieError(errors.NOT_FOUND)
    floor = states[document_id].floor  # above the newest edit after a backup was restored; there is nothing between
    reader.start(collection, known[document_id] if position is None else max(position, floor), known)


async def _start(
    services: Services, document_id: UUID, parents: list[str] | None, peer: str | None
) -> tuple[Start, int]:
    if not parents:
        transition, text = await services.documents.text(document_id)
        return Start(transition, [], text), transition.position
    try:
        found = await services.documents.transition(document_id, parents, peer)
    except ThinnedError:
        return await _start(services, document_id, None, peer)
    if found is None:
        newest, _ = await services.documents.text(document_id)
        found = await services.documents.transition(document_id, parents, peer)  # they may have just arrived
        if found is None:
            return Start(newest, parents, is_known=False), newest.position
    return Start(found, parents), found.position


async def _find(
    services: Services, viewer: Viewer, document_id: UUID, peer: str | None, parents: list[str]
) -> Transition | None:
    """The way from a client's text to the newest one, if they may still see it."""
    transition = await services.documents.transition(document_id, parents, peer)
    if transition is not None:
        await access.visible(services.permissions, services.database, document_id, viewer.user_id)
    return transition


async def _collection(services: Services, viewer: Viewer, document_id: UUID) -> Collection:
    """The topics to subscribe to for a text, and what ends the access to it."""
    found = await access.visible(services.permissions, services.database, document_id, viewer.user_id)
    channel, server = found.document.channel_id, found.document.server_id
    if server is None:
        return Collection(document_id, watched(viewer, conversation=channel, document=document_id), _nothing)
    within = watched(viewer, server=server, channel=channel, document=document_id)
    return Collection(document_id, within, _nothing, found.authority)


async def _nothing(connection: object) -> dict[str, object]:
    return {}
