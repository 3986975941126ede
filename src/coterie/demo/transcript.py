"""Reads conversation.txt: who wrote what, where and when."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib import resources
from random import Random
from typing import Final

_REACTIONS: Final = re.compile(r"\s*\[(?P<emoji>[^\s\]a-z]+) (?P<people>[a-z ]+)\]$")
_SECONDS_A_CHARACTER: Final = 0.25


@dataclass(frozen=True)
class Line:
    """A message; `answers` is the number of the line that it replies to."""

    number: int
    channel: str
    said_at: datetime
    author: str
    text: str
    answers: int | None
    reactions: list[tuple[str, str]] = field(default_factory=list)


def lines(now: datetime) -> list[Line]:
    """The conversation as if it had taken place until just before `now`, oldest first."""
    text = resources.files("coterie.demo").joinpath("conversation.txt").read_text("utf-8")
    blocks = text.split("\n== ")[1:]
    numbered = (line for block in blocks for line in _block(block, now))
    return [_numbered(number, line) for number, line in enumerate(numbered)]


def _block(block: str, now: datetime) -> Iterator[Line]:
    head, *spoken = [line for line in block.splitlines() if line and not line.startswith("#")]
    channel, days, begin = head.split()
    moment, pace = _beginning(now, int(days), begin), Random(head)  # noqa: S311  (the same in each run)
    for text in spoken:
        line = _line(channel, moment, text)
        yield line
        moment += timedelta(seconds=8 + pace.expovariate(1 / 20) + len(text) * _SECONDS_A_CHARACTER)


def _beginning(now: datetime, days: int, begin: str) -> datetime:
    """A time of day, some days ago; for the newest day, some minutes ago, since the day may have just begun.

    The days are counted from a few hours ago, so that no message from yesterday is later than the newest one.
    """
    if days == 0:
        return now - timedelta(minutes=int(begin))
    hour, minute = map(int, begin.split(":"))
    return (now - timedelta(hours=4, days=days)).replace(hour=hour, minute=minute, second=0, microsecond=0)


def _line(channel: str, said_at: datetime, text: str) -> Line:
    reactions: list[tuple[str, str]] = []
    while match := _REACTIONS.search(text):
        reactions += [(match["emoji"], name) for name in match["people"].split()]
        text = text[: match.start()]
    found = re.match(r"(\w+)([:>]) ", text)
    assert found is not None, text
    answers = -1 if found[2] == ">" else None
    return Line(0, channel, said_at, found[1], text[found.end() :], answers, reactions)


def _numbered(number: int, line: Line) -> Line:
    answers = number - 1 if line.answers is not None else None
    return Line(number, line.channel, line.said_at, line.author, line.text, answers, line.reactions)
