"""Finds the text that a client has, from the versions that it names.

There are two kinds: the text at a position, named by the frontier there, or an author's own text: what they had, with
only their own edits since. For the latter, the stored bridge leads to the text at the position of the last of those
edits. A client of this protocol has no other texts, since only Coterie merges.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from coterie import errors
from coterie.database.connection import Connection
from coterie.documents import deltas, edit_queries, versions
from coterie.documents.deltas import Delta
from coterie.documents.edit_queries import StoredEdit, ThinnedError
from coterie.documents.versions import EditId
from coterie.errors import CoterieError

NO_STATE: Final = "These Parents do not name any text that a client was ever given."


@dataclass(frozen=True, slots=True)
class State:
    """A text: `bridge` leads from it to the text at `position`.

    It has everything up to `base`, and if it is an author's own, their edits up to the one named `name`.
    """

    position: int
    bridge: Delta
    base: int
    name: str | None


class Known:
    """Some edits by id, in order for each agent.

    An id that is not found here may exist elsewhere.
    """

    def __init__(self, edits: Iterable[StoredEdit], document_id: UUID) -> None:
        self._document_id: Final = document_id
        self._edits: Final[dict[str, list[StoredEdit]]] = {}
        for edit in edits:
            self.add(edit)

    def add(self, edit: StoredEdit) -> None:
        among = self._edits.setdefault(edit.id.agent, [])
        place = bisect_left(among, edit.id.seq, key=_seq)
        if place == len(among) or among[place].id.seq != edit.id.seq:
            among.insert(place, edit)

    def merge(self, other: "Known") -> None:
        for among in other._edits.values():
            for edit in among:
                self.add(edit)

    def at(self, id: EditId) -> StoredEdit | None:
        """The edit whose run contains an id."""
        among = self._edits.get(id.agent, [])
        place = bisect_left(among, id.seq, key=_seq)
        if place < len(among) and (among[place].id.seq == id.seq or among[place].id.seq - among[place].size < id.seq):
            return among[place]
        return None

    def overlaps(self, id: EditId, size: int) -> bool:
        """Whether a part of the run that ends with an id is known already."""
        return any(
            max(edit.id.seq - edit.size, id.seq - size) < min(edit.id.seq, id.seq)
            for edit in self._edits.get(id.agent, ())
        )

    def position(self, name: str) -> int | None:
        """The position of the edit with this name, or of the text that it names by itself."""
        own = versions.own_position(self._document_id, name)
        if own is not None:
            return own
        edit = self._named(name)
        return edit.position if edit is not None else None

    def state(self, parents: Sequence[str], position: int) -> State | None:
        """The text that these versions name, as of a position; None if a version is unknown there.

        Raises EDIT_IMPOSSIBLE if they do not name a text, and ThinnedError.
        """
        if not parents:
            return State(0, deltas.NOTHING, 0, None)
        found = [self.position(name) for name in parents]
        reached = [at for at in found if at is not None and at <= position]
        if len(reached) < len(parents):
            return None
        newest = parents[reached.index(max(reached))]
        edit = self._named(newest)
        if edit is None:
            return _linear(max(reached)) if len(parents) == 1 else self._least(parents, position)
        if sorted(parents) == edit.frontier:
            return _linear(edit.position)
        return self._own(newest, edit) if len(parents) == 1 else self._least(parents, position)

    def _own(self, name: str, edit: StoredEdit) -> State:
        """An author's own text, possibly in the middle of one of their edits. Raises ThinnedError."""
        if edit.is_thinned:
            raise ThinnedError
        id = versions.read(name)
        assert id is not None, "it was found by it"
        done = edit.size - (edit.id.seq - id.seq)
        _, rest = deltas.split(edit.sent, done)
        return State(edit.position, deltas.compose(rest, edit.bridge), edit.base, name)

    def _least(self, parents: Sequence[str], position: int) -> State | None:
        """The same without names that are included in others; NO_STATE if more than one is left."""
        for name in parents:
            edit = self._named(name)
            base = edit.base if edit is not None else self.position(name) or 0
            others = [other for other in parents if other != name]
            if all((self.position(other) or 0) <= base for other in others):
                return self.state([name], position)
        raise CoterieError(errors.EDIT_IMPOSSIBLE, NO_STATE)

    def _named(self, name: str) -> StoredEdit | None:
        id = versions.read(name)
        return self.at(id) if id is not None else None


def _seq(edit: StoredEdit) -> int:
    return edit.id.seq


def _linear(position: int) -> State:
    return State(position, deltas.NOTHING, position, None)


async def known(connection: Connection, document_id: UUID, ids: Sequence[EditId], names: Iterable[str]) -> Known:
    """The stored edits of these versions, with their neighbours."""
    named = [id for name in names if (id := versions.read(name)) is not None]
    wanted = list({*ids, *named})
    return Known(await edit_queries.around(connection, document_id, wanted) if wanted else (), document_id)


async def find(
    connection: Connection, document_id: UUID, parents: Sequence[str], position: int
) -> State | CoterieError | None:
    """The text that versions name, as of a position; None if a version is unknown there.

    For versions that name no text, the error is returned and not raised, since nothing went wrong here.
    """
    names = await known(connection, document_id, (), parents)
    try:
        return names.state(parents, position)
    except CoterieError as refusal:
        return refusal
