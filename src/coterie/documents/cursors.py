"""The cursors of people in texts: not stored, kept in memory, sent over the bus.

Each process keeps the cursors of the documents that are open there, and moves them along with the edits. It asks the
other processes for theirs when it begins, and each sends its own again from time to time, in case something was missed.
A cursor ends with the last subscription of its peer, or with the process of that subscription.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec

from coterie import errors
from coterie.database.connection import Database
from coterie.documents.deltas import Delta, moved, of_patches
from coterie.documents.errors import NO_CURSORS_HERE
from coterie.documents.events import EditEvent
from coterie.errors import CoterieError
from coterie.log.bus import Bus
from coterie.log.event import Event
from coterie.log.hub import Hub
from coterie.presence import queries as presence

TYPE: Final = "DOCUMENT_CURSOR"

PEERS_LIMIT: Final = 200
"""Cursors per document."""

RANGES_LIMIT: Final = 50
"""Ranges per cursor."""

REPEAT_SECONDS: Final = 30.0
"""How often a process sends its cursors again."""

CHECK_SECONDS: Final = 5.0
"""How often a process checks whether the processes that sent their cursors are still alive."""

ANSWER_SECONDS: Final = 1.0
"""How long to wait for the other processes to send a peer that is not known here."""

Offset = Annotated[int, msgspec.Meta(ge=0, le=1 << 31)]


class Selection(msgspec.Struct, frozen=True, rename={"start": "from", "end": "to"}):
    """A selection in code points, or only a position; backwards if `from` is after `to`."""

    start: Offset
    end: Offset


Ranges = Annotated[list[Selection], msgspec.Meta(max_length=RANGES_LIMIT)]


class CursorNotice(msgspec.Struct, frozen=True):
    """What processes send each other about a document: where a peer is, that it left (no ranges), or `ask`."""

    document_id: UUID
    process: str
    what: Literal["at", "left", "ask"]
    peer: str = ""
    user_id: UUID | None = None
    ranges: list[Selection] = []


class Peer:
    """A cursor, its user, and the process at which it is subscribed."""

    __slots__ = ("process", "ranges", "user_id")

    def __init__(self, user_id: UUID | None, process: str) -> None:
        self.user_id: Final = user_id
        self.process = process
        self.ranges: list[Selection] = []


Listener = Callable[[str, list[Selection] | None], None]
"""Called with where a peer is, or None if it left."""


class OpenDocument:
    """The cursors of one document, and their listeners in this process."""

    def __init__(self) -> None:
        self.peers: Final[dict[str, Peer]] = {}
        self.here: Final[Counter[str]] = Counter()
        self.listeners: Final[set[Listener]] = set()
        self.users = 0
        self.is_subscribed = False
        self.arrived: Final = asyncio.Event()


class Cursors:
    """The cursors of all documents that are open in this process."""

    def __init__(self, database: Database, hub: Hub, bus: Bus, process: UUID) -> None:
        self._database: Final = database
        self._hub: Final = hub
        self._bus: Final = bus
        self._process: Final = str(process)
        self._open: Final[dict[UUID, OpenDocument]] = {}

    @contextlib.asynccontextmanager
    async def listening(
        self, document_id: UUID, peer: str | None, user_id: UUID, listener: Listener
    ) -> AsyncIterator[dict[str, list[Selection]]]:
        """Call the listener with a document's cursors within the block; yields the known ones. `peer` can have one.

        Raises MISSING_PERMISSION for another user's peer, and RATE_LIMITED beyond `PEERS_LIMIT`.
        """
        async with self._using(document_id) as found:
            if peer is not None:
                self._arrive(document_id, found, peer, user_id)
            found.listeners.add(listener)
            try:
                yield {name: each.ranges for name, each in found.peers.items() if each.ranges}
            finally:
                found.listeners.discard(listener)
                if peer is not None:
                    self._leave(document_id, found, peer)

    async def put(self, document_id: UUID, peer: str, user_id: UUID, ranges: list[Selection]) -> None:
        """Set where a peer is. Raises NO_CURSORS_HERE unless it subscribes to the document's cursors in any process."""
        async with self._using(document_id) as found:
            if peer not in found.peers:
                await self._wait_for(found, peer)
            known = found.peers.get(peer)
            if known is None:
                raise CoterieError(NO_CURSORS_HERE, retry_after=1)
            if known.user_id != user_id:
                raise CoterieError(errors.MISSING_PERMISSION, "This peer belongs to someone else.")
            self._set(found, peer, known, ranges)
            self._send(CursorNotice(document_id, self._process, "at", peer, user_id, ranges))

    async def cursors(self, document_id: UUID) -> dict[str, list[Selection]]:
        """The known cursors of a document."""
        async with self._using(document_id) as found:
            return {name: each.ranges for name, each in found.peers.items() if each.ranges}

    async def repeat(self) -> None:
        """Send this process's own cursors again."""
        for document_id, found in self._open.items():
            self._send_own(document_id, found)

    async def drop_dead(self) -> None:
        """Forget the cursors of processes that have ended."""
        processes = {peer.process for found in self._open.values() for peer in found.peers.values()} - {self._process}
        if not processes:
            return
        alive = await presence.alive(self._database, [UUID(process) for process in processes])
        dead = processes - {str(process) for process in alive}
        for found in self._open.values():
            for name in [name for name, peer in found.peers.items() if peer.process in dead]:
                self._forget(found, name)

    def deliver(self, event: Event) -> None:
        """Receive an edit of an open document, or a notice from a process."""
        if event.topic is not None:
            if found := self._open.get(event.topic):
                edit = msgspec.json.decode(event.data, type=EditEvent)
                _move(found.peers.values(), of_patches(edit.patches))
            return
        if event.type != TYPE:  # notices may have been lost
            for document_id in self._open:
                self._send(CursorNotice(document_id, self._process, "ask"))
            return
        notice = msgspec.json.decode(event.data, type=CursorNotice)
        if notice.process != self._process and (found := self._open.get(notice.document_id)):
            self._receive(found, notice)

    def _receive(self, found: OpenDocument, notice: CursorNotice) -> None:
        if notice.what == "ask":
            self._send_own(notice.document_id, found)
        elif notice.what == "left":
            if (peer := found.peers.get(notice.peer)) and peer.process == notice.process:
                self._forget(found, notice.peer)
        elif notice.peer in found.peers or len(found.peers) < PEERS_LIMIT:
            peer = found.peers.setdefault(notice.peer, Peer(notice.user_id, notice.process))
            if not found.here[notice.peer]:
                peer.process = notice.process
            found.arrived.set()
            self._set(found, notice.peer, peer, notice.ranges)

    @contextlib.asynccontextmanager
    async def _using(self, document_id: UUID) -> AsyncIterator[OpenDocument]:
        found = self._open.get(document_id) or self._open.setdefault(document_id, OpenDocument())
        found.users += 1
        try:
            if not found.is_subscribed:
                found.is_subscribed = True
                self._hub.transient.attend(self, [document_id])
                self._send(CursorNotice(document_id, self._process, "ask"))
                await self._hub.subscribe(self, [document_id])
            yield found
        finally:
            found.users -= 1
            if not found.users:
                asyncio.get_running_loop().call_later(REPEAT_SECONDS, self._close, document_id)

    def _close(self, document_id: UUID) -> None:
        """Forget a document that is no longer open in this process."""
        found = self._open.get(document_id)
        if found is not None and not found.users:
            del self._open[document_id]
            self._hub.transient.ignore(self, [document_id])
            self._hub.unsubscribe(self, [document_id])

    def _arrive(self, document_id: UUID, found: OpenDocument, name: str, user_id: UUID) -> None:
        known = found.peers.get(name)
        if known is None and len(found.peers) >= PEERS_LIMIT:
            raise CoterieError(errors.RATE_LIMITED, "This document has reached the limit of people shown at once.")
        if known is not None and known.user_id != user_id:
            raise CoterieError(errors.MISSING_PERMISSION, "This peer belongs to someone else.")
        peer = found.peers.setdefault(name, Peer(user_id, self._process))
        peer.process = self._process
        found.arrived.set()
        found.here[name] += 1
        self._send(CursorNotice(document_id, self._process, "at", name, user_id, peer.ranges))

    def _leave(self, document_id: UUID, found: OpenDocument, name: str) -> None:
        found.here[name] -= 1
        if found.here[name] <= 0:
            del found.here[name]
            self._forget(found, name)
            self._send(CursorNotice(document_id, self._process, "left", name))

    async def _wait_for(self, found: OpenDocument, name: str) -> None:
        """Wait up to ANSWER_SECONDS for the other processes to send a peer."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ANSWER_SECONDS):
                while name not in found.peers:
                    found.arrived.clear()
                    await found.arrived.wait()

    def _set(self, found: OpenDocument, name: str, peer: Peer, ranges: list[Selection]) -> None:
        is_news = peer.ranges != ranges
        peer.ranges = ranges
        if is_news:
            _notify(found.listeners, name, ranges or None)

    def _forget(self, found: OpenDocument, name: str) -> None:
        if found.peers.pop(name).ranges:
            _notify(found.listeners, name, None)

    def _send_own(self, document_id: UUID, found: OpenDocument) -> None:
        for name, peer in found.peers.items():
            if peer.process == self._process:
                self._send(CursorNotice(document_id, self._process, "at", name, peer.user_id, peer.ranges))

    def _send(self, notice: CursorNotice) -> None:
        event = {"type": TYPE, "audience": [notice.document_id], "data": notice}
        self._bus.publish(msgspec.json.encode(event).decode())


def _notify(listeners: Iterable[Listener], name: str, ranges: list[Selection] | None) -> None:
    for listener in tuple(listeners):
        listener(name, ranges)


def _move(peers: Iterable[Peer], delta: Delta) -> None:
    for peer in peers:
        peer.ranges = [Selection(moved(each.start, delta), moved(each.end, delta)) for each in peer.ranges]
