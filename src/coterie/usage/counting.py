"""What a process knows about usage: the limits, and the requests that it has not stored yet.

Messages are counted by the statement that stores them (`messages/sending/insert.py`), so their count is exact.
Requests are counted in memory and stored together every few seconds: a killed process loses the last ones, and several
processes together may exceed the limit by a few. Storage is added up from the files and from what documents count
(`documents/edit_insertion.py`).
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg

from coterie import errors
from coterie.database.connection import Database
from coterie.database.recurring import Recurring
from coterie.database.trouble import TROUBLE
from coterie.errors import CoterieError
from coterie.settings.record import Settings
from coterie.usage import queries
from coterie.usage.models import METRICS, Length, Metric, Period, period_at

WRITE_SECONDS: Final = 3.0
"""How often requests are stored and the operator's limits are read."""

KEPT: Final = timedelta(days=400)
"""How long the counts of an ended period are kept: a year can be compared with the one before."""

UNLIMITED: Final[Mapping[Metric, int | None]] = dict.fromkeys(METRICS)

NAMES: Final[Mapping[Metric, str]] = {
    "messages_sent": "messages",
    "documents_created": "documents",
    "api_requests": "requests",
}


def defaults_of(settings: Settings) -> dict[Metric, int | None]:
    """What each account may use unless the operator sets another limit; None for any amount."""
    return {
        "messages_sent": settings.usage_messages or None,
        "documents_created": settings.usage_documents or None,
        "storage_bytes": settings.file_quota or None,
        "api_requests": settings.usage_requests or None,
    }


def exceeded(metric: Metric, limit: int, period: Period) -> CoterieError:
    """The error for an account that has reached its limit."""
    sentence = (
        f"You've reached your limit of {limit} {NAMES[metric]}. A new period starts on {period.end:%Y-%m-%d %H:%M} UTC."
    )
    return CoterieError(errors.USAGE_LIMIT_EXCEEDED, sentence, reset_at=period.end)


class Usage:
    """Counts and limits. Without `start` nothing is stored and only the default limits apply."""

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
        self._writing: Final = asyncio.Lock()
        self._recurring: Final = Recurring("usage", self._keep_up, WRITE_SECONDS, is_soon=False)

    async def start(self) -> None:
        await self.read_limits()
        self._recurring.start()

    async def stop(self) -> None:
        """Store what was counted."""
        await self._recurring.stop()
        with contextlib.suppress(*TROUBLE):
            await self._write()  # waits for a write that is under way

    async def read_limits(self) -> None:
        """Read the limits that the operator set for single accounts."""
        self._limits = await queries.limits(self._database)

    @property
    def period(self) -> Period:
        """The current period."""
        now = datetime.now(UTC)
        if not self._period.start <= now < self._period.end:
            self._period = period_at(now, self._length)
        return self._period

    def limit(self, user_id: UUID, metric: Metric) -> int | None:
        """How much an account may use in a period; None for any amount."""
        return self._limits.get((user_id, metric), self._defaults[metric])

    async def request(self, user_id: UUID) -> None:
        """Count one request; raises USAGE_LIMIT_EXCEEDED, without counting it, if it exceeds the limit."""
        of, limit = (self.period, user_id), self.limit(user_id, "api_requests")
        if limit is not None and await self._requests_of(of) >= limit:
            raise exceeded("api_requests", limit, of[0])
        self._requests[of] += 1

    async def used(self, user_id: UUID, period: Period) -> dict[str, int]:
        """What an account has used in a period, including requests that are not stored yet."""
        counts = await queries.counts(self._database, user_id, period)
        counts["api_requests"] = counts.get("api_requests", 0) + self._requests[period, user_id]
        return counts

    async def _requests_of(self, of: tuple[Period, UUID]) -> int:
        if of not in self._written:
            counts = await queries.counts(self._database, of[1], of[0])
            self._written.setdefault(of, counts.get("api_requests", 0))
        return self._written[of] + self._requests[of]

    async def _keep_up(self) -> None:
        await asyncio.shield(self._write())  # if cancelled halfway, what was stored would be counted again
        await self.read_limits()

    async def _write(self) -> None:
        """Store the requests of one period after the other; what fails is tried again later."""
        async with self._writing:
            with contextlib.suppress(asyncpg.ForeignKeyViolationError):  # an account was just deleted: next time
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
