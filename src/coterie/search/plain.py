"""A text in the plain form that search compares, and where in the original each character comes from.

`plain` returns the same as the database's function `search_plain`, between two spaces, so that what the index found can
be highlighted. Accents merge into the character before them, so a text is read in clusters of both.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from coterie.search.scripts import BETWEEN, IGNORED, SPACELESS

_IGNORED: Final = re.compile(IGNORED)
_BETWEEN: Final = re.compile(BETWEEN)
_SPACELESS: Final = re.compile(SPACELESS)
_REPLACED: Final = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "\u0131": "i", "ς": "\u03c3"})
_SPACE: Final = " "
_SHORT: Final = 4
"""The longest cluster that is cached, in characters; nobody writes longer ones, and they could fill the memory."""


@dataclass(frozen=True, slots=True)
class Plain:
    """`text` begins and ends with a space; `starts[i]` and `ends[i]` bound its character `i` in the original."""

    text: str
    starts: list[int]
    ends: list[int]


def plain(text: str) -> Plain:
    """The text in its plain form."""
    building = _Building()
    for start, end in _clusters(text):
        cluster = text[start:end]
        for character in _remembered(cluster) if end - start <= _SHORT else folded(cluster):
            building.add(character, start, end)
    return building.finished(len(text))


def is_spaceless(part: str) -> bool:
    """Whether a part of a plain text is in a script without spaces; a part is entirely so or not at all."""
    return _SPACELESS.match(part) is not None


def folded(cluster: str) -> str:
    """A cluster in lower case and without accents."""
    bare = _IGNORED.sub("", unicodedata.normalize("NFKD", cluster).lower())
    return unicodedata.normalize("NFKC", bare).translate(_REPLACED)


_remembered: Final = lru_cache(maxsize=20_000)(folded)


@lru_cache(maxsize=20_000)
def _kind(character: str) -> str:
    if _BETWEEN.match(character):
        return _SPACE
    return "spaceless" if _SPACELESS.match(character) else "word"


@lru_cache(maxsize=20_000)
def _melts(character: str) -> bool:
    """Whether a character joins the one before it: marks, ignored characters, Hangul vowels, kana voicing marks."""
    is_jamo = "\u1160" <= character <= "\u11ff" or "\ud7b0" <= character <= "\ud7ff"
    is_mark = unicodedata.category(character)[0] == "M" or not folded(character)
    return is_mark or is_jamo or character in "\uff9e\uff9f"


def _clusters(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for place, character in enumerate(text):
        if place > start and not _melts(character):
            yield start, place
            start = place
    if text:
        yield start, len(text)


@dataclass(slots=True)
class _Building:
    """Builds a plain text: one space between words, and between scripts with and without spaces."""

    characters: list[str] = field(default_factory=lambda: [_SPACE])
    starts: list[int] = field(default_factory=lambda: [0])
    ends: list[int] = field(default_factory=lambda: [0])
    kind: str = _SPACE

    def add(self, character: str, start: int, end: int) -> None:
        kind = _kind(character)
        if kind != self.kind and self.characters[-1] != _SPACE:
            self._put(_SPACE, start, start)
        if kind != _SPACE:
            self._put(character, start, end)
        self.kind = kind

    def finished(self, length: int) -> Plain:
        if self.characters[-1] != _SPACE:
            self._put(_SPACE, length, length)
        return Plain("".join(self.characters), self.starts, self.ends)

    def _put(self, character: str, start: int, end: int) -> None:
        self.characters.append(character)
        self.starts.append(start)
        self.ends.append(end)
