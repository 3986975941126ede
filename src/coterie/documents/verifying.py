"""Whether what is stored of a document is one story: told three times, it must come to the same text.

By the patches as they were sent, moved anew to where they belong; by what was applied; by the engine's bytes. The
snapshots, the names of the states, and what the document's row says must agree with it, so that the text can be had
from any of them. Held in memory are the text and some thousands of edits, however long the story is.
"""

from collections import deque
from collections.abc import AsyncIterator, Sequence
from itertools import groupby, takewhile
from operator import attrgetter
from typing import Final
from uuid import UUID

import msgspec

from coterie.database.connection import Connection, OneConnection
from coterie.documents import authorship, deltas, edit_queries, snapshots, states
from coterie.documents.authorship import Spans
from coterie.documents.deltas import Delta
from coterie.documents.edit_queries import PAGE, StoredEdit
from coterie.documents.engine import Engine
from coterie.documents.states import Known, State
from coterie.errors import CoterieError

UNFOLLOWED_LIMIT: Final = 20 * PAGE
"""Edits whose authors are followed at once: doing it takes as long as the text has spans."""


class Story:
    """A document as told so far, and what was found wrong."""

    def __init__(self, connection: Connection, document_id: UUID, kept: set[int]) -> None:
        self.wrong: Final[list[str]] = []
        self.text = ""
        self.frontier: list[str] = []
        self._connection: Final = connection
        self._document_id: Final = document_id
        self._kept: Final = kept
        self._known = Known((), document_id)
        self._recent: Final[deque[tuple[int, Delta]]] = deque(maxlen=PAGE)
        self._engine: Engine | None = Engine()
        self._spans: Spans = []
        self._unfollowed: Final[list[tuple[int, Delta]]] = []
        self._epoch = 0
        self._position = 0

    async def tell(self, page: Sequence[StoredEdit]) -> bool:
        """The next edits. Answers whether one can go on from there."""
        names = {name for edit in page for name in edit.parents}
        self._known = await states.known(self._connection, self._document_id, (), names)
        for epoch, edits in groupby(page, attrgetter("epoch")):
            chapter = list(edits)
            if epoch != self._epoch:
                await self._begin_epoch(chapter[0])
            if not self._fits(chapter):
                return False
            for edit in chapter:
                await self._tell_as_sent(edit)
            self._tell_as_applied(chapter)
        return True

    async def _begin_epoch(self, edit: StoredEdit) -> None:
        self._check(edit.epoch == self._position, edit, "its epoch begins nowhere")
        self._epoch, self._engine = edit.epoch, Engine(self.text)
        if edit.epoch not in self._kept:
            return
        self._kept.remove(edit.epoch)
        self._follow()
        text, authors = await snapshots.kept_at(self._connection, self._document_id, edit.epoch)
        self._check(text == self.text.encode(), edit, "the snapshot before it has another text")
        self._check(
            msgspec.json.decode(authors, type=Spans) == self._spans, edit, "the snapshot before it has other authors"
        )

    def _fits(self, edits: Sequence[StoredEdit]) -> bool:
        """Whether no edit reaches beyond the text that it is applied to."""
        length = len(self.text)
        for edit in edits:
            if deltas.reach(edit.applied) > length:
                self.wrong.append(f"edit {edit.position}: it reaches beyond the text")
                return False
            length += deltas.growth(edit.applied)
        return True

    async def _tell_as_sent(self, edit: StoredEdit) -> None:
        state = self._state(edit)
        if state is not None:
            since = await self._since(state)
            applied = deltas.settled(deltas.transform(edit.sent, since, is_first=True))
            self._check(applied == edit.applied, edit, "what was sent comes to something else")
            bridge = deltas.settled(deltas.transform(since, edit.sent))
            self._check(bridge == edit.bridge, edit, "its bridge leads elsewhere")
            self._check(state.base == edit.base, edit, "its author had another text")
        self._check(str(edit.id) in edit.frontier or len(edit.frontier) == 1, edit, "its state is not named by it")
        self._check(edit.size == deltas.size(edit.sent), edit, "it is counted wrong")
        self._recent.append((edit.position, edit.applied))
        self._position, self.frontier = edit.position, edit.frontier

    def _state(self, edit: StoredEdit) -> State | None:
        """What its author had."""
        try:
            state = self._known.state(edit.parents, self._position)
        except CoterieError:
            state = None
        self._check(state is not None, edit, "its Parents are unknown")
        return state

    async def _since(self, state: State) -> Delta:
        if state.position == self._position:
            return state.bridge
        if self._recent[0][0] <= state.position:
            later = list(takewhile(lambda each: each[0] > state.position, reversed(self._recent)))[::-1]
        else:
            later = await edit_queries.applied_between(
                self._connection, self._document_id, state.position, self._position
            )
        return deltas.compose(state.bridge, deltas.compose_all([delta for _, delta in later]))

    def _tell_as_applied(self, edits: Sequence[StoredEdit]) -> None:
        """The text by what was applied, and by the engine."""
        self.text = deltas.apply(self.text, deltas.compose_all([edit.applied for edit in edits]))
        self._unfollowed.extend((edit.position, edit.applied) for edit in edits)
        if len(self._unfollowed) > UNFOLLOWED_LIMIT:
            self._follow()
        if self._engine is not None and not self._engine_agrees(self._engine, edits):
            self.wrong.append(f"edits {edits[0].position} to {edits[-1].position}: the engine has another text")
            self._engine = None

    def _follow(self) -> None:
        self._spans = authorship.follow(self._spans, self._unfollowed)
        self._unfollowed.clear()

    def _engine_agrees(self, engine: Engine, edits: Sequence[StoredEdit]) -> bool:
        try:
            engine.take([edit.engine for edit in edits])
        except ValueError:
            return False
        return str(engine) == self.text

    def _check(self, is_right: bool, edit: StoredEdit, sentence: str) -> None:
        if not is_right:
            self.wrong.append(f"edit {edit.position}: {sentence}")

    def end(self, length: int, frontier: list[str]) -> None:
        """What the document's row says."""
        if len(self.text) != length:
            self.wrong.append(f"the document says {length} code points, and has {len(self.text)}")
        if self.frontier and self.frontier != frontier:
            self.wrong.append("the document names its text otherwise than its last edit")
        self.wrong.extend(f"the snapshot at {position} has no edit after it" for position in sorted(self._kept))


async def retold(connection: Connection, document_id: UUID) -> Story:
    """Tell a document's story from its beginning. Its `wrong` says what does not agree, and is empty if all does.

    It reads everything in one snapshot if the connection is in a transaction that has one.
    """
    story = Story(connection, document_id, await snapshots.positions(connection, document_id))
    after = 0
    try:
        while page := await edit_queries.edits(connection, document_id, after, PAGE):
            if not await story.tell(page):
                return story
            after = page[-1].position
    except msgspec.DecodeError as error:
        story.wrong.append(f"after edit {after}: something cannot be read: {error}")
        return story
    standing = await edit_queries.standing(connection, document_id)
    if standing is not None:
        story.end(standing.length, standing.frontier)
    return story


async def wrong_documents(connection: OneConnection) -> AsyncIterator[str]:
    """What is wrong of any document; in a transaction."""
    async for row in connection.cursor("SELECT id FROM documents ORDER BY id"):
        for sentence in (await retold(connection, row["id"])).wrong:
            yield f"document {row['id']}: {sentence}"
