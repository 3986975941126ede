"""Codes of authenticator apps: RFC 6238 with what every app knows, HMAC-SHA-1, 6 digits and 30 seconds.

It is a dozen lines over hmac, tested with the RFC's vectors. pyotp was not chosen: it says that a code is right, but
not of which period of time, and without that a code could be used twice.
"""

import base64
import hmac
import secrets
from typing import Final
from urllib.parse import quote, urlencode

DIGITS: Final = 6
PERIOD: Final = 30
"""Seconds."""

DRIFT: Final = 1
"""How many periods a clock may be ahead or behind."""

SECRET_BYTES: Final = 20
"""As many as SHA-1 has, which RFC 4226 recommends."""


def new_secret() -> str:
    """In base32, as apps take it."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()


def code(secret: str, period: int) -> str:
    """The code of a period, counted since 1970."""
    digest = hmac.digest(base64.b32decode(secret), period.to_bytes(8, "big"), "sha1")
    start = digest[-1] & 15
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def period_of(secret: str, given: str, now: float, used: int) -> int | None:
    """The period whose code this is, if it is around now and later than the last one that was used."""
    current = int(now) // PERIOD
    for period in range(max(current - DRIFT, used + 1), current + DRIFT + 1):
        if hmac.compare_digest(code(secret, period).encode(), given.encode()):
            return period
    return None


def address(secret: str, issuer: str, username: str) -> str:
    """What the QR code says: https://github.com/google/google-authenticator/wiki/Key-Uri-Format."""
    label = f"{quote(issuer, safe='')}:{quote(username, safe='')}"
    return f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': issuer}, quote_via=quote)}"
