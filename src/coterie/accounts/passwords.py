"""Passwords: Argon2id in a few threads of their own, so that hashing never holds up the event loop.

An unknown account costs the same work as a known one, so that timing tells nothing. Parameters are those of
OWASP's password storage advice (19 MiB, 2 passes, 1 lane: about 36 ms). Accounts that were brought along from elsewhere
have bcrypt hashes until their first login; only those take longer.
"""

import asyncio
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

import bcrypt
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from coterie import errors
from coterie.errors import CoterieError

HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
THREADS: Final = 2
BCRYPT: Final = re.compile(r"\$2[aby]\$(0[4-9]|1[0-5])\$[./A-Za-z0-9]{53}")
"""Hashes that are still verified: of a cost up to 15, which takes seconds; more would let a few logins block all."""

BCRYPT_BYTES: Final = 72
"""So much of a password bcrypt counts; those who made the hashes cut off the rest, silently."""

WAITING_LIMIT: Final = 200
"""More than this many at once are turned away: at 36 ms each they would wait for seconds."""

Answer = TypeVar("Answer")


class Passwords:
    """Hashes and verifies, a bounded number at a time."""

    def __init__(self) -> None:
        self._threads: Final = ThreadPoolExecutor(THREADS, "passwords")
        self._waiting = 0
        self._nobody: Final = HASHER.hash("nobody has this password")

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def hash(self, password: str) -> str:
        return await self._run(lambda: HASHER.hash(password))

    async def verify(self, password: str, password_hash: str | None) -> bool:
        """Whether the password fits; None (no such account, or one without a password) never does."""
        fits = await self._run(lambda: _fits(password, password_hash or self._nobody))
        return fits and password_hash is not None

    async def _run(self, work: Callable[[], Answer]) -> Answer:
        if self._waiting >= WAITING_LIMIT:
            raise CoterieError(errors.RATE_LIMITED, "Many people are logging in right now.", retry_after=5)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1


def is_of_old(password_hash: str) -> bool:
    """Whether it is a hash from elsewhere, to be replaced once the password is known."""
    return password_hash.startswith("$2")


def _fits(password: str, password_hash: str) -> bool:
    if is_of_old(password_hash):
        return _fits_bcrypt(password.encode(), password_hash)
    try:
        return HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def _fits_bcrypt(password: bytes, password_hash: str) -> bool:
    if not BCRYPT.fullmatch(password_hash) or b"\0" in password:
        return False
    return bcrypt.checkpw(password[:BCRYPT_BYTES], password_hash.encode())
