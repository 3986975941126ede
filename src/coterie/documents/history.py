"""The history of a document: its edits, its text at a version, and who wrote which part of it.

Nothing here reads more than a page, or the edits since a snapshot, however long a document's history is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from operator import itemgetter
from typing import Final
from uuid import UUID

from coterie.database.connection import Connection
from coterie.documents import authorship, deltas, edit_queries, snapshots, states
from coterie.documents.background import Background, size_of
from coterie.documents.edit_queries import TOGETHER, Made
from coterie.documents.errors import UNKNOWN_VERSION
from coterie.documents.models import Authored, Authors, History, TextAt
from coterie.errors import CoterieError

READ_LIMIT: Final = 5_000
"""Edits read per page of the history."""


async def page(connection: Connection, document_id: UUID, before: int | None, limit: int) -> History:
    """Entries, newest first, after the one at position `before`; edits are grouped as in the page before."""
    entries = await edit_queries.entries(connection, document_id, before, READ_LIMIT + 1)
    has_more = sum(entry.edits for entry in entries) > READ_LIMIT
    if before is not None:
        entries = entries[1:]
    if has_more and len(entries) > 1:
        entries.pop()  # it may be incomplete
    return History(entries[:limit], has_more or len(entries) > limit)


async def text_at(connection: Connection, document_id: UUID, version: Sequence[str], background: Background) -> TextAt:
    """The text right after the newest of these edits; UNKNOWN_VERSION if any is unknown.

    If that edit is thinned, it is the next text that is kept.
    """
    position = await _position_of(connection, document_id, version)
    kept = await snapshots.kept_after(connection, document_id, position)
    if kept is not None:
        return TextAt(kept.frontier, kept.text)
    snapshot = await snapshots.newest(connection, document_id, position)
    text, after = (snapshot.text, snapshot.position) if snapshot is not None else ("", 0)
    later = await edit_queries.applied_between(connection, document_id, after, position)
    parts = [delta for _, delta in later]
    whole = await background.run(partial(deltas.compose_all, parts), size_of(parts))
    return TextAt(await _name_of(connection, document_id, position), deltas.apply(text, whole))


async def authors(connection: Connection, document_id: UUID, background: Background) -> Authors:
    """Who wrote which part of the newest text."""
    position = await edit_queries.newest_position(connection, document_id)
    origin = await snapshots.newest_origin(connection, document_id, position)
    edits = await edit_queries.applied_between(connection, document_id, origin.position, position)
    size = len(origin.spans) + size_of(map(itemgetter(1), edits))
    spans = await background.run(partial(authorship.follow, origin.spans, edits), size)
    made = await edit_queries.made_at(connection, document_id, {at for _, at in spans})
    ranges = await background.run(partial(_ranges, spans, made), len(spans))
    return Authors(await _name_of(connection, document_id, position), ranges)


@dataclass(slots=True)
class Range:
    """Code points that one user wrote within a time."""

    start: int
    end: int
    user_id: UUID | None
    first_at: datetime
    last_at: datetime

    def takes(self, edit: Made) -> bool:
        """Whether an edit belongs to this range too."""
        return self.user_id == edit.user_id and self.last_at - TOGETHER <= edit.created_at <= self.first_at + TOGETHER


def _ranges(spans: authorship.Spans, made: dict[int, Made]) -> list[Authored]:
    found: list[Range] = []
    at = 0
    for length, position in spans:
        edit, end = made[position], at + length
        if found and found[-1].takes(edit):
            last = found[-1]
            last.end = end
            last.first_at, last.last_at = min(last.first_at, edit.created_at), max(last.last_at, edit.created_at)
        else:
            found.append(Range(at, end, edit.user_id, edit.created_at, edit.created_at))
        at = end
    return [Authored(each.start, each.end, each.user_id, each.last_at) for each in found]


async def _position_of(connection: Connection, document_id: UUID, version: Sequence[str]) -> int:
    known = await states.known(connection, document_id, (), version)
    found = [known.position(name) for name in version]
    positions = [position for position in found if position is not None]
    position = max(positions, default=0)
    is_known = bool(positions) and len(positions) == len(found)
    if not is_known or position > await edit_queries.newest_position(connection, document_id):
        raise CoterieError(UNKNOWN_VERSION)
    return position


async def _name_of(connection: Connection, document_id: UUID, position: int) -> list[str]:
    return await edit_queries.frontier_at(connection, document_id, position)
