"""The part of a message around the first hit, as HTML: everything escaped, each hit between `<mark>` and `</mark>`."""

import re
from collections.abc import Sequence
from html import escape
from itertools import islice
from typing import Final

from coterie.search.plain import plain
from coterie.search.scripts import SPACELESS
from coterie.search.terms import Term

WORDS: Final = 35
"""How many words are shown, hits included."""
BEFORE: Final = 10
"""How many of them may precede the first hit."""
CHARACTERS: Final = 400
"""The most characters shown, however long the words are; but always the whole first hit."""

_WORD: Final = re.compile(rf"{SPACELESS}{{1,2}}|[^\s]+?(?={SPACELESS}|\s|$)")
"""In a script without spaces, two characters count as a word."""

Span = tuple[int, int]


def highlight(text: str, terms: Sequence[Term]) -> str:
    """About 35 words of the text around the first hit; the beginning of the text if there are no terms."""
    hits = _hits(text, terms)
    start, end = _window(text, hits[0] if hits else (0, 0))
    pieces, place = [], start
    for first, last in hits:
        if first >= end:
            break
        pieces += [escape(text[place:first]), "<mark>", escape(text[first : min(last, end)]), "</mark>"]
        place = min(last, end)
    pieces.append(escape(text[place:end]))
    return f"{'…' if start else ''}{''.join(pieces)}{'…' if end < len(text) else ''}"


def _hits(text: str, terms: Sequence[Term]) -> list[Span]:
    if not terms:
        return []
    found = plain(text)
    return _joined(sorted(hit for each in terms for hit in each.hits(found, text)))


def _joined(hits: list[Span]) -> list[Span]:
    """The spans from left to right; those that touch are merged."""
    joined: list[Span] = []
    for start, end in hits:
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined


def _window(text: str, hit: Span) -> Span:
    """Where the shown part begins and ends."""
    before = [match.start() for match in _WORD.finditer(text, max(0, hit[0] - CHARACTERS // 2), hit[0])][-BEFORE:]
    start = before[0] if before else hit[0]
    if not text[:start].strip():
        start = 0
    words = islice(_WORD.finditer(text, start, start + CHARACTERS), WORDS)
    end = max([hit[1], *(match.end() for match in words)])
    return start, end if text[end:].strip() else len(text)
