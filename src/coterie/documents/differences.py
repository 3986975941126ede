"""The changes that turn one text into another.

Lines that occur exactly once in each text are the anchors; what differs between two anchors is replaced as a whole. So
it takes little more than reading both texts, while comparing every line with every other would take minutes. The
library `patiencediff` does the same in about a third of the time, but it is under the GPL, and Coterie is not.
"""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate, pairwise

from coterie.documents.deltas import Patch


def differences(before: str, after: str) -> list[Patch]:
    """Patches that turn one text into another."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    places, others = (list(accumulate(map(len, lines), initial=0)) for lines in (old, new))
    cuts = [(0, 0), *((places[a], others[b]) for a, b in _alike(old, new)), (len(before), len(after))]
    return [
        patch
        for (start, other), (end, other_end) in pairwise(cuts)
        if (patch := _difference(start, before[start:end], after[other:other_end])) is not None
    ]


def _alike(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """The places of the lines that occur once in each text: as many as are in the same order."""
    here, there = _places(old), _places(new)
    return _rising([(at, to) for line, at in here.items() if at is not None and (to := there.get(line)) is not None])


def _places(lines: Sequence[str]) -> dict[str, int | None]:
    """The place of each line, or None if it occurs more than once."""
    found: dict[str, int | None] = {}
    for place, line in enumerate(lines):
        found[line] = None if line in found else place
    return found


def _rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest selection of these pairs, in order, whose second numbers rise as well."""
    ends: list[int] = []  # the smallest last second number of a selection of each length
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
    """The differing middle of two pieces, of which the old one begins at `start`; None if they are equal."""
    first = _common(old, new)
    last = _common(old[first:][::-1], new[first:][::-1])
    if first + last == len(old) == len(new):
        return None
    return Patch(start + first, start + len(old) - last, new[first : len(new) - last])


def _common(one: str, other: str) -> int:
    """The length of the common beginning of two texts, in code points."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[:middle] == other[:middle]:
            low = middle
        else:
            high = middle - 1
    return low
