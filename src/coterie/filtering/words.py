"""Finds forbidden words in a text: as a part of any word, only whole, or as a pattern.

Texts are compared without regard to case, compatibility forms and invisible characters. A pattern describes one word
with `*` for any characters and `?` for one. It is searched with a regular expression made of atomic groups, which
never goes back further than to the last `*`: so the time grows with the length of the text and of the pattern, whatever
they are (see docs/decisions/0043-automod-patterns.md).

Each word is searched by one call of the library for a passage of the text, never by a loop over the places where it
is. A long text is searched in passages, so that a thread that judges one gives the event loop its turns between them.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

from coterie.filtering.models import FilterWord
from coterie.naming import HIDDEN

WILD: Final = re.compile(r"[*?]+")
EDGES: Final = re.compile(r"(?m)^[^\w\n]++|(?<=\w)[^\w\n]++$")
AFTER, BEFORE = re.compile(r"(?<=[\W_])"), re.compile(r"(?=[\W_])")
START, END = "S", "E"
"""Put at every place of a text where a whole word can start, and end. Capitals, since a folded text has none."""

PASSAGE: Final = 16_384
"""Code points that are searched in one go; a message has fewer."""


class Words:
    """The words of one server, prepared for many texts."""

    __slots__ = ("_has_whole", "_patterns", "_words", "weight")

    def __init__(self, words: Sequence[FilterWord]) -> None:
        self._words: Final = [
            (each.word, _wanted(each), each.match == "whole") for each in words if each.match != "pattern"
        ]
        self._has_whole: Final = any(is_whole for _, _, is_whole in self._words)
        self._patterns: Final = [
            (each.word, literals(folded(each.word)), _compiled(folded(each.word)))
            for each in words
            if each.match == "pattern"
        ]
        self.weight: Final = len(self._words) + 10 * len(self._patterns)

    def find(self, text: str) -> str | None:
        """A forbidden word in a text, as it was added."""
        if not self._words and not self._patterns:
            return None
        said = folded(text)
        edged = _edged(said) if self._has_whole else ""
        for word, wanted, is_whole in self._words:
            if _has(edged if is_whole else said, wanted):
                return word
        return self._pattern_in(said) if self._patterns else None

    def _pattern_in(self, said: str) -> str | None:
        found = (self._pattern_in_passage(passage) for passage in _passages(said))
        return next((word for word in found if word is not None), None)

    def _pattern_in_passage(self, said: str) -> str | None:
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
    if len(text) > PASSAGE:
        return "".join(map(folded, _passages(text)))
    return unicodedata.normalize("NFKC", HIDDEN.sub("", text)).casefold()


def _wanted(word: FilterWord) -> str:
    """What a text has that has this word, which is not a pattern: the text with edges, if the word must be whole."""
    return _edged(folded(word.word)) if word.match == "whole" else folded(word.word)


def literals(pattern: str) -> list[str]:
    """What a pattern has besides `*` and `?`: nothing if it would fit any word."""
    return [each for each in WILD.split(pattern) if each]


def _compiled(pattern: str) -> re.Pattern[str]:
    """An expression for a line of `_lines`. Each part after a `*` is searched once, from where the last one ended.

    The last part is compared once, with the end of the line.
    """
    first, *others = pattern.split("*")
    if not others:
        return re.compile(f"(?m)^{_fixed(first)}$")
    *middle, last = others
    parts = "".join(f"(?>{_after_any(each)})" for each in middle if each)
    return re.compile(f"(?m)^{_fixed(first)}{parts}[^\\n]{{{len(last)},}}+(?<={_fixed(last)})$")


def _after_any(part: str) -> str:
    """A part after a `*`: `?` at its beginning only say how much must come before the rest."""
    rest = part.lstrip("?")
    return f"[^\\n]{{{len(part) - len(rest)},}}?{_fixed(rest)}"


def _fixed(part: str) -> str:
    """A part without `*`."""
    pieces = re.findall(r"\?+|[^?]+", part)
    return "".join(f"[^\\n]{{{len(each)}}}" if each[0] == "?" else re.escape(each) for each in pieces)


def _lines(said: str) -> str:
    """The words of a text, each in a line: as they are, and without what is not a letter or digit at their edges."""
    lines = "\n".join(said.split())
    return f"{lines}\n{EDGES.sub('', lines)}"


def _edged(text: str) -> str:
    """A text with a sign wherever a whole word can start or end: beside all that is neither letter nor digit.

    So a word with these signs is a part of it exactly if the word stands there without a letter or digit beside it.
    """
    parts = (text[at : at + PASSAGE] for at in range(0, len(text), PASSAGE))
    return f"{START}{''.join(AFTER.sub(START, BEFORE.sub(END, part)) for part in parts)}{END}"


def _has(text: str, wanted: str) -> bool:
    """Whether a text has this part."""
    if len(text) <= PASSAGE:
        return wanted in text
    return any(text.find(wanted, at, at + PASSAGE + len(wanted)) >= 0 for at in range(0, len(text), PASSAGE))


def _passages(text: str) -> Iterator[str]:
    """A text in passages between words. A word that is longer than a passage is divided."""
    at = 0
    while len(text) - at > PASSAGE:
        cut = max(text.rfind(sign, at, at + PASSAGE) for sign in " \n\t") + 1
        end = cut if cut > at else at + PASSAGE
        yield text[at:end]
        at = end
    yield text[at:]
