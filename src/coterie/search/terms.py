"""A term that a message must contain: a word, the beginning of one, or several in a row.

The query on the index, the pattern for the text where the index alone cannot decide, and the position of the hit all
come from the same parts, so that the three never disagree.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from coterie.search.plain import Plain, is_spaceless

LONGEST: Final = 40
"""Characters of a word that the index stores; the migration has the same number."""
SHORTEST: Final = 2
"""A word with at least this many characters also matches longer words that begin with it."""

_HUMP: Final = re.compile("[a-z0-9][A-Z]")


@dataclass(frozen=True, slots=True)
class Term:
    """`parts` are those of a plain text. With `is_whole` the last is a whole word, as within quotes."""

    parts: tuple[str, ...]
    is_whole: bool

    @property
    def in_index(self) -> str:
        """The term as a `tsquery`."""
        last = len(self.parts) - 1
        lexemes = [
            lexeme
            for place, part in enumerate(self.parts)
            for lexeme in _lexemes(part, is_whole=self._is_whole(part) or place < last)
        ]
        return " & ".join(dict.fromkeys(lexemes))

    @property
    def in_text(self) -> str | None:
        """A pattern for LIKE on a plain text between spaces; None if the index alone can decide."""
        if len(self.parts) == 1 and len(self.parts[0]) <= (2 if is_spaceless(self.parts[0]) else LONGEST):
            return None
        begins, ends = self._bounds
        return f"%{begins}{self._core}{ends}%"

    def hits(self, plain: Plain, original: str) -> Iterator[tuple[int, int]]:
        """Where the term occurs in the original, from left to right."""
        begins, ends = self._bounds
        place = plain.text.find(self._core)
        while place >= 0:
            end = place + len(self._core)
            start, stop = plain.starts[place], plain.ends[end - 1]
            if (not begins or plain.text[place - 1] == begins or self._is_hump(original, start)) and (
                not ends or plain.text[end] == ends or self._is_hump(original, stop)
            ):
                yield start, stop
            place = plain.text.find(self._core, place + 1)

    @property
    def _core(self) -> str:
        return " ".join(self.parts)

    @property
    def _bounds(self) -> tuple[str, str]:
        """What must come before and after: a space, unless the script has none or the word may continue."""
        begins = "" if is_spaceless(self.parts[0]) else " "
        last = self.parts[-1]
        return begins, " " if self._is_whole(last) and not is_spaceless(last) else ""

    def _is_whole(self, part: str) -> bool:
        return self.is_whole or len(part) < SHORTEST

    def _is_hump(self, original: str, place: int) -> bool:
        """Whether a new part of something likeThis begins here, which the index has as a word too."""
        return len(self.parts) == 1 and place > 0 and _HUMP.match(original, place - 1) is not None


def _lexemes(part: str, *, is_whole: bool) -> list[str]:
    """A part as the index stores it. Nothing in it needs an escape, since symbols are never part of words."""
    if not is_spaceless(part):
        return [f"'{part[:LONGEST]}'" + ("" if is_whole or len(part) > LONGEST else ":*")]
    if len(part) == 1:
        return [f"'{part}':*"]
    return [f"'{part[place : place + 2]}'" for place in range(len(part) - 1)]


def term(plain: str, *, is_whole: bool) -> Term | None:
    """The term of a plain text; None if there is nothing in it to search for."""
    parts = tuple(plain.split())
    return Term(parts, is_whole) if parts else None
