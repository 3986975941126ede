"""Passwords: Argon2id in a few separate threads, so that hashing never blocks the event loop.

An unknown account costs the same work as a known one, so that timing reveals nothing. The parameters are those of
OWASP's password storage advice (19 MiB, 2 passes, 1 lane: about 36 ms). Imported accounts have bcrypt hashes until
their first login; only those take longer.

argon2-cffi binds the reference implementation; bcrypt (by the Python Cryptographic Authority) has no dependencies.
bcrypt hashes with a cost above 15 are not verified: each would block one of two threads for minutes. A first login
takes a quarter of a second longer than one for an unknown account; hiding that would slow down every failed login.
Argon2id around bcrypt was not chosen: it keeps bcrypt's weakness and two kinds of hash.
"""

import asyncio
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from typing import Final, TypeVar
from weakref import WeakValueDictionary

import bcrypt
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from coterie import errors
from coterie.errors import CoterieError

HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
THREADS: Final = 2
BCRYPT: Final = re.compile(r"\$2[aby]\$(0[4-9]|1[0-5])\$[./A-Za-z0-9]{53}")
"""Hashes that are still verified: a cost of up to 15 takes seconds; with more, a few logins would block all others."""

BCRYPT_BYTES: Final = 72
"""bcrypt uses only this much of a password; the servers that made the hashes silently cut off the rest."""

WAITING_LIMIT: Final = 200
"""More than this many at once are refused: at 36 ms each they would wait for seconds."""

RESERVED: Final = 50
"""Of these places, those that only a browser with a valid mark of its account gets."""

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Asker:
    """For whom a password is hashed; the defaults are for commands.

    `account` and `site` (an address) each get one hash at a time; `is_known` means a browser that has logged in before.
    """

    account: str = ""
    site: str = ""
    is_known: bool = False


OPERATOR: Final = Asker()


class Passwords:
    """Hashes and verifies, a bounded number at a time."""

    def __init__(self) -> None:
        self._threads: Final = ThreadPoolExecutor(THREADS, "passwords")
        self._waiting = 0
        self._turns: Final[WeakValueDictionary[tuple[str, str], asyncio.Lock]] = WeakValueDictionary()
        self._nobody: Final = HASHER.hash("nobody has this password")

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def hash(self, password: str, asker: Asker = OPERATOR) -> str:
        return await self._run(asker, lambda: HASHER.hash(password))

    async def verify(self, password: str, password_hash: str | None, asker: Asker = OPERATOR) -> bool:
        """Whether the password matches; None (no such account, or one without a password) never does."""
        fits = await self._run(asker, lambda: _fits(password, password_hash or self._nobody))
        return fits and password_hash is not None

    async def _run(self, asker: Asker, work: Callable[[], Answer]) -> Answer:
        if self._waiting >= WAITING_LIMIT - (0 if asker.is_known else RESERVED):
            raise CoterieError(
                errors.RATE_LIMITED, "Many people are logging in right now. Try again in a few seconds.", retry_after=5
            )
        self._waiting += 1
        try:
            async with self._turn("account", asker.account), self._turn("site", asker.site):
                return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1

    def _turn(self, kind: str, name: str) -> AbstractAsyncContextManager[None]:
        """The lock of this account or address, kept while it is in use."""
        return self._turns.setdefault((kind, name), asyncio.Lock()) if name else nullcontext()


def is_of_old(password_hash: str) -> bool:
    """Whether it is an imported hash, to be replaced at the next login."""
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
