"""The older form of an edit, which clients of the messenger send to /collab: operations in JSON, one after another.

They are meant for the newest text, whatever their parents say: those name at most one id of it. Places are code points.
"""

from typing import Annotated, Final, TypeAlias

from msgspec import Meta, Struct

from coterie import errors
from coterie.documents import deltas
from coterie.documents.deltas import Delta, Patch
from coterie.errors import CoterieError
from coterie.sync.exchange import Exchange
from coterie.web import decode

OPERATIONS_LIMIT: Final = 10_000

Place: TypeAlias = Annotated[int, Meta(ge=0, lt=1 << 31)]


class Insert(Struct, frozen=True, tag_field="type", tag="Insert"):
    """A text comes in at a place."""

    position: Place
    text: str


class Delete(Struct, frozen=True, tag_field="type", tag="Delete"):
    """Code points `start` up to `end` go."""

    start: Place
    end: Place


class Operations(Struct, frozen=True):
    """Each operation refers to the text after those before it."""

    operations: Annotated[list[Insert | Delete], Meta(min_length=1, max_length=OPERATIONS_LIMIT)]


def are_sent(exchange: Exchange) -> bool:
    """Whether a PUT is of this form."""
    is_json = exchange.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"
    return is_json and exchange.path.startswith("/collab/") and "content-range" not in exchange.headers


def read(body: bytes) -> list[Patch]:
    """What the operations do together, as patches of the text before them. Raises INVALID and the like."""
    given: Operations = decode(body, Operations)
    return deltas.patches_of(deltas.compose_all([_delta(operation) for operation in given.operations]))


def _delta(operation: Insert | Delete) -> Delta:
    if isinstance(operation, Insert):
        return deltas.of_patches([Patch(operation.position, operation.position, operation.text)])
    if operation.end < operation.start:
        raise CoterieError(errors.INVALID, "A Delete ends before it starts.")
    return deltas.of_patches([Patch(operation.start, operation.end, "")])
