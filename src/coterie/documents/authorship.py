"""From which edits the code points of a text came.

Edits are followed as deltas whose contents are replaced: each of their code points becomes one that stands for the
edit. So what composes texts composes authorship, at a cost that grows with the edits and not with the text.
"""

import re
from collections.abc import Sequence
from typing import Final

from coterie.documents import deltas
from coterie.documents.deltas import Delta

Spans = list[tuple[int, int]]
"""One after the other: so many code points came with the edit at this position."""

FIRST: Final = 0x10000
"""The code points from here on stand for edits: no surrogates are among them."""

AT_ONCE: Final = 0x100000
"""So many edits can be told apart at a time."""

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
    """Put a span at the end; what came with the same edit is one."""
    if spans and spans[-1][1] == position:
        spans[-1] = (spans[-1][0] + length, position)
    elif length:
        spans.append((length, position))
