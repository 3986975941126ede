"""What a process knows of usage: the limits, and the requests that it has not written down yet.

Messages are counted by the statement that stores them (`messages/insertion.py`), so their count is exact. Requests are
counted in memory and written together every few seconds: a killed process loses the last ones, and several processes
may together let a few more pass than the limit. What is stored is what the files are, and is not counted at all.
"""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg

from coterie import errors
from coterie.database.connection import Database
from coterie.database.trouble import TROUBLE
from coterie.errors import CoterieError
from coterie.recurring import Recurring
from coterie.settings import Settings
from coterie.usage import queries
from coterie.usage.models import METRICS, Length, Metric, Period, period_at

WRITE_SECONDS: Final = 3.0
"""So often requests are written down and the operator's limits are read."""

KEPT: Final = timedelta(days=400)
"""So long the counts of a period that has ended are kept: a year can be compared with the one before."""

FORGET_SECONDS: Final = 3600.0

UNLIMITED: Final[Mapping[Metric, int | None]] = dict.fromkeys(METRICS)

SAYINGS: Final[Mapping[Metric, str]] = {
    "messages_sent": "You have sent as many messages as you may",
    "documents_created": "You have created as many documents as you may",
    "api_requests": "You have made as many requests as you may",
}


def defaults_of(settings: Settings) -> dict[Metric, int | None]:
    """What each account may use unless the operator says otherwise; None for any amount."""
    return {
        "messages_sent": settings.usage_messages or None,
        "documents_created": settings.usage_documents or None,
        "storage_bytes": settings.file_quota or None,
        "api_requests": settings.usage_requests or None,
    }


def exceeded(metric: Metric, limit: int, period: Period) -> CoterieError:
    """What somebody is answered who has used all that they may."""
    sentence = f"{SAYINGS[metric]} in one period: {limit}. Counting begins anew on {period.end:%Y-%m-%d %H:%M} UTC."
    return CoterieError(errors.USAGE_LIMIT_EXCEEDED, sentence, reset_at=period.end)


class Usage:
    """Counts and limits. Without `start` nothing is written and only the defaults limit anybody."""

    def __init__(
        self, database: Database, defaults: Mapping[Metric, int | None] = UNLIMITED, length: Length = "month"
    ) -> None:
        self._database: Final = database
        self._defaults: Final = defaults
        self._length: Final[Length] = length
        self._limits: queries.Limits = {}
        self._requests: Counter[tuple[Period, UUID]] = Counter()
        self._written: dict[tuple[Period, UUID], int] = {}
        self._period: Period = period_at(datetime.now(UTC), length)
        self._forgotten_at = 0.0
        self._writing: Final = asyncio.Lock()
        self._recurring: Final = Recurring("usage", self._keep_up, WRITE_SECONDS, is_soon=False)

    async def start(self) -> None:
        await self.read_limits()
        self._recurring.start()

    async def stop(self) -> None:
        """Write down what was counted."""
        await self._recurring.stop()
        with contextlib.suppress(*TROUBLE):
            await self._write()  # waits for the one that is under way

    async def read_limits(self) -> None:
        """See what the operator allows single accounts."""
        self._limits = await queries.limits(self._database)

    @property
    def period(self) -> Period:
        """The one that runs now."""
        now = datetime.now(UTC)
        if not self._period.start <= now < self._period.end:
            self._period = period_at(now, self._length)
        return self._period

    def limit(self, user_id: UUID, metric: Metric) -> int | None:
        """How much an account may use in a period; None for any amount."""
        return self._limits.get((user_id, metric), self._defaults[metric])

    async def request(self, user_id: UUID) -> None:
        """Count one request; raises USAGE_LIMIT_EXCEEDED, and counts it not, if it is one too many."""
        of, limit = (self.period, user_id), self.limit(user_id, "api_requests")
        if limit is not None and await self._requests_of(of) >= limit:
            raise exceeded("api_requests", limit, of[0])
        self._requests[of] += 1

    async def used(self, user_id: UUID, period: Period) -> dict[str, int]:
        """What an account has used in a period, with the requests that are not written down yet."""
        counts = await queries.counts(self._database, user_id, period)
        counts["api_requests"] = counts.get("api_requests", 0) + self._requests[period, user_id]
        return counts

    async def _requests_of(self, of: tuple[Period, UUID]) -> int:
        if of not in self._written:
            counts = await queries.counts(self._database, of[1], of[0])
            self._written.setdefault(of, counts.get("api_requests", 0))
        return self._written[of] + self._requests[of]

    async def _keep_up(self) -> None:
        await asyncio.shield(self._write())  # cut off in between, what is written would be counted once more
        await self.read_limits()
        await self._forget()

    async def _write(self) -> None:
        """Write down the requests of a period after another; what fails is tried again later."""
        async with self._writing:
            with contextlib.suppress(asyncpg.ForeignKeyViolationError):  # an account was removed just then: next time
                await self._write_all()

    async def _write_all(self) -> None:
        self._written = {}
        for period in {period for period, _ in self._requests}:
            used = {user: count for (of, user), count in self._requests.items() if of == period}
            written = await queries.add(self._database, "api_requests", period, used)
            for user, count in used.items():
                self._requests[period, user] -= count
                if not self._requests[period, user]:
                    del self._requests[period, user]
            self._written.update(((period, user), count) for user, count in written.items())

    async def _forget(self) -> None:
        if time.monotonic() - self._forgotten_at > FORGET_SECONDS:
            self._forgotten_at = time.monotonic()
            await queries.forget(self._database, datetime.now(UTC) - KEPT)
