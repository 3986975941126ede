"""Parses what a user typed: words, "phrases", and filters such as `from:alice` or `before:2026-01-31`.

Text that looks like a filter but is not one of ours is searched for literally.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Final

from coterie import errors
from coterie.errors import CoterieError
from coterie.http.moments import in_utc

HAS: Final = ("audio", "file", "image", "link", "pin", "video")
"""The values of the filter `has`."""

_PIECE: Final = re.compile(
    r"""(?<!\S)(?P<filter>from|in|mentions|has|before|after):(?P<value>"[^"]*"?|\S*) | "(?P<phrase>[^"]*)" | [^\s"]+""",
    re.IGNORECASE | re.VERBOSE,
)
_DAY: Final = re.compile(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?", re.ASCII)


@dataclass(slots=True)
class ParsedQuery:
    """Names as they were typed, without `@` and `#`; times are the start of a day, a month or a year in UTC."""

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


def parse(text: str) -> ParsedQuery:
    """Parse a search text. Raises INVALID for an invalid date and for an unknown value of `has`."""
    query = ParsedQuery()
    for piece in _PIECE.finditer(text):
        if piece["filter"]:
            if value := piece["value"].strip('"').strip():
                _FILTERS[piece["filter"].lower()](query, value)
        elif piece["phrase"] is not None:
            query.phrases.append(piece["phrase"])
        else:
            query.words.append(piece[0])
    return query


def _has(query: ParsedQuery, value: str) -> None:
    query.has.append(known_thing(value.lower(), "q"))


def known_thing(thing: str, field: str) -> str:
    """One of `HAS`, with or without a plural s."""
    single = thing.removesuffix("s")
    if single not in HAS:
        raise _misfit(field, f"has: expected one of {', '.join(HAS)}")
    return single


def _before(query: ParsedQuery, value: str) -> None:
    given = _time(value, "before")
    query.before = min(query.before or given, given)


def _after(query: ParsedQuery, value: str) -> None:
    given = _time(value, "after")
    query.after = max(query.after or given, given)


def _time(value: str, name: str) -> datetime:
    try:
        if day := _DAY.fullmatch(value):
            year, month, number = (int(part or 1) for part in day.groups())
            return datetime.combine(date(year, month, number), datetime.min.time(), UTC)
        return in_utc(datetime.fromisoformat(value))
    except ValueError:
        raise _misfit("q", f"{name}: expected a date such as 2026-01-31") from None


def _misfit(field: str, sentence: str) -> CoterieError:
    return CoterieError(errors.INVALID, sentence, fields={field: sentence})


_FILTERS: Final[dict[str, Callable[[ParsedQuery, str], None]]] = {
    "from": lambda query, value: query.authors.append(value.removeprefix("@")),
    "in": lambda query, value: query.channels.append(value.removeprefix("#")),
    "mentions": lambda query, value: query.mentions.append(value.removeprefix("@")),
    "has": _has,
    "before": _before,
    "after": _after,
}
