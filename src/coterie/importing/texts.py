"""Adapts what differs elsewhere: names that break the rule here, and texts that are too long.

Pure functions: the same input gives the same output in every run.
"""

import re
import unicodedata
from typing import Final
from uuid import UUID

CONTENT_LENGTH: Final = 4000
USERNAME_LENGTH: Final = 32
FOREIGN: Final = re.compile(r"[^A-Za-z0-9_]+")
ADDRESS: Final = re.compile(r"https?://[^\s]+")
BREAKS: Final = ("\n\n", "\n", " ")


def split(content: str) -> list[str]:
    """A text as one message or several; joined again they are the same text, to the character.

    It is split at an empty line, a line end or a space in the last quarter of what fits, else where it is full.
    """
    parts = []
    while len(content) > CONTENT_LENGTH:
        end = _end(content)
        parts.append(content[:end])
        content = content[end:]
    return [*parts, content]


def _end(content: str) -> int:
    for gap in BREAKS:
        found = content.rfind(gap, CONTENT_LENGTH * 3 // 4, CONTENT_LENGTH)
        if found >= 0:
            return found + len(gap)
    return CONTENT_LENGTH


def username(given: str | None, email: str | None, old_id: UUID) -> str:
    """A valid name, as close to the given one as possible; without one, from the e-mail address."""
    wanted = (given or "").strip() or (email or "").partition("@")[0]
    plain = unicodedata.normalize("NFKD", wanted).encode("ascii", "ignore").decode()
    fitting = FOREIGN.sub("_", plain).strip("_" if plain != wanted else "")[:USERNAME_LENGTH]
    return fitting if len(fitting) >= 2 else f"user_{old_id.hex[:8]}"


def variant(name: str, number: int, old_id: UUID) -> str:
    """The name with a suffix, for the second and later attempts to find a free one."""
    suffix = f"_{number}" if number < 10 else f"_{old_id.hex[-12:]}_{number}"
    return name[: USERNAME_LENGTH - len(suffix)] + suffix


def cut(text: str | None, length: int) -> str | None:
    """A text cut to `length` characters; None if it is empty."""
    return text[:length] if text else None


def title(text: str | None, length: int) -> str | None:
    """A name of something: one line of at most `length` characters; None if nothing is left."""
    return " ".join((text or "").split())[:length].strip() or None


def is_address(url: str) -> bool:
    """Whether a picture can be fetched there: a URL on the web."""
    return len(url) <= 2000 and bool(ADDRESS.fullmatch(url))


def without_controls(text: str | None) -> str:
    """A text with spaces in place of control characters."""
    return "".join(" " if unicodedata.category(each) == "Cc" else each for each in text or "")
