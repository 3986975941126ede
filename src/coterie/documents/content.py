"""The content of a document: its text in pieces, so that a keystroke copies a piece and not the whole text.

At a million code points an edit takes 5 to 15 µs anywhere in the text; copying a plain string takes 150 to 700 µs, or
90 ms at the maximum length that an operator can allow. docs/decisions/0023 has the measurements.
"""

from hashlib import sha256
from sys import getsizeof
from typing import Final

from coterie.documents import deltas
from coterie.documents.deltas import Delta

PIECE: Final = 16_384
"""Code points of a new piece; a piece is divided when it has more than twice as many."""

MANY: Final = 100
"""A delta with more operations is applied to the whole text at once, instead of finding the piece for each."""

LINE: Final = 2_000
"""Code points beside a change that are looked at together with it."""

BYTES: Final = 2_000
"""The approximate memory of a text besides its pieces."""


class Content:
    """A text that can change."""

    def __init__(self, text: str = "") -> None:
        self._pieces = _divided(text)
        self._length = len(text)

    def __str__(self) -> str:
        return "".join(self._pieces)

    def __len__(self) -> int:
        return self._length

    def encoded(self) -> bytes:
        """The text in UTF-8."""
        return b"".join(piece.encode() for piece in self._pieces)

    def digest(self) -> bytes:
        """The SHA-256 of the text in UTF-8."""
        found = sha256()
        for piece in self._pieces:
            found.update(piece.encode())
        return found.digest()

    def after(self, delta: Delta) -> "Content":
        """The text with a change, beside this one."""
        changed = Content()
        changed._pieces, changed._length = list(self._pieces), self._length
        changed.apply(delta)
        return changed

    def apply(self, delta: Delta) -> None:
        """Change the text. Raises ValueError for a delta that reaches beyond its end."""
        if deltas.required_length(delta) > self._length:
            raise ValueError("a change reaches beyond the text")
        if len(delta) > MANY:
            self._pieces = _divided(deltas.apply(str(self), delta))
        else:
            self._apply(delta)
        self._length += deltas.growth(delta)

    def lines_of(self, delta: Delta) -> str:
        """The lines of this text that the delta which led to it has changed, up to LINE code points on either side."""
        text, at, end = str(self), 0, 0
        lines: list[str] = []
        for op in delta:
            if isinstance(op, int) and op > 0:
                at += op
                continue
            size = len(op) if isinstance(op, str) else 0
            if at + size > end or not lines:
                start = max(text.rfind("\n", 0, at) + 1, at - LINE, 0)
                found = text.find("\n", at + size, at + size + LINE)
                end = found if found >= 0 else min(len(text), at + size + LINE)
                lines.append(text[start:end])
            at += size
        return "\n".join(lines)

    def _apply(self, delta: Delta) -> None:
        at = 0
        for op in delta:
            if isinstance(op, str):
                self._replace(at, at, op)
                at += len(op)
            elif op > 0:
                at += op
            else:
                self._replace(at, at - op, "")

    def _replace(self, start: int, end: int, text: str) -> None:
        """Replace the code points from `start` to `end`."""
        first, before = self._find(0, start)
        last, behind = self._find(first, before + end - start)
        changed = self._pieces[first][:before] + text + self._pieces[last][behind:]
        self._pieces[first : last + 1] = _divided(changed)

    def _find(self, index: int, place: int) -> tuple[int, int]:
        """The piece that contains a place, or ends there, and the offset in it. The place counts from piece `index`."""
        while place > (length := len(self._pieces[index])):
            index, place = index + 1, place - length
        return index, place

    @property
    def weight(self) -> int:
        """Its approximate size in memory, in bytes."""
        return BYTES + sum(map(getsizeof, self._pieces))


def _divided(text: str) -> list[str]:
    """There is always at least one piece: an empty text is an empty piece."""
    if len(text) <= 2 * PIECE:
        return [text]
    return [text[start : start + PIECE] for start in range(0, len(text), PIECE)]
