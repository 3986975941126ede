"""Challenges that a passkey signs: made without storing anything, good for one purpose, for five minutes, and once.

The purpose is a login, or a new passkey of one account, which has proved its password then. Only used challenges are
stored, for a day: strangers who only ask for some store nothing.
"""

import hmac
import os
from datetime import UTC, datetime, timedelta
from typing import Final

from coterie.settings.derived_keys import derived_key
from coterie.settings.record import Settings

LIFETIME: Final = timedelta(minutes=5)
PURPOSE: Final = "challenges of passkeys"
NONCE: Final = 16
MOMENT: Final = 8
"""Bytes of the moment at which it expires, in seconds."""

LOGIN: Final = b"login"


class Challenges:
    """Makes and checks challenges."""

    def __init__(self, settings: Settings) -> None:
        secrets = (settings.jwt_secret, settings.jwt_secret_previous)
        self._keys: Final = [derived_key(each, PURPOSE) for each in secrets if each]

    def make(self, purpose: bytes) -> bytes:
        expires = int((datetime.now(UTC) + LIFETIME).timestamp())
        content = os.urandom(NONCE) + expires.to_bytes(MOMENT, "big")
        return content + _mark(self._keys[0], content, purpose)

    def is_valid(self, challenge: bytes, purpose: bytes) -> bool:
        """Whether it is one of this instance for this purpose, and has not expired."""
        content, mark = challenge[: NONCE + MOMENT], challenge[NONCE + MOMENT :]
        if not any(hmac.compare_digest(_mark(key, content, purpose), mark) for key in self._keys):
            return False
        return int.from_bytes(content[NONCE:], "big") > datetime.now(UTC).timestamp()


def _mark(key: bytes, content: bytes, purpose: bytes) -> bytes:
    return hmac.digest(key, content + purpose, "sha256")
