"""The set-up code, which an instance's first registration needs, so that only the operator becomes its administrator.

A program on the machine may do without, as long as PUBLIC_URL does not say that there is a proxy, and the operator
has not chosen a code. `dev` needs none.

The code is derived from JWT_SECRET unless the operator sets one: every process and `coterie setup-code` agree on it,
nothing stores it, and as soon as there is an account it opens nothing.
"""

import base64
import hmac
from typing import Final

import msgspec

from coterie.settings.derived_keys import derived_key
from coterie.settings.record import Settings

PURPOSE: Final = "set-up code"
CODE_BYTES: Final = 10
"""80 bits, as 16 letters and digits that are easy to copy by hand."""

GROUP: Final = 4


def with_setup_code(settings: Settings) -> Settings:
    """The settings of `serve`: with a set-up code, except in development, where only this machine can connect."""
    if settings.setup_code or settings.is_development:
        return settings
    return msgspec.structs.replace(settings, setup_code=derived_code(settings.jwt_secret))


def is_open_here(settings: Settings) -> bool:
    """Whether a program on this machine may register first without the code: before there is a proxy with TLS."""
    return not settings.is_https and settings.setup_code == derived_code(settings.jwt_secret)


def derived_code(secret: str) -> str:
    """The code that follows from JWT_SECRET, in groups of four."""
    code = base64.b32encode(derived_key(secret, PURPOSE)[:CODE_BYTES]).decode()
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def is_setup_code(given: str, code: str) -> bool:
    """Whether this is the code, with or without dashes, spaces and capitals; compared in constant time."""
    return hmac.compare_digest(_plain(given), _plain(code))


def _plain(code: str) -> bytes:
    return "".join(code.split()).replace("-", "").upper().encode()
