"""Checks a secret: long enough, varied enough, and not copied from published documentation."""

import re
from typing import Final

SHORTEST: Final = 32
_FEWEST_DIFFERENT: Final = 8
# Without these words, little is left of a published example or an invented phrase.
_WORDS: Final = re.compile(
    "change|replace|your|this|that|with|super|secret|password|passwd|token|example|sample|default|please|"
    "production|development|coterie|together|xfchat|minimum|least|characters|chars|long|random|string|"
    "something|insert|here|must|should|keep|safe|test|jwt|key|value|admin|qwerty|abcdefgh|01234567|12345678|"
    r"[\W_]+"
)


def weakness(secret: str) -> str:
    """Why a secret must not be used, as the end of a sentence; empty if it is acceptable."""
    if len(secret) < SHORTEST:
        return f"has {len(secret)} characters, but needs at least {SHORTEST}"
    if len(set(secret)) < _FEWEST_DIFFERENT or secret in (secret + secret)[1:-1]:
        return "repeats itself and could be guessed"
    if len(_WORDS.sub("", secret.lower())) < SHORTEST // 2:
        return "is a phrase or a published example and could be guessed"
    return ""
