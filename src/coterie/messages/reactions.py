"""What people can react with: an emoji as it is, or one of the server's own by its id."""

import re
from typing import Final
from uuid import UUID

from coterie import errors
from coterie.errors import CoterieError

REACTION_BYTES: Final = 64

UNPRINTABLE: Final = re.compile("[\\0-\\x1f\\x7f-\\x9f\\u2028-\\u202e\\u2066-\\u2069]")
"""Control characters, line ends, and characters that change the direction of a text."""

CUSTOM: Final = re.compile("c:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")


def check_emoji(emoji: str) -> None:
    """Raises INVALID for what cannot be a reaction."""
    if not 1 <= len(emoji.encode()) <= REACTION_BYTES or UNPRINTABLE.search(emoji):
        raise CoterieError(errors.INVALID, fields={"emoji": "must be 1 to 64 bytes without control characters"})


def is_custom(emoji: str) -> bool:
    """Whether it names an emoji of a server."""
    return emoji.startswith("c:")


def custom_id(emoji: str) -> UUID | None:
    """The id of the server's emoji that it names; None if it names none."""
    named = CUSTOM.fullmatch(emoji)
    return UUID(named[1]) if named else None
