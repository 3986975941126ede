"""Which parts of a message's text are code and which are prose, as the web client parses it (`web/src/text`).

Both sides follow the same rules, so that everyone whom the server mentions is highlighted on the screen. For code, the
rules are CommonMark's, within the blocks that a message has: paragraphs, headings, quotes, lists and fenced code.
`tests/messages/mentions.json` tests both sides. Parsing takes time in proportion to the length.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Final

SPACES: Final = (
    "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
"""What browsers treat as a space; Python's `\\s` and `strip` use another set."""

DEEPEST_QUOTE: Final = 3

LINE_END: Final = re.compile(r"\r\n?")
FENCE: Final = re.compile(r"(?P<indent>[ \t]*)(?:(?P<ticks>`{3,})[^`]*|(?P<waves>~{3,}).*)", re.DOTALL)
FENCE_END: Final = re.compile(r"[ \t]*(`{3,}|~{3,})[ \t]*")
HEADING: Final = re.compile(rf"#{{1,3}} +([^{SPACES}].*)", re.DOTALL)
QUOTE: Final = re.compile(r"> ?")
QUOTED: Final = re.compile(rf">(?: ?[^{SPACES}]| ?\Z)")
REST: Final = re.compile(r">>> ?")
GOES_ON: Final = re.compile(r">(?!>>)")
ITEM: Final = re.compile(rf" {{0,8}}(?:[-*+]|[0-9]{{1,3}}[.)]) +([^{SPACES}].*)", re.DOTALL)
CONTINUED: Final = re.compile(rf" {{2,}}[^{SPACES}]")

BLANK_LINES: Final = re.compile(r"\n[ \t]*(?=\n)")
RUN: Final = re.compile(r"`+")
TOKEN: Final = re.compile(r"\\[!-/:-@\[-`{-~]|`+")


@dataclass(frozen=True, slots=True)
class Prose:
    """Prose, with backslashes in place of code and of what a backslash escapes."""

    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """A block or a span of code."""

    text: str


Leaf = Prose | Code


def read(content: str) -> Iterator[Leaf]:
    """The parts of a message, in order; spans of code come before the prose around them."""
    return _Blocks(LINE_END.sub("\n", content).split("\n"), 0).leaves()


class _Blocks:
    """Goes through the lines once. Text is collected until another block begins."""

    def __init__(self, lines: list[str], depth: int) -> None:
        self._lines: Final = lines
        self._depth: Final = depth
        self._words: list[str] = []
        self._is_item = False

    def leaves(self) -> Iterator[Leaf]:
        at = 0
        while at < len(self._lines):
            end, found = self._block(at)
            yield from found
            at = end
        yield from self._settle()

    def _block(self, at: int) -> tuple[int, Iterable[Leaf]]:
        """The line after the block that begins in this one, and the parts that are known by then."""
        line = self._lines[at]
        item = ITEM.fullmatch(line)
        words = item[1] if item else line
        if fence := FENCE.fullmatch(words):
            return self._code(at, fence, len(line) - len(words))
        if item:
            return at + 1, self._begin(words, is_item=True)
        if self._is_item and CONTINUED.match(line):
            self._words.append(line.strip(SPACES))
            return at + 1, ()
        if heading := HEADING.fullmatch(line):
            return at + 1, [*self._settle(), *_prose(heading[1])]
        return self._quote(at)

    def _begin(self, *words: str, is_item: bool = False) -> list[Leaf]:
        """Begin an item, or continue a paragraph."""
        done = [*self._settle()] if is_item or self._is_item else []
        self._words.extend(words)
        self._is_item = is_item
        return done

    def _settle(self) -> Iterator[Leaf]:
        words, self._words, self._is_item = "\n".join(self._words), [], False
        return _prose(words)

    def _code(self, at: int, fence: re.Match[str], indent: int) -> tuple[int, Iterable[Leaf]]:
        marks = fence["ticks"] or fence["waves"]
        ends = (end for end in range(at + 1, len(self._lines)) if _closes(self._lines[end], marks))
        end = next(ends, len(self._lines))
        margin = re.compile(rf"[ \t]{{0,{indent + len(fence['indent'])}}}")
        text = "\n".join(line[_end(margin, line) :] for line in self._lines[at + 1 : end])
        return end + 1, [*self._settle(), *([Code(text)] if text.strip(SPACES) else [])]

    def _quote(self, at: int) -> tuple[int, Iterable[Leaf]]:
        line = self._lines[at]
        if self._depth >= DEEPEST_QUOTE or not QUOTED.match(line):
            return at + 1, self._begin(line)
        is_rest = REST.match(line) is not None
        end = len(self._lines) if is_rest else self._quote_end(at)
        lines = self._lines[at:end]
        quoted = [line[_end(REST, line) :], *lines[1:]] if is_rest else [line[_end(QUOTE, line) :] for line in lines]
        if not any(line.strip(SPACES) for line in quoted):
            return end, self._begin(*lines)
        return end, chain(self._settle(), _Blocks(quoted, self._depth + 1).leaves())

    def _quote_end(self, at: int) -> int:
        lines = range(at, len(self._lines))
        return next((end for end in lines if not GOES_ON.match(self._lines[end])), len(self._lines))


def _end(pattern: re.Pattern[str], line: str) -> int:
    match = pattern.match(line)
    return match.end() if match else 0


def _closes(line: str, marks: str) -> bool:
    end = FENCE_END.fullmatch(line)
    return end is not None and end[1].startswith(marks)


def _prose(text: str) -> Iterator[Leaf]:
    """Spans of code can extend over lines, but not over an empty one."""
    if "`" not in text and "\\" not in text:
        return iter((Prose(text),))
    return chain.from_iterable(map(_paragraph, BLANK_LINES.split(text)))


def _paragraph(text: str) -> Iterator[Leaf]:
    """A span of code ends at the next run of as many backticks; if there is none, they are plain backticks."""
    runs = _runs(text)
    masked: list[str] = []
    kept = at = 0
    while token := TOKEN.search(text, at):
        at = token.end()
        if token[0][0] == "`":
            end = _next(runs[len(token[0])], at)
            if end is None:
                continue
            yield Code(text[at:end])
            at = end + len(token[0])
        masked += (text[kept : token.start()], "\\" * (at - token.start()))
        kept = at
    yield Prose("".join((*masked, text[kept:])))


def _runs(text: str) -> defaultdict[int, list[int]]:
    """Where the runs of backticks of each length begin, the last one first."""
    runs: defaultdict[int, list[int]] = defaultdict(list)
    for run in reversed(list(RUN.finditer(text))):
        runs[len(run[0])].append(run.start())
    return runs


def _next(starts: list[int], at: int) -> int | None:
    """The first start from `at` on. Earlier ones are dropped: each is visited once, however many spans stay open."""
    while starts and starts[-1] < at:
        starts.pop()
    return starts[-1] if starts else None
