"""Finds the edits that the code points of a text came from.

Edits are followed as deltas with replaced contents: each of their code points becomes one that represents the edit. So
the code that composes texts also composes authorship, at a cost that grows with the edits and not with the text.
"""

import re
from collections.abc import Sequence
from typing import Final

from coterie.documents import deltas
from coterie.documents.deltas import Delta

Spans = list[tuple[int, int]]
"""In order: the number of code points, and the position of the edit that they came with."""

FIRST: Final = 0x10000
"""The code points from here on represent edits: there are no surrogates among them."""

AT_ONCE: Final = 0x100000
"""The number of edits that can be distinguished at a time."""

RUN: Final = re.compile(r"(.)\1*", re.DOTALL)


def follow(spans: Spans, edits: Sequence[tuple[int, Delta]]) -> Spans:
    """The spans after edits, each with its position. At most `AT_ONCE` edits."""
    marked = [_marked(delta, chr(FIRST + index)) for index, (_, delta) in enumerate(edits)]
    return _after(spans, deltas.compose_all(marked), [position for position, _ in edits])


def _marked(delta: Delta, mark: str) -> Delta:
    return tuple(mark * len(op) if isinstance(op, str) else op for op in delta)


def _after(spans: Spans, delta: Delta, positions: Sequence[int]) -> Spans:
    found: Spans = []
    rest = iter(spans)
    length = position = 0
    for op in delta:
        if isinstance(op, str):
            for run in RUN.finditer(op):
                _add(found, len(run[0]), positions[ord(run[1]) - FIRST])
            continue
        left = abs(op)
        while left:
            if not length:
                length, position = next(rest)
            piece = min(left, length)
            if op > 0:
                _add(found, piece, position)
            left, length = left - piece, length - piece
    _add(found, length, position)
    for length, position in rest:
        _add(found, length, position)
    return found


def _add(spans: Spans, length: int, position: int) -> None:
    """Append a span, merged with the last one if both came with the same edit."""
    if spans and spans[-1][1] == position:
        spans[-1] = (spans[-1][0] + length, position)
    elif length:
        spans.append((length, position))
