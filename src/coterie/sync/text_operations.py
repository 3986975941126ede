"""The older format of an edit, which clients of the messenger send to /collab: a list of operations in JSON.

They apply to the newest text, whatever their parents say: those name at most one of its ids. Positions are in code
points.
"""

from collections.abc import Sequence
from typing import Annotated, Final, TypeAlias

from msgspec import Meta, Struct

from coterie import errors
from coterie.documents import deltas
from coterie.documents.deltas import Delta, Patch
from coterie.errors import CoterieError
from coterie.http.answering import decode
from coterie.sync.exchange import Exchange

OPERATIONS_LIMIT: Final = 1_000

Place: TypeAlias = Annotated[int, Meta(ge=0, lt=1 << 31)]


class Insert(Struct, frozen=True, tag_field="type", tag="Insert"):
    """Insert a text at a position."""

    position: Place
    text: str


class Delete(Struct, frozen=True, tag_field="type", tag="Delete"):
    """Delete code points `start` up to `end`."""

    start: Place
    end: Place


class Operations(Struct, frozen=True):
    """Each operation refers to the text that the operations before it leave."""

    operations: Annotated[list[Insert | Delete], Meta(min_length=1, max_length=OPERATIONS_LIMIT)]


def are_sent(exchange: Exchange) -> bool:
    """Whether a PUT has this format."""
    is_json = exchange.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"
    return is_json and exchange.path.startswith("/collab/") and "content-range" not in exchange.headers


def read(body: bytes) -> list[Delta]:
    """The operations, one after the other. Raises INVALID and the like."""
    given: Operations = decode(body, Operations)
    return [_delta(operation) for operation in given.operations]


def together(operations: Sequence[Delta]) -> list[Patch]:
    """The combined effect of the operations, as patches of the text before them."""
    return deltas.patches_of(deltas.compose_all(operations))


def _delta(operation: Insert | Delete) -> Delta:
    if isinstance(operation, Insert):
        return deltas.of_patches([Patch(operation.position, operation.position, operation.text)])
    if operation.end < operation.start:
        raise CoterieError(errors.INVALID, "A Delete can't end before it starts.")
    return deltas.of_patches([Patch(operation.start, operation.end, "")])
