"""Finds forbidden words in a text: as a part of any word, only whole, or as a pattern.

Texts are compared without regard to case, compatibility forms and invisible characters. A pattern describes one word
with `*` for any characters and `?` for one. It is searched with a regular expression made of atomic groups, which
never goes back further than to the last `*`: so the time grows with the length of the text and of the pattern, whatever
they are (see docs/decisions/0043-automod-patterns.md).
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from coterie.filtering.models import FilterWord
from coterie.naming import HIDDEN

WILD: Final = re.compile(r"[*?]+")
EDGES: Final = re.compile(r"(?m)^[^\w\n]++|(?<=\w)[^\w\n]++$")


class Words:
    """The words of one server, prepared for many texts."""

    __slots__ = ("_patterns", "_words")

    def __init__(self, words: Sequence[FilterWord]) -> None:
        self._words: Final = [
            (each.word, folded(each.word), each.match == "whole") for each in words if each.match != "pattern"
        ]
        self._patterns: Final = [
            (each.word, literals(folded(each.word)), _compiled(folded(each.word)))
            for each in words
            if each.match == "pattern"
        ]

    def find(self, text: str) -> str | None:
        """A forbidden word in a text, as it was added."""
        if not self._words and not self._patterns:
            return None
        said = folded(text)
        for word, wanted, is_whole in self._words:
            if wanted in said and (not is_whole or _is_whole(wanted, said)):
                return word
        return self._pattern_in(said) if self._patterns else None

    def _pattern_in(self, said: str) -> str | None:
        lines = ""
        for word, required, pattern in self._patterns:
            if not all(each in said for each in required):
                continue
            lines = lines or _lines(said)
            if pattern.search(lines):
                return word
        return None


def folded(text: str) -> str:
    """A text as words are compared in it."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", HIDDEN.sub("", text)).casefold()


def literals(pattern: str) -> list[str]:
    """What a pattern has besides `*` and `?`: nothing if it would fit any word."""
    return [each for each in WILD.split(pattern) if each]


def _compiled(pattern: str) -> re.Pattern[str]:
    """An expression for a line of `_lines`. Each part after a `*` is searched once, from where the last one ended."""
    first, *others = pattern.split("*")
    if not others:
        return re.compile(f"(?m)^{_fixed(first)}$")
    *middle, last = others
    parts = "".join(f"(?>[^\\n]*?{_fixed(each)})" for each in middle if each)
    return re.compile(f"(?m)^{_fixed(first)}{parts}[^\\n]*{_fixed(last)}$")


def _fixed(part: str) -> str:
    return "".join("[^\\n]" if each == "?" else re.escape(each) for each in part)


def _lines(said: str) -> str:
    """The words of a text, each in a line: as they are, and without what is not a letter or digit at their edges."""
    lines = "\n".join(said.split())
    return f"{lines}\n{EDGES.sub('', lines)}"


def _is_whole(word: str, text: str) -> bool:
    """Whether a word is in a text without a letter or digit beside it."""
    start = text.find(word)
    while start >= 0:
        end = start + len(word)
        if not (text[start - 1 : start].isalnum() or text[end : end + 1].isalnum()):
            return True
        start = text.find(word, start + 1)
    return False
