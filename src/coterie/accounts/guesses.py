"""How fast passwords of one account can be guessed, from however many addresses, without shutting its owner out.

Wrong passwords empty a bucket of the account. A browser in which somebody once logged in to it keeps a signed mark of
that (a cookie that opens nothing), and has a bucket of its own: whoever guesses from outside empties only the
outsiders' one. An unknown name is counted like a known one, so the answer tells nothing.
"""

import base64
import hmac
import secrets
from typing import Final
from uuid import UUID

from coterie.limits import Limits

DEVICE_COOKIE: Final = "coterie_device"
"""Marks a browser as one where somebody logged in; sent to /api/auth only."""

DEVICE_SECONDS: Final = 365 * 24 * 3600
NONCE_LENGTH: Final = 16


class Guesses:
    """Counts wrong passwords."""

    def __init__(self, secret: str, limits: Limits) -> None:
        self._secret: Final = secret.encode()
        self._limits: Final = limits

    def begin(self, name: str, user_id: UUID | None, device: str) -> str:
        """Count an attempt to log in as wrong until it proves right; raises RATE_LIMITED. Answers its key.

        `name` as it was typed, `user_id` whose that is, if anybody's, and `device` what the browser's mark says.
        """
        key = str(user_id) if user_id else f"name:{name.strip().casefold()}"
        if user_id and self._is_mark(device, user_id):
            key += device
        self._limits.guess(key)
        return key

    def begin_own(self, session_id: UUID) -> str:
        """The same where somebody who is logged in repeats their password."""
        key = f"session:{session_id}"
        self._limits.guess(key)
        return key

    def was_right(self, key: str) -> None:
        self._limits.forgive(key)

    def mark(self, user_id: UUID) -> str:
        """A new mark for a browser where this account was logged in to."""
        nonce = secrets.token_urlsafe(NONCE_LENGTH)
        return f"{nonce}.{self._proof(nonce, user_id)}"

    def _is_mark(self, device: str, user_id: UUID) -> bool:
        nonce, _, proof = device.partition(".")
        return device.isascii() and hmac.compare_digest(proof, self._proof(nonce, user_id))

    def _proof(self, nonce: str, user_id: UUID) -> str:
        proof = hmac.digest(self._secret, f"device:{user_id}:{nonce}".encode(), "sha256")
        return base64.urlsafe_b64encode(proof).decode().rstrip("=")
