"""Rate limits: a token bucket for each account and each client address, kept by each process for itself.

The generic cell rate algorithm: one number for a bucket, the time at which it will be full again. The table of buckets
is bounded; the one that was used longest ago makes room.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from coterie import errors
from coterie.errors import CoterieError

TABLE_LIMIT: Final = 100_000


class Limiter:
    """Allows `rate` requests a second for each key, and `burst` at once after a rest."""

    def __init__(self, rate: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._interval: Final = 1 / rate
        self._tolerance: Final = burst / rate
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


class Limits:
    """The limits of this process. A stock client that opens a channel makes about a hundred requests at once."""

    def __init__(self, *, is_development: bool) -> None:
        factor = 50 if is_development else 1
        self.account: Final = Limiter(rate=20 * factor, burst=300 * factor)
        self.address: Final = Limiter(rate=100 * factor, burst=1000 * factor)
        self.login: Final = Limiter(rate=0.5 * factor, burst=10 * factor)
