"""The language of a mail: the first of those that a browser asks for and that there are texts in."""

from functools import lru_cache
from typing import Final, cast, get_args

from coterie.settings.mail import MailLanguage

KNOWN: Final = frozenset(get_args(MailLanguage))
LONGEST: Final = 200
"""Characters of the header that are read."""


@lru_cache(1024)
def language_of(accepted: str) -> MailLanguage | None:
    """The language that an `Accept-Language` header (RFC 9110) prefers; None if it names none that is known."""
    wanted = [_weighed(each) for each in accepted[:LONGEST].split(",")]
    for _, language in sorted(wanted, key=lambda each: -each[0]):
        if language in KNOWN:
            return cast("MailLanguage", language)
    return None


def _weighed(text: str) -> tuple[float, str]:
    tag, _, parameter = text.partition(";")
    try:
        weight = float(parameter.partition("=")[2] or 1)
    except ValueError:
        weight = 0.0
    return weight, tag.strip().partition("-")[0].lower()
