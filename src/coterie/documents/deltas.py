"""What an edit does to a text, and how concurrent edits are brought into one order.

A delta walks along the text: keep this many code points, delete this many, insert this. What it does not reach is kept.
`transform` reconciles two deltas on the same text, with the law that everything else here depends on:

    apply(apply(text, a), transform(b, a)) == apply(apply(text, b), transform(a, b, is_first=True))

so the authors of `a` and `b` arrive at the same text. All costs grow with the edits, never with the text.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

Delta = tuple[int | str, ...]
"""A positive number keeps this many code points, a negative one deletes them, a text is inserted."""

NOTHING: Final[Delta] = ()


class Patch(NamedTuple):
    """Replaces the code points from `start` up to `end`."""

    start: int
    end: int
    content: str


class Walk:
    """Splits a delta into pieces of any length. An operation is copied once, in however many pieces it is taken."""

    __slots__ = ("_at", "_index", "_ops", "left", "op")

    def __init__(self, delta: Delta) -> None:
        self._ops: Final = delta
        self._index = -1
        self._at = 0
        self.op: int | str | None = None
        """The current operation as a whole; None at the end."""
        self.left = 0
        """The code points of it that were not taken."""
        self._next()

    def take(self, length: int) -> int | str:
        """The next piece of the current operation, which becomes shorter by it."""
        op, at = self.op, self._at
        assert op is not None, "there is nothing left"
        if self.left == length:
            self._next()
        else:
            self._at, self.left = at + length, self.left - length
        if isinstance(op, str):
            return op[at : at + length]
        return length if op > 0 else -length

    def _next(self) -> None:
        self._index += 1
        self._at = 0
        self.op = self._ops[self._index] if self._index < len(self._ops) else None
        self.left = 0 if self.op is None else length_of(self.op)


class Builder:
    """Builds a delta; adjacent operations of a kind become one, and a final one that only keeps text is left out."""

    __slots__ = ("_ops", "_texts")

    def __init__(self) -> None:
        self._ops: Final[list[int | str]] = []
        self._texts: Final[list[str]] = []

    def add(self, op: int | str) -> None:
        if not op:
            return
        if isinstance(op, str):
            self._texts.append(op)
            return
        self._end_text()
        last = self._ops[-1] if self._ops else None
        if isinstance(last, int) and (last > 0) == (op > 0):
            self._ops[-1] = last + op
        else:
            self._ops.append(op)

    def delta(self) -> Delta:
        self._end_text()
        if self._ops and isinstance(self._ops[-1], int) and self._ops[-1] > 0:
            self._ops.pop()
        return tuple(self._ops)

    def _end_text(self) -> None:
        if self._texts:
            self._ops.append("".join(self._texts))
            self._texts.clear()


def length_of(op: int | str) -> int:
    """The number of code points that an operation keeps, deletes or inserts."""
    return len(op) if isinstance(op, str) else abs(op)


def of_patches(patches: Iterable[Patch]) -> Delta:
    """The delta of patches that are in order and all refer to the original text. Each deletes first, then inserts."""
    built, at = Builder(), 0
    for patch in patches:
        built.add(patch.start - at)
        built.add(patch.start - patch.end)
        built.add(patch.content)
        at = patch.end
    return built.delta()


def patches_of(delta: Delta) -> list[Patch]:
    """A delta as patches; a deletion and an insertion at the same place are one patch."""
    found: list[Patch] = []
    at = start = 0
    content: list[str] = []
    for op in (*delta, 1):
        if isinstance(op, str):
            content.append(op)
        elif op < 0:
            at -= op
        else:
            if content or at > start:
                found.append(Patch(start, at, "".join(content)))
            at += op
            start, content = at, []
    return found


def settled(delta: Delta) -> Delta:
    """The canonical form in which a delta is stored: at each place the deletion comes before the insertion."""
    return of_patches(patches_of(delta))


def growth(delta: Delta) -> int:
    """By how many code points a delta makes a text longer."""
    return sum(len(op) if isinstance(op, str) else min(op, 0) for op in delta)


def required_length(delta: Delta) -> int:
    """The minimum length of a text for a delta."""
    return sum(abs(op) for op in delta if not isinstance(op, str))


def size(delta: Delta) -> int:
    """The code points deleted and inserted, which is what version ids count."""
    return sum(len(op) if isinstance(op, str) else max(-op, 0) for op in delta)


def apply(text: str, delta: Delta) -> str:
    """The text after a delta."""
    pieces: list[str] = []
    at = 0
    for op in delta:
        if isinstance(op, str):
            pieces.append(op)
        elif op > 0:
            pieces.append(text[at : at + op])
            at += op
        else:
            at -= op
    pieces.append(text[at:])
    return "".join(pieces)


def compose(first: Delta, second: Delta) -> Delta:
    """One delta with the effect of two, one after the other."""
    if not first or not second:
        return first or second
    a, b, built = Walk(first), Walk(second), Builder()
    while (right := b.op) is not None:
        left = a.op
        if isinstance(left, int) and left < 0:
            built.add(a.take(a.left))
        elif isinstance(right, str) or left is None:
            built.add(b.take(b.left))
        else:
            _compose_piece(a, b, built)
    while a.op is not None:
        built.add(a.take(a.left))
    return built.delta()


def _compose_piece(a: Walk, b: Walk, built: Builder) -> None:
    """Combine what the first keeps or inserts with what the second keeps or deletes."""
    length = min(a.left, b.left)
    before, after = a.take(length), b.take(length)
    if isinstance(after, int) and after > 0:
        built.add(before)
    elif not isinstance(before, str):
        built.add(after)


def compose_all(deltas: Sequence[Delta]) -> Delta:
    """One delta for many in order; composes halves first, since the cost grows with the size of both."""
    if len(deltas) < 2:
        return deltas[0] if deltas else NOTHING
    middle = len(deltas) // 2
    return compose(compose_all(deltas[:middle]), compose_all(deltas[middle:]))


def transform(delta: Delta, over: Delta, *, is_first: bool = False) -> Delta:
    """A delta rewritten to apply after another one on the same text.

    If both insert at the same place, the insertion of the one that `is_first` comes first.
    """
    if not delta or not over:
        return delta
    a, b, built = Walk(delta), Walk(over), Builder()
    while (left := a.op) is not None:
        right = b.op
        if isinstance(left, str) and (is_first or not isinstance(right, str)):
            built.add(a.take(a.left))
        elif isinstance(right, str):
            built.add(len(b.take(b.left)))  # type: ignore[arg-type]
        elif right is None or isinstance(left, str):
            built.add(a.take(a.left))
        else:
            length = min(a.left, b.left)
            piece, _ = a.take(length), b.take(length)
            if right > 0:
                built.add(piece)
    return built.delta()


def split(delta: Delta, count: int) -> tuple[Delta, Delta]:
    """A delta as two in order, of which the first has `count` of its deleted and inserted code points."""
    first, rest, left = Builder(), Builder(), count
    for op in delta:
        if not isinstance(op, str) and op > 0:
            first.add(op)
            rest.add(op)
            continue
        done = min(left, length_of(op))
        left -= done
        if isinstance(op, str):
            first.add(op[:done])
            rest.add(done)
            rest.add(op[done:])
        else:
            first.add(-done)
            first.add(-op - done)
            rest.add(op + done)
    return first.delta(), rest.delta()


def moved(place: int, delta: Delta) -> int:
    """Where a place in the text is after a delta; an insertion at this place comes before it."""
    at = shift = 0
    for op in delta:
        if at > place:
            break
        if isinstance(op, str):
            shift += len(op)
        elif op > 0:
            at += op
        else:
            shift -= min(-op, place - at)
            at -= op
    return place + shift
