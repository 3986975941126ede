"""Rate limits: a token bucket for each client address, account and kind of action, separately in each process.

The few that could be used for guessing hold over all processes (`coterie.http.shared_limits`). What an account may do
of one kind has a `Limit` in the package that it belongs to, in addition to the limit of all its requests. The bursts
are large, since clients send together what was waiting.

The generic cell rate algorithm: one number per bucket, the time at which it will be full again. Each table of buckets
is bounded; the least recently used one is dropped. docs/protocol/limits.md lists the rates.
"""

import asyncio
import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Final, Self
from uuid import UUID

from coterie import errors
from coterie.errors import CoterieError

TABLE_LIMIT: Final = 100_000
DEVELOPMENT_FACTOR: Final = 50


@dataclass(frozen=True, slots=True)
class Rate:
    """Requests a second in the long run, and `burst` at once after a rest."""

    a_second: float
    burst: int

    @property
    def pause(self) -> timedelta:
        """What one request takes from a bucket."""
        return timedelta(seconds=1 / self.a_second)

    @property
    def tolerance(self) -> timedelta:
        """What a full bucket holds."""
        return timedelta(seconds=self.burst / self.a_second)


@dataclass(frozen=True, eq=False)
class Limit:
    """How often something may be done, and what that is, as docs/protocol/limits.md says it.

    `is_shared` limits hold over all processes, since they could be used for guessing. Two limits are never equal.
    """

    name: str
    rate: Rate
    about: str
    per: str = "account"
    is_shared: bool = False

    def __deepcopy__(self, memo: object) -> Self:
        """Itself: the framework copies the options of routes."""
        return self


ADDRESS: Final = Limit("address", Rate(200, 2000), "all requests", per="client address")
"""A household, or a school behind one address."""

ACCOUNT: Final = Limit("account", Rate(30, 600), "all requests, over REST, `/sync` and the gateway")
"""An ordinary client makes about a hundred requests when it opens a channel."""

BOT: Final = Limit("bot", Rate(50, 600), "all requests, over REST, `/sync` and the gateway", per="bot")

LOGIN: Final = Limit(
    "login",
    Rate(0.5, 20),
    "logging in, registering, setting a password with a token, the page of an invite",
    per="client address",
    is_shared=True,
)
"""Requests that could guess a password, a token or an invite code."""

LOGIN_NETWORK: Final = Limit("login_network", Rate(2, 100), "the same", per="network of addresses", is_shared=True)
"""The network around an address: an IPv6 /48, which one customer may have, or an IPv4 /24."""

GUESSES: Final = Limit(
    "guesses", Rate(1 / 60, 10), "wrong passwords, from all addresses together", per="login name", is_shared=True
)
"""See `coterie.accounts.guesses`."""

MAILS: Final = Limit(
    "mails",
    Rate(1 / 600, 5),
    "links by mail, to verify the address or to set a password",
    per="email address",
    is_shared=True,
)
"""So that nobody can fill a stranger's mailbox."""

SOCKETS: Final = Limit("sockets", Rate(1, 60), "opening the gateway or `/realtime`")
SEARCH: Final = Limit("search", Rate(2, 30), "searches")
JUDGING: Final = Limit(
    "judging", Rate(20, 200), "milliseconds for which automod's rules judge what an account writes, as measured"
)
"""A server may have rules that take long for a text that was made for them; most texts take less than one."""

WRITES: Final = Limit("writes", Rate(2, 100), "other writes")
"""All writes that have no limit of their own."""


class Limiter:
    """Allows requests at a rate, for each key."""

    def __init__(self, rate: Rate, clock: Callable[[], float] = time.monotonic) -> None:
        self._interval: Final = 1 / rate.a_second
        self._tolerance: Final = rate.burst / rate.a_second
        self._clock: Final = clock
        self._full_at: Final[OrderedDict[str, float]] = OrderedDict()

    def check(self, key: str, cost: int = 1) -> None:
        """Count one request, or something that costs as much as several. At most all that is possible at once.

        Over the limit, raises RATE_LIMITED with the seconds to wait.
        """
        now = self._clock()
        full_at = max(self._full_at.get(key, now), now) + min(cost * self._interval, self._tolerance)
        if full_at - now > self._tolerance:
            raise CoterieError(errors.RATE_LIMITED, retry_after=full_at - now - self._tolerance)
        self._full_at[key] = full_at
        self._forget_oldest(key)

    def charge(self, key: str, cost: float) -> None:
        """Count what something has cost, as it turns out afterwards. Nothing is allowed until it has been paid."""
        now = self._clock()
        full_at = max(self._full_at.get(key, now), now) + cost * self._interval
        self._full_at[key] = min(full_at, now + 2 * self._tolerance)
        self._forget_oldest(key)

    def _forget_oldest(self, used: str) -> None:
        self._full_at.move_to_end(used)
        if len(self._full_at) > TABLE_LIMIT:
            self._full_at.popitem(last=False)

    def give_back(self, key: str) -> None:
        """Uncount one request."""
        if key in self._full_at:
            self._full_at[key] -= self._interval


class Limiters(dict[Limit, Limiter]):
    """The limiter of each limit, made when it is first needed."""

    def __init__(self, *, is_development: bool) -> None:
        self._is_development: Final = is_development

    def __missing__(self, limit: Limit) -> Limiter:
        made = self[limit] = Limiter(widened(limit.rate, is_development=self._is_development))
        return made


async def paced(count: Callable[[], None]) -> None:
    """Count something as soon as its bucket allows: for what may come late, but must not be refused."""
    while True:
        try:
            return count()
        except CoterieError as error:
            await asyncio.sleep(error.retry_after or 0)


class Limits:
    """The limits of this process; none applies while they are off."""

    def __init__(self, *, is_on: bool, is_development: bool = False) -> None:
        self._is_on: Final = is_on
        self._of: Final = Limiters(is_development=is_development)

    def address(self, host: str) -> None:
        """Count a request from a client's address."""
        if self._is_on:
            self._of[ADDRESS].check(site_of(host))

    def account(self, user_id: UUID, *, is_bot: bool = False, cost: int = 1) -> None:
        """Count a request of an account, or one that costs as much as several."""
        if self._is_on:
            self._of[BOT if is_bot else ACCOUNT].check(str(user_id), cost)

    def action(self, limit: Limit, user_id: UUID, cost: int = 1) -> None:
        """Count something that an account does."""
        if self._is_on:
            self._of[limit].check(str(user_id), cost)

    def charge(self, limit: Limit, user_id: UUID, cost: float) -> None:
        """Count what something has cost. Before it, `action` with a cost of 0 says whether the last has been paid."""
        if self._is_on:
            self._of[limit].charge(str(user_id), cost)


def widened(rate: Rate, *, is_development: bool) -> Rate:
    """The rate as it applies: much wider on a developer's machine."""
    factor = DEVELOPMENT_FACTOR if is_development else 1
    return Rate(rate.a_second * factor, rate.burst * factor)


@lru_cache(maxsize=20_000)
def site_of(host: str) -> str:
    """What is limited as one client: an IPv4 address, or an IPv6 one's /64 network (a household has at least one)."""
    return _network(host, 32, 64)


@lru_cache(maxsize=20_000)
def network_of(host: str) -> str:
    """The network around an address, which often has one owner: IPv4 /24, IPv6 /48."""
    return _network(host, 24, 48)


def _network(host: str, bits: int, bits6: int) -> str:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    length = bits if address.version == 4 else bits6
    if length == address.max_prefixlen:
        return str(address)
    rest = address.max_prefixlen - length
    return str(ipaddress.ip_network((int(address) >> rest << rest, length)))
