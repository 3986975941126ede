"""The door to the texts of shared documents: fetched, followed, changed.

Merge type `simpleton`: a client keeps one version and one text, and only the server merges. docs/protocol/documents.md
is the contract.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from secrets import token_hex
from typing import Final
from uuid import UUID

import msgspec

from coterie import errors
from coterie.accounts.models import Viewer
from coterie.documents import access, versions
from coterie.documents.notifications import Told
from coterie.documents.storing import Accepted, Edit
from coterie.documents.texts import Lead
from coterie.documents.versions import EditId
from coterie.errors import CoterieError
from coterie.services import Services
from coterie.sync import braid_wire, text_cursors, text_operations, text_wire
from coterie.sync.braid_wire import version_header
from coterie.sync.braid_writes import PARENTS_SECONDS, Waker
from coterie.sync.collections import ID, Collection
from coterie.sync.cursor import Cursor, check_streams, judged, positions
from coterie.sync.exchange import Exchange, Headers
from coterie.sync.text_stream import Start, TextStream, check_own, peer_of

ADDRESS: Final = re.compile(rf"/(?:sync/documents|collab)/(?P<id>{ID})")
ALLOWED: Final = "GET, HEAD, PUT, OPTIONS"
MERGE_TYPE: Final = "simpleton"
VARY: Final = {"Vary": "Accept, Version, Parents, Subscribe"}
PLAIN: Final = "text/plain; charset=utf-8"

NO_VERSION: Final = f"Version is agent-number; the agent has at most {versions.AGENT_LIMIT} printable ASCII characters."
BYTES_BESIDE: Final = 1024 * 1024
"""What the body of an edit may have beside its text: the heads of its patches."""


@dataclass(frozen=True, slots=True)
class BraidText:
    """Braid's own form of the stream."""

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

    def snapshot(self, lead: Lead, text: str) -> bytes:
        return text_wire.snapshot(lead.frontier, text.encode(), lead.digest)

    def update(self, told: Told) -> bytes:
        return text_wire.update(told.frontier, told.parents, told.patches, told.digest)


def document_of(path: str) -> UUID | None:
    """The document whose text an address is."""
    found = ADDRESS.fullmatch(path)
    return UUID(found["id"]) if found else None


async def answer(services: Services, exchange: Exchange, viewer: Viewer, document_id: UUID) -> None:
    """Serve one request to a text."""
    merge_type = exchange.headers.get("merge-type", MERGE_TYPE).strip().strip('"')
    if merge_type != MERGE_TYPE:
        raise CoterieError(errors.INVALID, f"Merge-Type: texts are merged here, and clients use {MERGE_TYPE}.")
    if exchange.method in ("GET", "HEAD", "PUT") and text_cursors.asked_for(exchange):
        await _answer_cursors(services, exchange, viewer, document_id)
    elif exchange.method == "PUT":
        await _put(services, exchange, viewer, document_id)
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
    async with _cursor(services, viewer, document_id) as cursor:
        stream = text_cursors.CursorStream(exchange, cursor, peer)
        async with services.cursors.listening(document_id, peer, viewer.user_id, stream.hear) as known:
            await _begin(services, viewer, document_id, cursor, None)
            stream.snapshot = {name: ranges for name, ranges in known.items() if name != peer}
            await stream.run()


async def _get(services: Services, exchange: Exchange, viewer: Viewer, document_id: UUID) -> None:
    """The whole text as it stands."""
    await access.visible(services.rights, services.database, document_id, viewer.user_id)
    lead, text = await services.documents.text(document_id)
    named = version_header(lead.frontier)
    headers = {
        "Content-Type": PLAIN,
        "Current-Version": named,
        "Merge-Type": MERGE_TYPE,
        "Repr-Digest": text_wire.digest_header(lead.digest),
        "ETag": f'"{lead.digest}"',
        "Accept-Subscribe": "true",
        "Cache-Control": "no-cache",
        **VARY,
    }
    asked = braid_wire.read_versions(exchange.headers.get("version", ""))
    if not asked or sorted(asked) == lead.frontier:  # else it is not the version that was asked for
        headers["Version"] = named
    if headers["ETag"] in exchange.headers.get("if-none-match", ""):
        await exchange.answer(304, headers)
    else:
        await exchange.answer(200, headers, text.encode())


async def _follow(services: Services, exchange: Exchange, viewer: Viewer, document_id: UUID) -> None:
    if "subscribe" in exchange.headers and "version" in exchange.headers:
        raise CoterieError(errors.INVALID, "Subscribe goes with Parents, not with Version.")
    header = exchange.headers.get("parents")
    parents = None if header is None else braid_wire.read_versions(header)
    form = BraidText(
        braid_wire.echo(exchange.headers.get("subscribe")),
        braid_wire.heartbeat_seconds(exchange.headers.get("heartbeats")),
    )
    peer = peer_of(exchange)
    find = partial(_find, services, viewer, document_id, peer)
    async with _cursor(services, viewer, document_id) as cursor:
        start, position = await _start(services, document_id, parents, peer)
        if form.subscribe is None and not start.is_known:  # nothing would look as if they were up to date
            raise CoterieError(errors.UNKNOWN_PARENTS, retry_after=1)
        await _begin(services, viewer, document_id, cursor, position)
        await TextStream(exchange, cursor, form, start, find).run()


@asynccontextmanager
async def _cursor(services: Services, viewer: Viewer, document_id: UUID) -> AsyncIterator[Cursor]:
    """A reader of a text who listens; the text is read after, and the right to it looked at (`_begin`) after that."""
    check_streams(services, viewer)
    cursor = Cursor(await _collection(services, viewer, document_id), services.log, services.hub)
    try:
        await cursor.open()
        yield cursor
    finally:
        cursor.close()


async def _begin(services: Services, viewer: Viewer, document_id: UUID, cursor: Cursor, position: int | None) -> None:
    """Let a reader begin after a position, or at the newest."""
    async with judged(services, viewer, partial(_collection, services, viewer, document_id)) as judgement:
        _, collection, standings = judgement
        known = positions(standings)
    if document_id not in known:
        raise CoterieError(errors.NOT_FOUND)
    cursor.start(collection, known[document_id] if position is None else position, known)


async def _start(
    services: Services, document_id: UUID, parents: list[str] | None, peer: str | None
) -> tuple[Start, int]:
    if not parents:
        lead, text = await services.documents.text(document_id)
        return Start(lead, [], text), lead.position
    found = await services.documents.lead(document_id, parents, peer)
    if found is None:
        newest, _ = await services.documents.text(document_id)
        found = await services.documents.lead(document_id, parents, peer)  # they may have come right before that text
        if found is None:
            return Start(newest, parents, is_known=False), newest.position
    return Start(found, parents), found.position


async def _find(
    services: Services, viewer: Viewer, document_id: UUID, peer: str | None, parents: list[str]
) -> Lead | None:
    """The way from a client's text to the newest one, if they still may have that."""
    lead = await services.documents.lead(document_id, parents, peer)
    if lead is not None:
        await access.visible(services.rights, services.database, document_id, viewer.user_id)
    return lead


async def _collection(services: Services, viewer: Viewer, document_id: UUID) -> Collection:
    """What to listen to for a text, and what ends the right to it."""
    found = await access.visible(services.rights, services.database, document_id, viewer.user_id)
    own, channel = viewer.user_id, found.document.channel_id
    server, key = found.document.server_id, f"documents/{document_id}"
    endings = {(own, f"sessions/{viewer.session_id}")}
    if server is None:
        endings |= {(own, f"conversations/{channel}"), (channel, f"participants/{own}"), (channel, key)}
        return Collection(document_id, frozenset(endings), _nothing, channel=channel)
    endings |= {(own, f"servers/{server}"), (server, f"members/{own}"), (server, f"channels/{channel}"), (server, key)}
    return Collection(document_id, frozenset(endings), _nothing, found.seen, channel=channel)


async def _nothing(connection: object) -> dict[str, object]:
    return {}


async def _put(services: Services, exchange: Exchange, viewer: Viewer, document_id: UUID) -> None:
    """Change the text; answered after the commit."""
    services.limits.action("edits", viewer.user_id)
    body = await exchange.body(4 * services.documents.limit + BYTES_BESIDE)
    edit = _read_operations(body, viewer) if text_operations.are_sent(exchange) else _read_edit(exchange, viewer, body)
    accepted = await _edit_in_time(services, document_id, edit)
    headers = {"Version": version_header(accepted.frontier), "Merge-Type": MERGE_TYPE, "Cache-Control": "no-store"}
    content = {"success": True, "version": accepted.frontier, "position": accepted.position}
    await exchange.answer(200, headers, msgspec.json.encode(content))


async def _edit_in_time(services: Services, document_id: UUID, edit: Edit) -> Accepted:
    """Have an edit stored. One that overtook the edit before it waits a moment, since both are on their way."""
    accepted = await _unless_too_early(services, document_id, edit)
    if accepted is not None:
        return accepted
    waker = Waker()
    await services.hub.subscribe(waker, [document_id])
    try:
        async with services.documents.room_to_wait(edit), asyncio.timeout(PARENTS_SECONDS):
            while (accepted := await _unless_too_early(services, document_id, edit)) is None:
                await waker.moved.wait()
                waker.moved.clear()
            return accepted
    except TimeoutError:
        raise CoterieError(errors.UNKNOWN_PARENTS, retry_after=1) from None
    finally:
        services.hub.unsubscribe(waker, [document_id])


async def _unless_too_early(services: Services, document_id: UUID, edit: Edit) -> Accepted | None:
    """Have an edit stored; None if its Parents are not known yet."""
    try:
        return await services.documents.edit(document_id, edit)
    except CoterieError as error:
        if error.entry is not errors.UNKNOWN_PARENTS:
            raise
        return None


def _read_edit(exchange: Exchange, viewer: Viewer, body: bytes) -> Edit:
    headers = exchange.headers
    patches = text_wire.read_patches(headers, body)
    parents = headers.get("parents")
    id = _own_version(headers.get("version", ""))
    agent = id.agent if id else None
    peer = peer_of(exchange) or agent
    for name in filter(None, (peer, agent)):
        check_own(name, viewer.user_id)
    return Edit(
        user_id=viewer.user_id,
        id=id or EditId(token_hex(8), 0),
        parents=None if parents is None else braid_wire.read_versions(parents),
        patches=patches,
        peer=peer,
        digest=text_wire.read_digest(headers.get("repr-digest")),
        is_named=id is not None,
    )


def _read_operations(body: bytes, viewer: Viewer) -> Edit:
    patches = text_operations.read(body)
    return Edit(viewer.user_id, EditId(token_hex(8), 0), None, patches, is_named=False)


def _own_version(header: str) -> EditId | None:
    """The client's own name for its edit."""
    given = braid_wire.read_versions(header)
    if not given:
        return None
    id = versions.read(given[0])
    if len(given) > 1 or id is None or id.seq < 0:
        raise CoterieError(errors.EDIT_IMPOSSIBLE, NO_VERSION)
    return id
