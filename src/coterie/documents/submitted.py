"""An edit as it was sent, brought to the newest text: its places, what it comes to there, and how much it takes."""

from collections.abc import Sequence
from typing import Final

from coterie import errors
from coterie.documents import deltas
from coterie.documents.deltas import Delta, Patch
from coterie.errors import CoterieError

NUMBER_BYTES: Final = 10
"""About what a place in a patch takes."""

OUT_OF_ORDER: Final = "Patches must go from the beginning to the end of the text and must not overlap."
TOO_SHORT: Final = "A patch reaches beyond the end of the text at its Parents."


def resolved(patches: Sequence[Patch], length: int) -> tuple[list[Patch], Delta]:
    """The patches with places counted from the start, and what they come to.

    Raises EDIT_IMPOSSIBLE if they are out of order or beyond the text.
    """
    found = [Patch(_place(start, length), _place(end, length), content) for start, end, content in patches]
    at = 0
    for patch in found:
        if not at <= patch.start <= patch.end:
            raise CoterieError(errors.EDIT_IMPOSSIBLE, OUT_OF_ORDER)
        at = patch.end
    if at > length:
        raise CoterieError(errors.EDIT_IMPOSSIBLE, TOO_SHORT)
    return found, deltas.of_patches(found)


def _place(number: int, length: int) -> int:
    return number if number >= 0 else length - ~number


def says_the_same(stored: Sequence[Patch], sent: Sequence[Patch]) -> bool:
    """Whether the patches are the stored ones, as far as their places count from the start."""
    if len(stored) != len(sent):
        return False
    return all(
        a.content == b.content and b.start in (a.start, min(b.start, -1)) and b.end in (a.end, min(b.end, -1))
        for a, b in zip(stored, sent, strict=True)
    )


def exchanged(sent: Delta, since: Delta) -> tuple[Delta, Delta]:
    """An edit after what happened since its parents, and what happened since after the edit."""
    applied = deltas.transform(sent, since, is_first=True)
    return deltas.settled(applied), deltas.settled(deltas.transform(since, sent))


def bytes_of(sent: Delta, applied: Delta, bridge: Delta) -> int:
    """About how many bytes of an edit are stored, see `edit_insertion`."""
    ops = (*sent, *(() if applied == sent else applied), *bridge)
    return sum(len(op.encode()) if isinstance(op, str) else NUMBER_BYTES for op in ops)
