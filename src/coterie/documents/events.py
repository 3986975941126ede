"""An edit as it is sent on the bus and read from the log: the same for every subscriber of the document."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec
from msgspec.structs import replace

from coterie.database.connection import Connection
from coterie.documents import edit_queries
from coterie.documents.deltas import Patch, patches_of
from coterie.documents.edit_queries import StoredEdit, ThinnedError
from coterie.documents.versions import beginning
from coterie.log.append import INLINE_LIMIT, encoded
from coterie.log.event import BusMessage, Event

TYPE: Final = "DOCUMENT_EDIT"


class EditEvent(msgspec.Struct, frozen=True, omit_defaults=True):
    """An edit: `patches` lead from the text named `parents` to the one named `frontier`.

    `bridge` leads there from the author's own text, whose name is `version`; `peer` is the author's subscription.
    `digest` is that of the text at `frontier`, if the storing process had it at hand.
    """

    version: str
    frontier: list[str]
    parents: list[str]
    patches: list[Patch]
    bridge: list[Patch] = []
    peer: str | None = None
    digest: str | None = None


def edit_event(edit: StoredEdit, parents: Sequence[str], digest: str | None = None) -> EditEvent:
    """An edit of the text named `parents`."""
    patches, bridge = patches_of(edit.applied), patches_of(edit.bridge)
    return EditEvent(str(edit.id), edit.frontier, list(parents), patches, bridge, edit.peer, digest)


def bus_message(document_id: UUID, edit: EditEvent, position: int, as_of: int) -> str:
    """The bus message: the whole edit if it fits, else only the log's new position. `as_of` is its home's position."""
    data = msgspec.json.encode(edit)
    message = BusMessage(topic=document_id, position=position, after=as_of)
    if len(data) <= INLINE_LIMIT - 500:
        message = replace(message, type=TYPE, key=edit.version, data=msgspec.Raw(data))
    return encoded(message)


async def read_log(connection: Connection, topic: UUID, after: int, limit: int) -> list[Event]:
    """A page of a document's edits after a position. Raises ThinnedError."""
    edits = await edit_queries.edits(connection, topic, after, limit)
    if any(edit.is_thinned for edit in edits):
        raise ThinnedError
    if not edits:
        return []
    before = await edit_queries.frontier_before(connection, topic, edits[0].position) or beginning(topic)
    parents = [before, *(edit.frontier for edit in edits[:-1])]
    return [
        Event(topic, edit.position, TYPE, str(edit.id), msgspec.json.encode(edit_event(edit, names)).decode())
        for edit, names in zip(edits, parents, strict=True)
    ]
