"""What somebody typed, taken apart: words, "phrases", and filters such as `from:alice` or `before:2026-01-31`.

Whatever looks like a filter and is none of ours is searched for as it stands.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Final

from coterie import errors
from coterie.errors import CoterieError

HAS: Final = ("audio", "file", "image", "link", "pin", "video")
"""What a message can be asked to have."""

_PIECE: Final = re.compile(
    r"""(?<!\S)(?P<filter>from|in|mentions|has|before|after):(?P<value>"[^"]*"?|\S*) | "(?P<phrase>[^"]*)" | [^\s"]+""",
    re.IGNORECASE | re.VERBOSE,
)
_DAY: Final = re.compile(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?", re.ASCII)


@dataclass(slots=True)
class Question:
    """Names as they were typed, without `@` and `#`; times begin a day, a month or a year in UTC."""

    words: list[str] = field(default_factory=list)
    phrases: list[str] = field(default_factory=list)
    authors: list[str] = field(default_factory=list)
    channels: list[str] = field(default_factory=list)
    mentions: list[str] = field(default_factory=list)
    has: list[str] = field(default_factory=list)
    before: datetime | None = None
    after: datetime | None = None

    @property
    def has_text(self) -> bool:
        return bool(self.words or self.phrases)


def parse(text: str) -> Question:
    """Take a question apart. Raises INVALID for a date that is none and for something that no message can have."""
    question = Question()
    for piece in _PIECE.finditer(text):
        if piece["filter"]:
            if value := piece["value"].strip('"').strip():
                _FILTERS[piece["filter"].lower()](question, value)
        elif piece["phrase"] is not None:
            question.phrases.append(piece["phrase"])
        else:
            question.words.append(piece[0])
    return question


def _has(question: Question, value: str) -> None:
    question.has.append(known_thing(value.lower(), "q"))


def known_thing(thing: str, field: str) -> str:
    """One of `HAS`, with or without a plural's s."""
    single = thing.removesuffix("s")
    if single not in HAS:
        raise _misfit(field, f"has: expected one of {', '.join(HAS)}")
    return single


def _before(question: Question, value: str) -> None:
    given = _time(value, "before")
    question.before = min(question.before or given, given)


def _after(question: Question, value: str) -> None:
    given = _time(value, "after")
    question.after = max(question.after or given, given)


def _time(value: str, name: str) -> datetime:
    try:
        if day := _DAY.fullmatch(value):
            year, month, number = (int(part or 1) for part in day.groups())
            return datetime.combine(date(year, month, number), datetime.min.time(), UTC)
        given = datetime.fromisoformat(value)
        return given if given.tzinfo else given.replace(tzinfo=UTC)
    except ValueError:
        raise _misfit("q", f"{name}: expected a date such as 2026-01-31") from None


def _misfit(field: str, sentence: str) -> CoterieError:
    return CoterieError(errors.INVALID, sentence, fields={field: sentence})


_FILTERS: Final[dict[str, Callable[[Question, str], None]]] = {
    "from": lambda question, value: question.authors.append(value.removeprefix("@")),
    "in": lambda question, value: question.channels.append(value.removeprefix("#")),
    "mentions": lambda question, value: question.mentions.append(value.removeprefix("@")),
    "has": _has,
    "before": _before,
    "after": _after,
}
