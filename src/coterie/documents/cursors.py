"""Where people are in texts: fleeting, kept in memory, told over the bus.

Each process keeps the cursors of the documents that somebody has open there, and moves them along with the edits. It
asks for those of the other processes when it begins, and each tells its own again from time to time, should something
have been missed. A cursor ends with the last subscription of its peer, or with the process that this was at.
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
from coterie.documents.notifications import Told
from coterie.errors import CoterieError
from coterie.log.bus import Bus
from coterie.log.event import Event
from coterie.log.hub import Hub
from coterie.presence import queries as presence

TYPE: Final = "DOCUMENT_CURSOR"

PEERS_LIMIT: Final = 200
"""Cursors of one document."""

RANGES_LIMIT: Final = 50
"""Ranges of one cursor."""

TELLING_SECONDS: Final = 30.0
"""So often a process tells its cursors again."""

BURYING_SECONDS: Final = 5.0
"""So often it looks whether the processes live that told it of theirs."""

ANSWER_SECONDS: Final = 1.0
"""How long the other processes are given to tell of a peer that is not known here."""

Place = Annotated[int, msgspec.Meta(ge=0, le=1 << 31)]


class Range(msgspec.Struct, frozen=True, rename={"start": "from", "end": "to"}):
    """A selection in code points, or only a place; backward if `from` is behind `to`."""

    start: Place
    end: Place


Ranges = Annotated[list[Range], msgspec.Meta(max_length=RANGES_LIMIT)]


class Said(msgspec.Struct, frozen=True):
    """What processes tell each other of a document: where a peer is, that it left (no ranges), or `ask`."""

    document_id: UUID
    process: str
    what: Literal["at", "left", "ask"]
    peer: str = ""
    user_id: UUID | None = None
    ranges: list[Range] = []


class Peer:
    """A cursor, whose it is, and the process at which it is subscribed."""

    __slots__ = ("process", "ranges", "user_id")

    def __init__(self, user_id: UUID | None, process: str) -> None:
        self.user_id: Final = user_id
        self.process = process
        self.ranges: list[Range] = []


Listener = Callable[[str, list[Range] | None], None]
"""Told where a peer is, or that it left."""


class OpenDocument:
    """The cursors of one document, and who listens to them here."""

    def __init__(self) -> None:
        self.peers: Final[dict[str, Peer]] = {}
        self.here: Final[Counter[str]] = Counter()
        self.listeners: Final[set[Listener]] = set()
        self.users = 0
        self.is_heard = False
        self.arrived: Final = asyncio.Event()


class Cursors:
    """All cursors that this process has to do with."""

    def __init__(self, database: Database, hub: Hub, bus: Bus, process: UUID) -> None:
        self._database: Final = database
        self._hub: Final = hub
        self._bus: Final = bus
        self._process: Final = str(process)
        self._open: Final[dict[UUID, OpenDocument]] = {}

    @contextlib.asynccontextmanager
    async def listening(
        self, document_id: UUID, peer: str | None, user_id: UUID, listener: Listener
    ) -> AsyncIterator[dict[str, list[Range]]]:
        """Hear of the cursors of a document from now on; answers those that are known. Meanwhile `peer` may have one.

        Raises MISSING_PERMISSION for a peer that is somebody else's, and RATE_LIMITED beyond `PEERS_LIMIT`.
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

    async def put(self, document_id: UUID, peer: str, user_id: UUID, ranges: list[Range]) -> None:
        """Say where a peer is. Raises NO_CURSORS_HERE unless it subscribes to the cursors of the document anywhere."""
        async with self._using(document_id) as found:
            if peer not in found.peers:
                await self._wait_for(found, peer)
            known = found.peers.get(peer)
            if known is None:
                raise CoterieError(errors.NO_CURSORS_HERE, retry_after=1)
            if known.user_id != user_id:
                raise CoterieError(errors.MISSING_PERMISSION, "This peer is somebody else's.")
            self._set(found, peer, known, ranges)
            self._say(Said(document_id, self._process, "at", peer, user_id, ranges))

    async def cursors(self, document_id: UUID) -> dict[str, list[Range]]:
        """Those that are known of a document."""
        async with self._using(document_id) as found:
            return {name: each.ranges for name, each in found.peers.items() if each.ranges}

    async def tell(self) -> None:
        """Tell the own ones again."""
        for document_id, found in self._open.items():
            self._tell_own(document_id, found)

    async def bury(self) -> None:
        """Forget those of processes that live no more."""
        told_by = {peer.process for found in self._open.values() for peer in found.peers.values()} - {self._process}
        if not told_by:
            return
        living = await presence.living(self._database, [UUID(process) for process in told_by])
        dead = told_by - {str(process) for process in living}
        for found in self._open.values():
            for name in [name for name, peer in found.peers.items() if peer.process in dead]:
                self._forget(found, name)

    def deliver(self, event: Event) -> None:
        """Take an edit of an open document, or what a process says."""
        if event.topic is not None:
            if found := self._open.get(event.topic):
                told = msgspec.json.decode(event.data, type=Told)
                _move(found.peers.values(), of_patches(told.patches))
            return
        if event.type != TYPE:  # what was fleeting is lost
            for document_id in self._open:
                self._say(Said(document_id, self._process, "ask"))
            return
        said = msgspec.json.decode(event.data, type=Said)
        if said.process != self._process and (found := self._open.get(said.document_id)):
            self._hear(found, said)

    def _hear(self, found: OpenDocument, said: Said) -> None:
        if said.what == "ask":
            self._tell_own(said.document_id, found)
        elif said.what == "left":
            if (peer := found.peers.get(said.peer)) and peer.process == said.process:
                self._forget(found, said.peer)
        elif said.peer in found.peers or len(found.peers) < PEERS_LIMIT:
            peer = found.peers.setdefault(said.peer, Peer(said.user_id, said.process))
            if not found.here[said.peer]:
                peer.process = said.process
            found.arrived.set()
            self._set(found, said.peer, peer, said.ranges)

    @contextlib.asynccontextmanager
    async def _using(self, document_id: UUID) -> AsyncIterator[OpenDocument]:
        found = self._open.get(document_id) or self._open.setdefault(document_id, OpenDocument())
        found.users += 1
        try:
            if not found.is_heard:
                found.is_heard = True
                self._hub.fleeting.attend(self, [document_id])
                self._say(Said(document_id, self._process, "ask"))
                await self._hub.subscribe(self, [document_id])
            yield found
        finally:
            found.users -= 1
            if not found.users:
                asyncio.get_running_loop().call_later(TELLING_SECONDS, self._close, document_id)

    def _close(self, document_id: UUID) -> None:
        """Let go of a document that nobody has open here any more."""
        found = self._open.get(document_id)
        if found is not None and not found.users:
            del self._open[document_id]
            self._hub.fleeting.ignore(self, [document_id])
            self._hub.unsubscribe(self, [document_id])

    def _arrive(self, document_id: UUID, found: OpenDocument, name: str, user_id: UUID) -> None:
        known = found.peers.get(name)
        if known is None and len(found.peers) >= PEERS_LIMIT:
            raise CoterieError(errors.RATE_LIMITED, "As many people as can be shown are in this document.")
        if known is not None and known.user_id != user_id:
            raise CoterieError(errors.MISSING_PERMISSION, "This peer is somebody else's.")
        peer = found.peers.setdefault(name, Peer(user_id, self._process))
        peer.process = self._process
        found.arrived.set()
        found.here[name] += 1
        self._say(Said(document_id, self._process, "at", name, user_id, peer.ranges))

    def _leave(self, document_id: UUID, found: OpenDocument, name: str) -> None:
        found.here[name] -= 1
        if found.here[name] <= 0:
            del found.here[name]
            self._forget(found, name)
            self._say(Said(document_id, self._process, "left", name))

    async def _wait_for(self, found: OpenDocument, name: str) -> None:
        """Give the other processes a moment to tell of a peer."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ANSWER_SECONDS):
                while name not in found.peers:
                    found.arrived.clear()
                    await found.arrived.wait()

    def _set(self, found: OpenDocument, name: str, peer: Peer, ranges: list[Range]) -> None:
        is_news = peer.ranges != ranges
        peer.ranges = ranges
        if is_news:
            _tell(found.listeners, name, ranges or None)

    def _forget(self, found: OpenDocument, name: str) -> None:
        if found.peers.pop(name).ranges:
            _tell(found.listeners, name, None)

    def _tell_own(self, document_id: UUID, found: OpenDocument) -> None:
        for name, peer in found.peers.items():
            if peer.process == self._process:
                self._say(Said(document_id, self._process, "at", name, peer.user_id, peer.ranges))

    def _say(self, said: Said) -> None:
        told = {"type": TYPE, "audience": [said.document_id], "data": said}
        self._bus.publish(msgspec.json.encode(told).decode())


def _tell(listeners: Iterable[Listener], name: str, ranges: list[Range] | None) -> None:
    for listener in tuple(listeners):
        listener(name, ranges)


def _move(peers: Iterable[Peer], delta: Delta) -> None:
    for peer in peers:
        peer.ranges = [Range(moved(each.start, delta), moved(each.end, delta)) for each in peer.ranges]
