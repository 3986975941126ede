"""What an edit does to a text, and how edits that did not know of each other are brought into one order.

A delta walks along the text: so many code points stay, so many go, this comes. What it does not reach stays. Two deltas
on the same text meet by `transform`, with the law that everything else here rests on:

    apply(apply(text, a), transform(b, a)) == apply(apply(text, b), transform(a, b, is_first=True))

so whoever made `a` and whoever made `b` come to the same text. All costs grow with the edits, never with the text.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

Delta = tuple[int | str, ...]
"""A number above zero: so many code points stay; below: so many go; a text: it comes."""

NOTHING: Final[Delta] = ()


class Patch(NamedTuple):
    """Code points `start` up to `end` of the text are replaced."""

    start: int
    end: int
    content: str


class Walk:
    """Takes a delta apart in pieces of any length."""

    __slots__ = ("_at", "_index", "_ops")

    def __init__(self, delta: Delta) -> None:
        self._ops: Final = delta
        self._index = 0
        self._at = 0

    @property
    def op(self) -> int | str | None:
        """What is left of the operation under way; None at the end."""
        if self._index >= len(self._ops):
            return None
        op = self._ops[self._index]
        if isinstance(op, str):
            return op[self._at :] if self._at else op
        return op - self._at if op > 0 else op + self._at

    def skip(self, length: int) -> None:
        """Go on by so many code points of the operation under way."""
        self._at += length
        op = self._ops[self._index]
        if self._at >= (len(op) if isinstance(op, str) else abs(op)):
            self._index, self._at = self._index + 1, 0


class Builder:
    """Puts a delta together; neighbours of a kind are one operation, and what stays at the end goes without saying."""

    __slots__ = ("_ops",)

    def __init__(self) -> None:
        self._ops: Final[list[int | str]] = []

    def add(self, op: int | str) -> None:
        if not op:
            return
        last = self._ops[-1] if self._ops else None
        if isinstance(op, str):
            if isinstance(last, str):
                self._ops[-1] = last + op
                return
        elif isinstance(last, int) and (last > 0) == (op > 0):
            self._ops[-1] = last + op
            return
        self._ops.append(op)

    def delta(self) -> Delta:
        if self._ops and isinstance(self._ops[-1], int) and self._ops[-1] > 0:
            self._ops.pop()
        return tuple(self._ops)


def length_of(op: int | str) -> int:
    """The code points that an operation is about."""
    return len(op) if isinstance(op, str) else abs(op)


def of_patches(patches: Iterable[Patch]) -> Delta:
    """What patches do that all refer to the text before, in its order. Of each first the deletion, then what comes."""
    built, at = Builder(), 0
    for patch in patches:
        built.add(patch.start - at)
        built.add(patch.start - patch.end)
        built.add(patch.content)
        at = patch.end
    return built.delta()


def patches_of(delta: Delta) -> list[Patch]:
    """The same as patches; what goes and comes at one place is one patch."""
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
    """The one form of a delta in which it is stored: where something goes and comes at one place, it goes first."""
    return of_patches(patches_of(delta))


def growth(delta: Delta) -> int:
    """By how many code points a text becomes longer."""
    return sum(len(op) if isinstance(op, str) else min(op, 0) for op in delta)


def reach(delta: Delta) -> int:
    """How long a text must be at least."""
    return sum(abs(op) for op in delta if not isinstance(op, str))


def size(delta: Delta) -> int:
    """The code points that go and come, which is what version ids count."""
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
    """One delta that does what two do, one after the other."""
    if not first or not second:
        return first or second
    a, b, built = Walk(first), Walk(second), Builder()
    while (right := b.op) is not None:
        left = a.op
        if isinstance(left, int) and left < 0:
            built.add(left)
            a.skip(-left)
        elif isinstance(right, str):
            built.add(right)
            b.skip(len(right))
        elif left is None:
            built.add(right)
            b.skip(abs(right))
        else:
            _compose_piece(a, b, built, left, right)
    while (left := a.op) is not None:
        built.add(left)
        a.skip(length_of(left))
    return built.delta()


def _compose_piece(a: Walk, b: Walk, built: Builder, left: int | str, right: int) -> None:
    """What stays or comes by the first meets what stays or goes by the second."""
    piece = min(length_of(left), abs(right))
    if right > 0:
        built.add(left[:piece] if isinstance(left, str) else piece)
    elif not isinstance(left, str):
        built.add(-piece)
    a.skip(piece)
    b.skip(piece)


def compose_all(deltas: Sequence[Delta]) -> Delta:
    """One delta for many, one after the other; halves first, since composing costs what both have."""
    if len(deltas) < 2:
        return deltas[0] if deltas else NOTHING
    middle = len(deltas) // 2
    return compose(compose_all(deltas[:middle]), compose_all(deltas[middle:]))


def transform(delta: Delta, over: Delta, *, is_first: bool = False) -> Delta:
    """A delta as it has to be after another on the same text.

    Where both put something in at the same place, that of the one who `is_first` stands first.
    """
    if not delta or not over:
        return delta
    a, b, built = Walk(delta), Walk(over), Builder()
    while (left := a.op) is not None:
        right = b.op
        if isinstance(left, str) and (is_first or not isinstance(right, str)):
            built.add(left)
            a.skip(len(left))
        elif isinstance(right, str):
            built.add(len(right))
            b.skip(len(right))
        elif right is None or isinstance(left, str):
            built.add(left)
            a.skip(length_of(left))
        else:
            piece = min(abs(left), abs(right))
            if right > 0:
                built.add(piece if left > 0 else -piece)
            a.skip(piece)
            b.skip(piece)
    return built.delta()


def split(delta: Delta, count: int) -> tuple[Delta, Delta]:
    """A delta as two, one after the other, of which the first does `count` of its deletions and insertions."""
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
    """Where a place in the text is after a delta; what comes in right there comes before it."""
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
