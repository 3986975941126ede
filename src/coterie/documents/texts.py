"""The texts that this process has at hand, bounded in bytes.

Every process that has to do with a document has its text, and brings it up to date from the edits in the database
before it uses it. So it does not matter which process takes an edit, and one that lost its memory has lost nothing.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
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
"""Edits of each text that are kept to move others along them."""


@dataclass(frozen=True, slots=True)
class Lead:
    """The way from a text that somebody has to the one at a position, and what that is called."""

    position: int
    frontier: list[str]
    delta: Delta


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
        self._recent: Final[deque[Step]] = deque()
        self._recent_after = 0

    def add(self, step: Step) -> None:
        """Note that the engine has taken the next edit."""
        self._edits_in_epoch += 1
        self._size_of_epoch += deltas.size(step.applied)
        self._recent.append(step)
        if len(self._recent) > RECENT_LIMIT:
            self._recent_after = self._recent.popleft().position
        self.position, self.frontier = step.position, step.frontier

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
        if position >= self._recent_after:
            return [step.applied for step in self._recent if step.position > position]
        later = await edit_queries.applied_between(connection, self.document_id, position, self.position)
        return [delta for _, delta in later]

    def lead(self, delta: Delta) -> Lead:
        """The way from some text to this one."""
        return Lead(self.position, self.frontier, delta)

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


class Texts:
    """All of them."""

    def __init__(self, limit: int = BYTES_LIMIT) -> None:
        self._limit: Final = limit
        self._texts: Final[OrderedDict[UUID, Text]] = OrderedDict()

    @asynccontextmanager
    async def at_hand(self, document_id: UUID) -> AsyncIterator[Text]:
        """A text, for one at a time, who lets it catch up. What goes wrong meanwhile throws it away.

        It is taken before a connection to the database, so that nobody waits for a text who keeps others from one.
        """
        text = self._texts.setdefault(document_id, Text(document_id))
        async with text.lock:
            try:
                yield text
            except BaseException:
                if self._texts.get(document_id) is text:
                    del self._texts[document_id]
                raise
            self._keep(text)

    @property
    def weight(self) -> int:
        """The bytes that all texts take, roughly."""
        return sum(text.engine.weight for text in self._texts.values())

    def _keep(self, text: Text) -> None:
        self._texts[text.document_id] = text
        self._texts.move_to_end(text.document_id)
        weight = self.weight
        for other in list(self._texts.values()):
            if weight <= self._limit or other is text:
                return
            if not other.lock.locked():
                weight -= other.engine.weight
                del self._texts[other.document_id]
