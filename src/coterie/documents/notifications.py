"""An edit as it is told on the bus and read from the log: the same for everybody who follows the document."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec

from coterie.database.connection import Connection
from coterie.documents import edit_queries
from coterie.documents.deltas import Patch, patches_of
from coterie.documents.edit_queries import StoredEdit
from coterie.documents.versions import beginning
from coterie.log.append import INLINE_LIMIT, encoded
from coterie.log.event import Event

TYPE: Final = "DOCUMENT_EDIT"


class Told(msgspec.Struct, frozen=True, omit_defaults=True):
    """An edit: `patches` lead from the text called `parents` to the one called `frontier`.

    `bridge` leads there from the author's own text, whose name is `version`; `peer` is the author's subscription.
    """

    version: str
    frontier: list[str]
    parents: list[str]
    patches: list[Patch]
    bridge: list[Patch] = []
    peer: str | None = None


def told(edit: StoredEdit, parents: Sequence[str]) -> bytes:
    """The JSON of an edit before which the text was called `parents`."""
    shape = Told(
        str(edit.id), edit.frontier, list(parents), patches_of(edit.applied), patches_of(edit.bridge), edit.peer
    )
    return msgspec.json.encode(shape)


def notification(document_id: UUID, edit: StoredEdit, parents: Sequence[str], as_of: int) -> str:
    """As it travels: whole if it fits, else only where the log moved to. `as_of` is how far its home had come."""
    place, data = f'{{"topic":"{document_id}","position":{edit.position},"after":{as_of}', told(edit, parents)
    if len(data) > INLINE_LIMIT - 500:
        return place + "}"
    return f'{place},"type":"{TYPE}","key":{encoded(str(edit.id))},"data":{data.decode()}}}'


async def read_log(connection: Connection, topic: UUID, after: int, limit: int) -> list[Event]:
    """A page of a document's edits after a position."""
    edits = await edit_queries.edits(connection, topic, after, limit)
    if not edits:
        return []
    before = await edit_queries.frontier_before(connection, topic, edits[0].position) or beginning(topic)
    parents = [before, *(edit.frontier for edit in edits[:-1])]
    return [
        Event(topic, edit.position, TYPE, str(edit.id), told(edit, names).decode())
        for edit, names in zip(edits, parents, strict=True)
    ]
