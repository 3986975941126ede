"""Verifies that the stored data of a document is consistent: replayed in two ways, it must give the same text.

One way is the patches as they were sent, transformed again; the other is what was applied, for which each edit also has
a checksum. The snapshots, the names of the states and the document's row must agree with it, so that any of them gives
the text. Memory holds the text and some thousands of edits, however long the history is.
"""

from collections import deque
from collections.abc import AsyncIterator, Sequence
from itertools import takewhile
from typing import Final
from uuid import UUID

import msgspec

from coterie.database.connection import Connection, OneConnection
from coterie.documents import authorship, deltas, edit_queries, snapshots, states
from coterie.documents.authorship import Spans
from coterie.documents.content import Content
from coterie.documents.deltas import Delta
from coterie.documents.edit_queries import PAGE, StoredEdit, ThinnedError
from coterie.documents.snapshots import Snapshot
from coterie.documents.states import Known, State
from coterie.errors import CoterieError

UNFOLLOWED_LIMIT: Final = 20 * PAGE
"""Edits whose authors are followed at once: the time for it grows with the spans of the text."""


class Replay:
    """A document as replayed so far, and the errors found."""

    def __init__(self, connection: Connection, document_id: UUID, kept: set[int]) -> None:
        self.wrong: Final[list[str]] = []
        self._content: Final = Content()
        self.frontier: list[str] = []
        self._connection: Final = connection
        self._document_id: Final = document_id
        self._stored: Final = kept
        self._known = Known((), document_id)
        self._recent: Final[deque[tuple[int, Delta]]] = deque(maxlen=PAGE)
        self._spans: Spans = []
        self._unfollowed: Final[list[tuple[int, Delta]]] = []
        self._position = 0

    async def begin(self, snapshot: Snapshot) -> None:
        """Start at a snapshot: what the edits before it changed is no longer kept."""
        self._content.apply((snapshot.text,))
        self._position, self.frontier = snapshot.position, snapshot.frontier
        self._spans = (await snapshots.newest_origin(self._connection, self._document_id, snapshot.position)).spans
        self._stored.difference_update([each for each in self._stored if each <= snapshot.position])

    @property
    def text(self) -> str:
        return str(self._content)

    async def apply(self, page: Sequence[StoredEdit]) -> bool:
        """Replay the next edits. Returns whether it is possible to continue."""
        names = {name for edit in page for name in edit.parents}
        self._known = await states.known(self._connection, self._document_id, (), names)
        altered = await edit_queries.altered(self._connection, self._document_id, self._position, page[-1].position)
        for edit in page:
            if deltas.required_length(edit.applied) > len(self._content):
                self._check(False, edit, "it reaches beyond the text")
                return False
            self._check(edit.position not in altered, edit, "its checksum is of something else")
            await self._replay_as_sent(edit)
            self._replay_as_applied(edit)
            if edit.position in self._stored:
                await self._compare_snapshot(edit)
        return True

    async def _replay_as_sent(self, edit: StoredEdit) -> None:
        state = self._state(edit)
        if state is not None:
            since = await self._since(state)
        if state is not None and since is not None:
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
        """The text that the edit's author had."""
        try:
            state = self._known.state(edit.parents, self._position)
        except CoterieError:
            state = None
        except ThinnedError:
            return None
        self._check(state is not None, edit, "its Parents are unknown")
        return state

    async def _since(self, state: State) -> Delta | None:
        """The delta from the author's text; None if a part of it is no longer kept."""
        if state.position == self._position:
            return state.bridge
        if self._recent and self._recent[0][0] <= state.position:
            later = list(takewhile(lambda each: each[0] > state.position, reversed(self._recent)))[::-1]
        else:
            try:
                later = await edit_queries.applied_between(
                    self._connection, self._document_id, state.position, self._position
                )
            except ThinnedError:
                return None
        return deltas.compose(state.bridge, deltas.compose_all([delta for _, delta in later]))

    def _replay_as_applied(self, edit: StoredEdit) -> None:
        self._content.apply(edit.applied)
        self._unfollowed.append((edit.position, edit.applied))
        if len(self._unfollowed) > UNFOLLOWED_LIMIT:
            self._follow()

    def _follow(self) -> None:
        self._spans = authorship.follow(self._spans, self._unfollowed)
        self._unfollowed.clear()

    async def _compare_snapshot(self, edit: StoredEdit) -> None:
        self._stored.remove(edit.position)
        self._follow()
        text, authors = await snapshots.stored_at(self._connection, self._document_id, edit.position)
        self._check(text == self.text.encode(), edit, "the snapshot behind it has another text")
        self._check(
            msgspec.json.decode(authors, type=Spans) == self._spans, edit, "the snapshot behind it has other authors"
        )

    def _check(self, is_right: bool, edit: StoredEdit, sentence: str) -> None:
        if not is_right:
            self.wrong.append(f"edit {edit.position}: {sentence}")

    def end(self, length: int, frontier: list[str]) -> None:
        """Compare with the document's row."""
        if len(self._content) != length:
            self.wrong.append(f"the document says {length} code points, and has {len(self._content)}")
        if self.frontier and self.frontier != frontier:
            self.wrong.append("the document names its text otherwise than its last edit")
        self.wrong.extend(f"the snapshot at {position} is of no edit" for position in sorted(self._stored))


async def replayed(connection: Connection, document_id: UUID) -> Replay:
    """Replay a document from its beginning. `wrong` lists what does not agree, and is empty if everything does.

    It reads everything in one database snapshot if the connection is in a transaction that has one.
    """
    replay = Replay(connection, document_id, await snapshots.positions(connection, document_id))
    after = 0
    try:
        thinned = await snapshots.thinned_to(connection, document_id)
        if thinned is not None:
            await replay.begin(thinned)
            after = thinned.position
        while page := await edit_queries.edits(connection, document_id, after, PAGE):
            if not await replay.apply(page):
                return replay
            after = page[-1].position
    except msgspec.DecodeError as error:
        replay.wrong.append(f"after edit {after}: something cannot be read: {error}")
        return replay
    head = await edit_queries.head(connection, document_id)
    if head is not None:
        replay.end(head.length, head.frontier)
    return replay


async def wrong_documents(connection: OneConnection) -> AsyncIterator[str]:
    """The errors of all documents; needs a transaction."""
    async for row in connection.cursor("SELECT id FROM documents ORDER BY id"):
        for sentence in (await replayed(connection, row["id"])).wrong:
            yield f"document {row['id']}: {sentence}"
