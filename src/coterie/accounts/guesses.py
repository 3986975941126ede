"""Limits how fast an account's password can be guessed, from any number of addresses, without locking out its owner.

Wrong passwords empty a bucket of the account. A browser that has logged in to the account before keeps a signed mark (a
cookie that grants no access) and has its own bucket: guesses from elsewhere empty only the bucket for unknown browsers.
An unknown name is counted like a known one, so that the response does not reveal which names exist.
"""

import base64
import hmac
import secrets
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from coterie.http.shared_limits import SharedLimits
from coterie.settings.derived_keys import derived_key

DEVICE_COOKIE: Final = "coterie_device"
"""Marks a browser that has logged in before."""

DEVICE_SECONDS: Final = 365 * 24 * 3600
NONCE_LENGTH: Final = 16
PURPOSE: Final = "browser mark"


@dataclass(frozen=True, slots=True)
class Guess:
    """An attempt to log in: the key that it is counted under, and whether the browser has logged in there before."""

    key: str
    is_known: bool


class Guesses:
    """Counts wrong passwords, codes of a login and set-up codes, over all processes."""

    def __init__(self, secret: str, limits: SharedLimits, previous: str = "") -> None:
        """`previous` is the secret before, whose marks are still recognised."""
        self._key: Final = derived_key(secret, PURPOSE)
        self._keys: Final = (self._key, derived_key(previous, PURPOSE)) if previous else (self._key,)
        self._limits: Final = limits

    async def begin(self, name: str, user_id: UUID | None, device: str) -> Guess:
        """Count an attempt to log in as wrong until it proves right; raises RATE_LIMITED.

        `name` is what the user typed, `user_id` its account, if there is one, and `device` the browser's mark.
        """
        key = str(user_id) if user_id else f"name:{name.strip().casefold()}"
        is_known = user_id is not None and self.is_mark(device, user_id)
        guess = Guess(key + device if is_known else key, is_known)
        await self._limits.guess(guess.key)
        return guess

    async def begin_step(self, name: str, user_id: UUID, device: str) -> Guess:
        """Count an answer to a step of a login as wrong until it proves right; raises RATE_LIMITED.

        As with passwords, a browser that has logged in to the account before is counted by itself.
        """
        is_known = self.is_mark(device, user_id)
        guess = Guess(f"step {name}:{user_id}{device if is_known else ''}", is_known)
        await self._limits.guess(guess.key)
        return guess

    async def begin_setup(self, site: str) -> Guess:
        """Count a set-up code as wrong until it proves right; raises RATE_LIMITED.

        By the address that it comes from, so that strangers cannot keep the operator from registering.
        """
        guess = Guess(f"set-up code:{site}", is_known=False)
        await self._limits.guess(guess.key)
        return guess

    async def was_right(self, guess: Guess) -> None:
        await self._limits.forgive(guess.key)

    def mark(self, user_id: UUID) -> str:
        """A new mark for a browser that has logged in to this account."""
        nonce = secrets.token_urlsafe(NONCE_LENGTH)
        return f"{nonce}.{_proof(self._key, nonce, user_id)}"

    def is_mark(self, device: str, user_id: UUID) -> bool:
        """Whether this is the mark of a browser that has logged in to the account."""
        nonce, _, proof = device.partition(".")
        return device.isascii() and any(hmac.compare_digest(proof, _proof(key, nonce, user_id)) for key in self._keys)


def _proof(key: bytes, nonce: str, user_id: UUID) -> str:
    proof = hmac.digest(key, f"{user_id}:{nonce}".encode(), "sha256")
    return base64.urlsafe_b64encode(proof).decode().rstrip("=")
