"""The texts in the memory of this process, limited in bytes.

Every process that works with a document has its text, and updates it from the edits in the database before using it. So
any process can store an edit, and a process that loses its memory loses nothing.
"""

import asyncio
from base64 import b64encode
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final
from uuid import UUID

from coterie.database.connection import Connection
from coterie.documents import background, deltas, edit_queries, snapshots, versions
from coterie.documents.background import Background
from coterie.documents.content import Content
from coterie.documents.deltas import Delta
from coterie.documents.edit_queries import Step, ThinnedError

BYTES_LIMIT: Final = 128 * 1024 * 1024
"""The memory for all texts of a process; the least recently used one is dropped first."""

UNKEPT_EDITS: Final = 1_000
UNKEPT_SHARE: Final = 500
UNKEPT_SIZE: Final = 256 * 1024
"""A snapshot is due after UNKEPT_EDITS edits, or an edit per UNKEPT_SHARE code points of the text if that is more; or
when they deleted and inserted UNKEPT_SIZE code points, or as many as the text has."""

RECENT_LIMIT: Final = 1_000
RECENT_SIZE: Final = 256 * 1024
"""This many edits per text, and code points in them, are kept to transform other edits over them."""

RECENT_BYTES: Final = 300
RECENT_BYTES_PER_CODE_POINT: Final = 2
"""The approximate memory for each of them."""


@dataclass(frozen=True, slots=True)
class Transition:
    """The way from the text named `parents` to the one at a position, with the latter's name and digest.

    The digest is a SHA-256 of the text in UTF-8, in base64. `own` is the way from the newest edit that the caller made
    after those parents: a client that has applied it already needs this way instead.
    """

    position: int
    frontier: list[str]
    parents: list[str]
    delta: Delta
    digest: str
    own: "Transition | None" = None


class Text:
    """A text as of a position, once it has caught up for the first time."""

    def __init__(self, document_id: UUID, background: Background) -> None:
        self.document_id: Final = document_id
        self.background: Final = background
        self.position = 0
        self.frontier = versions.beginning(document_id)
        self.content = Content()
        self._unkept_edits = 0
        self._unkept_size = 0
        self.lock: Final = asyncio.Lock()
        self._is_loaded = False
        self._recent: Final[deque[tuple[int, Delta]]] = deque()
        self._recent_size = 0
        self._recent_after = 0
        self._digest: tuple[int, str] | None = None

    def add(self, step: Step) -> None:
        """Apply the next edit. Raises ValueError for one that reaches beyond the text."""
        self.content.apply(step.applied)
        size = deltas.size(step.applied)
        self._unkept_edits += 1
        self._unkept_size += size
        self._recent.append((step.position, step.applied))
        self._recent_size += size
        self.position, self.frontier = step.position, step.frontier

    def trim(self) -> None:
        """Drop edits beyond the limits, oldest first; all must be committed, since they may be read again."""
        while len(self._recent) > RECENT_LIMIT or self._recent_size > RECENT_SIZE:
            self._recent_after, oldest = self._recent.popleft()
            self._recent_size -= deltas.size(oldest)

    async def catch_up(self, connection: Connection) -> None:
        """Apply all committed edits, or begin at the newest snapshot if edits were thinned since the last time."""
        if not self._is_loaded:
            await self._load(connection)
        try:
            await self._catch_up(connection)
        except ThinnedError:
            await self._load(connection)
            await self._catch_up(connection)

    async def _catch_up(self, connection: Connection) -> None:
        while page := await edit_queries.steps(connection, self.document_id, self.position):
            for step in page:
                self.add(step)
            self.trim()
            if len(page) < edit_queries.PAGE:
                return

    @property
    def is_snapshot_due(self) -> bool:
        """Whether to store a snapshot before the next edit: this limits what has to be read after a snapshot."""
        length = len(self.content)
        return self._unkept_edits >= max(UNKEPT_EDITS, length // UNKEPT_SHARE) or self._unkept_size >= max(
            UNKEPT_SIZE, length
        )

    def note_unsaved(self, edits: Sequence[Delta]) -> None:
        """Record the edits since the newest snapshot, which another process may have stored."""
        self._unkept_edits = len(edits)
        self._unkept_size = sum(map(deltas.size, edits))

    async def since(self, connection: Connection, position: int) -> list[Delta]:
        """The deltas of the edits after a position, up to the text's own position. Raises ThinnedError."""
        recent = [delta for at, delta in self._recent if at > position]
        if position >= self._recent_after:
            return recent
        before = await edit_queries.applied_between(connection, self.document_id, position, self._recent_after)
        return [*(delta for _, delta in before), *recent]

    async def composed(self, parts: Sequence[Delta]) -> Delta:
        """One delta for many in order, composed without making others wait."""
        return await self.background.run(partial(deltas.compose_all, parts), background.size_of(parts))

    async def transition(self, connection: Connection, parents: list[str], bridge: Delta, position: int) -> Transition:
        """The way from a text to this one; `bridge` leads from it to the text at `position`."""
        delta = await self.composed([bridge, *await self.since(connection, position)])
        return Transition(self.position, self.frontier, parents, delta, await self.digest())

    async def digest(self) -> str:
        """The SHA-256 of the text in UTF-8, in base64; computed without making others wait."""
        if self._digest is None or self._digest[0] != self.position:
            found = await self.background.read(self.content.digest, len(self.content))
            self._digest = self.position, b64encode(found).decode()
        return self._digest[1]

    async def encoded(self) -> bytes:
        """The text in UTF-8, encoded without making others wait."""
        return await self.background.read(self.content.encoded, len(self.content))

    @property
    def weight(self) -> int:
        """Its approximate size in memory, in bytes."""
        recent = RECENT_BYTES * len(self._recent) + RECENT_BYTES_PER_CODE_POINT * self._recent_size
        return self.content.weight + recent

    async def _load(self, connection: Connection) -> None:
        snapshot = await snapshots.newest(connection, self.document_id)
        if snapshot is not None:
            self.position, self.frontier = snapshot.position, snapshot.frontier
            self._recent_after = snapshot.position
            self.content = Content(snapshot.text)
            self._recent.clear()
            self._recent_size = 0
            self._unkept_edits = self._unkept_size = 0
        self._is_loaded = True


class Texts:
    """All texts. `weight` is their approximate size in memory, in bytes."""

    def __init__(self, limit: int = BYTES_LIMIT) -> None:
        self.background: Final = Background()
        self._limit: Final = limit
        self._texts: Final[OrderedDict[UUID, Text]] = OrderedDict()
        self._weights: Final[dict[UUID, int]] = {}
        self.weight = 0

    @asynccontextmanager
    async def at_hand(self, document_id: UUID) -> AsyncIterator[Text]:
        """A text, for one user at a time, who must let it catch up. It is dropped if the block fails.

        Take it before a database connection, so that nothing waits for a text while it holds a connection.
        """
        text = await self._taken(document_id)
        try:
            yield text
        except BaseException:
            self._drop(document_id)
            raise
        else:
            self._keep(text)
        finally:
            text.lock.release()

    async def _taken(self, document_id: UUID) -> Text:
        """A text with its lock held. If it was dropped while we waited for the lock, take the current one."""
        while True:
            text = self._texts.get(document_id)
            if text is None:
                text = self._texts[document_id] = Text(document_id, self.background)
            await text.lock.acquire()
            if self._texts.get(document_id) is text:
                return text
            text.lock.release()

    def _keep(self, text: Text) -> None:
        """Record its present size, and drop the least recently used texts until all fit."""
        text.trim()
        self._texts.move_to_end(text.document_id)
        self._weigh(text.document_id, text.weight)
        for other in list(self._texts.values()):
            if self.weight <= self._limit or other is text:
                return
            if not other.lock.locked():
                self._drop(other.document_id)

    def _drop(self, document_id: UUID) -> None:
        del self._texts[document_id]
        self._weigh(document_id, 0)

    def _weigh(self, document_id: UUID, weight: int) -> None:
        self.weight += weight - self._weights.pop(document_id, 0)
        if weight:
            self._weights[document_id] = weight
