"""Rate limits: a token bucket for each client address, account and kind of action, kept by each process for itself.

The generic cell rate algorithm: one number for a bucket, the time at which it will be full again. Each table of
buckets is bounded; the one that was used longest ago makes room. docs/protocol/limits.md lists the rates.
"""

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from uuid import UUID

from coterie import errors
from coterie.errors import CoterieError

TABLE_LIMIT: Final = 100_000
DEVELOPMENT_FACTOR: Final = 50


@dataclass(frozen=True, slots=True)
class Rate:
    """So many a second in the long run, and `burst` at once after a rest."""

    a_second: float
    burst: int


ADDRESS: Final = Rate(200, 2000)
"""All requests from one address: a household, or a school behind one."""

ACCOUNT: Final = Rate(30, 600)
"""All requests of one account. A stock client asks about a hundred times when it opens a channel."""

LOGIN: Final = Rate(0.5, 20)
"""Requests from one address that could guess a password, a token or an invite code."""

GUESSES: Final = Rate(1 / 60, 10)
"""Wrong passwords for one account, see `coterie.accounts.guesses`."""

ACTIONS: Final = {
    "messages": Rate(5, 120),
    "edits": Rate(20, 1200),
    "cursors": Rate(10, 300),
    "documents": Rate(1, 60),
    "uploads": Rate(1, 60),
    "search": Rate(2, 30),
    "invites": Rate(0.5, 30),
    "conversations": Rate(0.5, 60),
    "friends": Rate(0.1, 30),
    "previews": Rate(1, 100),
    "sockets": Rate(1, 60),
    "voice": Rate(2, 60),
    "signals": Rate(100, 2000),
}
"""What one account may do of one kind, besides the limit of all its requests. A queue that was written offline is
sent at once, a screenful of links is looked at in one go, and who joins a call of fifty sends each an offer and a dozen
candidates, so the bursts are large."""


class Limiter:
    """Allows requests at a rate, for each key."""

    def __init__(self, rate: Rate, clock: Callable[[], float] = time.monotonic) -> None:
        self._interval: Final = 1 / rate.a_second
        self._tolerance: Final = rate.burst / rate.a_second
        self._clock: Final = clock
        self._full_at: Final[OrderedDict[str, float]] = OrderedDict()

    def check(self, key: str) -> None:
        """Count one request; raises RATE_LIMITED with the seconds to wait if it is one too many."""
        now = self._clock()
        full_at = max(self._full_at.get(key, now), now) + self._interval
        if full_at - now > self._tolerance:
            raise CoterieError(errors.RATE_LIMITED, retry_after=full_at - now - self._tolerance)
        self._full_at[key] = full_at
        self._full_at.move_to_end(key)
        if len(self._full_at) > TABLE_LIMIT:
            self._full_at.popitem(last=False)

    def give_back(self, key: str) -> None:
        """Uncount one request."""
        if key in self._full_at:
            self._full_at[key] -= self._interval


class Limits:
    """The limits of this process; none of them counts while they are off."""

    def __init__(self, *, is_on: bool, is_development: bool = False) -> None:
        factor = DEVELOPMENT_FACTOR if is_development else 1
        self._is_on: Final = is_on
        self._address: Final = _limiter(ADDRESS, factor)
        self._account: Final = _limiter(ACCOUNT, factor)
        self._login: Final = _limiter(LOGIN, factor)
        self._guesses: Final = _limiter(GUESSES, factor)
        self._actions: Final = {name: _limiter(rate, factor) for name, rate in ACTIONS.items()}

    def address(self, host: str) -> None:
        """Count a request from a client's address."""
        if self._is_on:
            self._address.check(site_of(host))

    def login(self, host: str) -> None:
        """Count a request that could be a guess."""
        if self._is_on:
            self._login.check(site_of(host))

    def account(self, user_id: UUID) -> None:
        """Count a request of an account."""
        if self._is_on:
            self._account.check(str(user_id))

    def action(self, name: str, user_id: UUID) -> None:
        """Count something that an account does, of one of the kinds in `ACTIONS`."""
        if self._is_on:
            self._actions[name].check(str(user_id))

    def guess(self, key: str) -> None:
        """Count a password that is about to be looked at as a wrong one."""
        if self._is_on:
            self._guesses.check(key)

    def forgive(self, key: str) -> None:
        """It was the right one."""
        if self._is_on:
            self._guesses.give_back(key)


def _limiter(rate: Rate, factor: int) -> Limiter:
    return Limiter(Rate(rate.a_second * factor, rate.burst * factor))


@lru_cache(maxsize=20_000)
def site_of(host: str) -> str:
    """What counts as one client: an IPv4 address, or an IPv6 one's /64 network, of which a house has at least one."""
    if ":" not in host:
        return host
    try:
        address = ipaddress.IPv6Address(host)
    except ValueError:
        return host
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(address) >> 64 << 64, 64)))
