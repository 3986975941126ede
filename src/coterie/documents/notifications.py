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
    `digest` is the text's at `frontier`, if whoever stored the edit had it at hand.
    """

    version: str
    frontier: list[str]
    parents: list[str]
    patches: list[Patch]
    bridge: list[Patch] = []
    peer: str | None = None
    digest: str | None = None


def told(edit: StoredEdit, parents: Sequence[str], digest: str | None = None) -> Told:
    """An edit before which the text was called `parents`."""
    patches, bridge = patches_of(edit.applied), patches_of(edit.bridge)
    return Told(str(edit.id), edit.frontier, list(parents), patches, bridge, edit.peer, digest)


def notification(document_id: UUID, said: Told, position: int, as_of: int) -> str:
    """As it travels: whole if it fits, else only where the log moved to. `as_of` is how far its home had come."""
    place, data = f'{{"topic":"{document_id}","position":{position},"after":{as_of}', msgspec.json.encode(said)
    if len(data) > INLINE_LIMIT - 500:
        return place + "}"
    return f'{place},"type":"{TYPE}","key":{encoded(said.version)},"data":{data.decode()}}}'


async def read_log(connection: Connection, topic: UUID, after: int, limit: int) -> list[Event]:
    """A page of a document's edits after a position."""
    edits = await edit_queries.edits(connection, topic, after, limit)
    if not edits:
        return []
    before = await edit_queries.frontier_before(connection, topic, edits[0].position) or beginning(topic)
    parents = [before, *(edit.frontier for edit in edits[:-1])]
    return [
        Event(topic, edit.position, TYPE, str(edit.id), msgspec.json.encode(told(edit, names)).decode())
        for edit, names in zip(edits, parents, strict=True)
    ]
