"""What has to be changed of one text to make it another, by lines."""

from difflib import SequenceMatcher
from itertools import accumulate
from typing import Final

from coterie.documents.deltas import Patch

LINES_LIMIT: Final = 4_000
"""Lines that are compared; where more differ, what differs is replaced as a whole."""


def differences(before: str, after: str) -> list[Patch]:
    """Patches that lead from one text to another."""
    start = _common(before, after)
    end = _common(before[start:][::-1], after[start:][::-1])
    old, new = before[start : len(before) - end], after[start : len(after) - end]
    if not old and not new:
        return []
    lines, others = old.splitlines(keepends=True), new.splitlines(keepends=True)
    if len(lines) + len(others) > LINES_LIMIT or not lines or not others:
        return [Patch(start, start + len(old), new)]
    places = [start, *(start + at for at in accumulate(map(len, lines)))]
    return [
        Patch(places[a], places[b], "".join(others[c:d]))
        for what, a, b, c, d in SequenceMatcher(None, lines, others, autojunk=False).get_opcodes()
        if what != "equal"
    ]


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
