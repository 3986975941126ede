"""What has to be changed of one text to make it another.

Lines that stand in each of them exactly once hold the texts together; what differs between two of these is replaced as
a whole. So it takes little more than reading both, where comparing each line with each other would take minutes.
"""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate, pairwise

from coterie.documents.deltas import Patch


def differences(before: str, after: str) -> list[Patch]:
    """Patches that lead from one text to another."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    places, others = (list(accumulate(map(len, lines), initial=0)) for lines in (old, new))
    cuts = [(0, 0), *((places[a], others[b]) for a, b in _alike(old, new)), (len(before), len(after))]
    return [
        patch
        for (start, other), (end, other_end) in pairwise(cuts)
        if (patch := _difference(start, before[start:end], after[other:other_end])) is not None
    ]


def _alike(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Where the lines stand that each text has once: as many as are in the same order."""
    here, there = _places(old), _places(new)
    return _rising([(at, to) for line, at in here.items() if at is not None and (to := there.get(line)) is not None])


def _places(lines: Sequence[str]) -> dict[str, int | None]:
    """Where each line stands, if it does so once."""
    found: dict[str, int | None] = {}
    for place, line in enumerate(lines):
        found[line] = None if line in found else place
    return found


def _rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The most of these pairs, in their order, of which the second numbers rise as well."""
    ends: list[int] = []  # the least second number with which so many end
    chosen: list[int] = []
    before: list[int | None] = []
    for index, (_, second) in enumerate(pairs):
        length = bisect_left(ends, second)
        ends[length : length + 1] = [second]
        chosen[length : length + 1] = [index]
        before.append(chosen[length - 1] if length else None)
    found: list[tuple[int, int]] = []
    at = chosen[-1] if chosen else None
    while at is not None:
        found.append(pairs[at])
        at = before[at]
    return found[::-1]


def _difference(start: int, old: str, new: str) -> Patch | None:
    """What differs in the middle of two pieces, the first of which is at a place; None if nothing does."""
    first = _common(old, new)
    last = _common(old[first:][::-1], new[first:][::-1])
    if first + last == len(old) == len(new):
        return None
    return Patch(start + first, start + len(old) - last, new[first : len(new) - last])


def _common(one: str, other: str) -> int:
    """How many code points two texts begin with alike."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[:middle] == other[:middle]:
            low = middle
        else:
            high = middle - 1
    return low
