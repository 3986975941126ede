"""The texts that this process has at hand, bounded in bytes.

Every process that has to do with a document has its text, and brings it up to date from the edits in the database
before it uses it. So it does not matter which process takes an edit, and one that lost its memory has lost nothing.
"""

import asyncio
from base64 import b64encode
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby
from operator import attrgetter
from typing import Final
from uuid import UUID

from coterie.database.connection import Connection
from coterie.documents import deltas, edit_queries, snapshots, versions
from coterie.documents.deltas import Delta
from coterie.documents.edit_queries import Step
from coterie.documents.engine import Engine

BYTES_LIMIT: Final = 128 * 1024 * 1024
"""What all texts of one process may take; the one used longest ago makes room."""

EPOCH_EDITS: Final = 1_000
EPOCH_SHARE: Final = 500
EPOCH_SIZE: Final = 256 * 1024
"""An epoch ends after so many edits, or one for each so many code points of the text if that is more; or when they
deleted and inserted so many code points, or as many as the text has."""

RECENT_LIMIT: Final = 1_000
RECENT_SIZE: Final = 256 * 1024
"""So many edits of each text, and code points of them, are kept to move others along them."""

RECENT_BYTES: Final = 300
RECENT_BYTES_PER_CODE_POINT: Final = 2
"""What each takes of memory, roughly."""


@dataclass(frozen=True, slots=True)
class Lead:
    """The way from the text called `parents` to the one at a position, what that is called, and its digest.

    The digest is a SHA-256 of the text in UTF-8, in base64. `own` is the way from the newest edit that whoever asks
    made after those parents: they may have it by now, and then that is the way that they can go.
    """

    position: int
    frontier: list[str]
    parents: list[str]
    delta: Delta
    digest: str
    own: "Lead | None" = None


class Text:
    """One text as of a position, once it has caught up for the first time."""

    def __init__(self, document_id: UUID) -> None:
        self.document_id: Final = document_id
        self.position = 0
        self.frontier = versions.beginning(document_id)
        self.engine = Engine()
        self.epoch = 0
        self._edits_in_epoch = 0
        self._size_of_epoch = 0
        self.lock: Final = asyncio.Lock()
        self._is_loaded = False
        self._recent: Final[deque[tuple[int, Delta]]] = deque()
        self._recent_size = 0
        self._recent_after = 0
        self._digest: tuple[int, str] | None = None

    def add(self, step: Step) -> None:
        """Note that the engine has taken the next edit."""
        size = deltas.size(step.applied)
        self._edits_in_epoch += 1
        self._size_of_epoch += size
        self._recent.append((step.position, step.applied))
        self._recent_size += size
        self.position, self.frontier = step.position, step.frontier

    def trim(self) -> None:
        """Let go of older edits than those that are kept; all must be committed, since they are read again then."""
        while len(self._recent) > RECENT_LIMIT or self._recent_size > RECENT_SIZE:
            self._recent_after, oldest = self._recent.popleft()
            self._recent_size -= deltas.size(oldest)

    async def catch_up(self, connection: Connection) -> None:
        """Take all edits that are committed."""
        if not self._is_loaded:
            await self._load(connection)
        while page := await edit_queries.steps(connection, self.document_id, self.position):
            for epoch, steps in groupby(page, attrgetter("epoch")):
                if epoch != self.epoch:
                    self.begin_epoch()
                self._take(list(steps))
            if len(page) < edit_queries.PAGE:
                return

    @property
    def is_epoch_over(self) -> bool:
        """Whether the next edit is to begin an epoch: what has to be read after a snapshot stays bounded."""
        length = len(self.engine)
        return self._edits_in_epoch >= max(EPOCH_EDITS, length // EPOCH_SHARE) or self._size_of_epoch >= max(
            EPOCH_SIZE, length
        )

    def begin_epoch(self) -> None:
        """Begin the engine anew with the text as it is, as every process does at the same position."""
        self.engine = Engine(str(self.engine))
        self.epoch = self.position
        self._edits_in_epoch = self._size_of_epoch = 0

    async def since(self, connection: Connection, position: int) -> list[Delta]:
        """What the edits after a position did, up to where the text is."""
        recent = [delta for at, delta in self._recent if at > position]
        if position >= self._recent_after:
            return recent
        before = await edit_queries.applied_between(connection, self.document_id, position, self._recent_after)
        return [*(delta for _, delta in before), *recent]

    async def lead(self, connection: Connection, parents: list[str], bridge: Delta, position: int) -> Lead:
        """The way from a text to this one, if `bridge` leads from it to the one at a position."""
        delta = deltas.compose(bridge, deltas.compose_all(await self.since(connection, position)))
        return Lead(self.position, self.frontier, parents, delta, self.digest)

    @property
    def digest(self) -> str:
        """The SHA-256 of the text in UTF-8, in base64."""
        if self._digest is None or self._digest[0] != self.position:
            self._digest = self.position, b64encode(sha256(str(self.engine).encode()).digest()).decode()
        return self._digest[1]

    @property
    def weight(self) -> int:
        """The bytes of memory that it takes, roughly."""
        recent = RECENT_BYTES * len(self._recent) + RECENT_BYTES_PER_CODE_POINT * self._recent_size
        return self.engine.weight + recent

    async def _load(self, connection: Connection) -> None:
        snapshot = await snapshots.newest(connection, self.document_id)
        if snapshot is not None:
            self.position, self.frontier = snapshot.position, snapshot.frontier
            self.epoch = self._recent_after = snapshot.position
            self.engine = Engine(snapshot.text)
        self._is_loaded = True

    def _take(self, steps: Sequence[Step]) -> None:
        self.engine.take([step.engine for step in steps])
        for step in steps:
            self.add(step)
        self.trim()


class Texts:
    """All of them. `weight` are the bytes that they take, roughly."""

    def __init__(self, limit: int = BYTES_LIMIT) -> None:
        self._limit: Final = limit
        self._texts: Final[OrderedDict[UUID, Text]] = OrderedDict()
        self._weights: Final[dict[UUID, int]] = {}
        self.weight = 0

    @asynccontextmanager
    async def at_hand(self, document_id: UUID) -> AsyncIterator[Text]:
        """A text, for one at a time, who lets it catch up. What goes wrong meanwhile throws it away.

        It is taken before a connection to the database, so that nobody waits for a text who keeps others from one.
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
        """A text with its lock. One that was thrown away while somebody waited for it is nobody's any more."""
        while True:
            text = self._texts.get(document_id)
            if text is None:
                text = self._texts[document_id] = Text(document_id)
            await text.lock.acquire()
            if self._texts.get(document_id) is text:
                return text
            text.lock.release()

    def _keep(self, text: Text) -> None:
        """Note what it takes now, and let those go that were used longest ago until all fit."""
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
