"""Whether what is stored of a document is one story: told three times, it must come to the same text.

By the patches as they were sent, moved anew to where they belong; by what was applied; by the engine's bytes. The
snapshots, the names of the states, and what the document's row says must agree with it.
"""

from collections.abc import AsyncIterator
from uuid import UUID

import msgspec

from coterie.database.connection import Connection
from coterie.documents import deltas, edit_queries
from coterie.documents.authorship import Spans
from coterie.documents.deltas import Delta
from coterie.documents.edit_queries import PAGE, StoredEdit
from coterie.documents.engine import Engine
from coterie.documents.states import Known


class Story:
    """A document as told so far, and what was found wrong."""

    def __init__(self, document_id: UUID, snapshots: dict[int, tuple[bytes, str]]) -> None:
        self.wrong: list[str] = []
        self.text = ""
        self.frontier: list[str] = []
        self._snapshots = snapshots
        self._known = Known((), document_id)
        self._applied: list[tuple[int, Delta]] = []
        self._engine = Engine()
        self._epoch = 0
        self._position = 0

    def tell(self, edit: StoredEdit) -> None:
        """The next edit."""
        self._tell_as_sent(edit)
        if edit.epoch != self._epoch:
            self._begin_epoch(edit)
        self._engine.take([edit.engine])
        self.text = deltas.apply(self.text, edit.applied)
        self._check(str(self._engine) == self.text, edit, "the engine has another text")
        self._check(str(edit.id) in edit.frontier or len(edit.frontier) == 1, edit, "its state is not named by it")
        self._known.add(edit)
        self._applied.append((edit.position, edit.applied))
        self._position, self.frontier = edit.position, edit.frontier

    def _tell_as_sent(self, edit: StoredEdit) -> None:
        state = self._known.state(edit.parents, self._position)
        if state is None:
            self.wrong.append(f"edit {edit.position}: its Parents are unknown")
            return
        later = [delta for position, delta in self._applied if position > state.position]
        since = deltas.compose(state.bridge, deltas.compose_all(later))
        applied = deltas.transform(edit.sent, since, is_first=True)
        self._check(deltas.settled(applied) == edit.applied, edit, "what was sent comes to something else")
        bridge = deltas.settled(deltas.transform(since, edit.sent))
        self._check(bridge == edit.bridge, edit, "its bridge leads elsewhere")

    def _begin_epoch(self, edit: StoredEdit) -> None:
        self._check(edit.epoch == self._position, edit, "its epoch begins nowhere")
        content, authors = self._snapshots.pop(edit.epoch, (b"", "[]"))
        self._check(content.decode() == self.text, edit, "the snapshot before it has another text")
        spans = msgspec.json.decode(authors, type=Spans)
        self._check(sum(length for length, _ in spans) == len(self.text), edit, "the snapshot's authors do not fit")
        self._engine = Engine(content.decode())
        self._epoch = edit.epoch

    def _check(self, is_right: bool, edit: StoredEdit, sentence: str) -> None:
        if not is_right:
            self.wrong.append(f"edit {edit.position}: {sentence}")

    def end(self, length: int, frontier: list[str]) -> None:
        """What the document's row says."""
        if len(self.text) != length:
            self.wrong.append(f"the document says {length} code points, and has {len(self.text)}")
        if self.frontier and self.frontier != frontier:
            self.wrong.append("the document names its text otherwise than its last edit")
        self.wrong.extend(f"the snapshot at {position} has no edit after it" for position in self._snapshots)


async def retold(connection: Connection, document_id: UUID) -> Story:
    """Tell a document's story from its beginning. Its `wrong` says what does not agree, and is empty if all does.

    It reads everything in one snapshot if the connection is in a transaction that has one.
    """
    rows = await connection.fetch(
        "SELECT position, text, authors FROM document_snapshots WHERE document_id = $1", document_id
    )
    story = Story(document_id, {row["position"]: (row["text"], row["authors"]) for row in rows})
    async for edit in _edits(connection, document_id):
        story.tell(edit)
    standing = await edit_queries.standing(connection, document_id)
    if standing is not None:
        story.end(standing.length, standing.frontier)
    return story


async def _edits(connection: Connection, document_id: UUID) -> AsyncIterator[StoredEdit]:
    after = 0
    while page := await edit_queries.edits(connection, document_id, after, PAGE):
        for edit in page:
            yield edit
        after = page[-1].position
