"""Counts failures and writes equal ones of a minute as one row and one log line, so that a flood stays small.

What a failure costs while it happens is one addition in memory. A process writes at most `ROWS_LIMIT` rows a minute;
failures beyond that are counted by their type alone. They are worth less than other events, so they live shorter.
"""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

import structlog

from coterie.database.connection import Database
from coterie.identifiers import new_id
from coterie.log.append import encoded
from coterie.security_events import queries
from coterie.security_events.models import SecurityEventType
from coterie.security_events.queries import SecurityRow

log = structlog.get_logger("coterie.security")

FLUSH_SECONDS: Final = 60.0
FAILURES_KEPT: Final = timedelta(days=30)
ROWS_LIMIT: Final = 100
FAILURES: Final[tuple[SecurityEventType, ...]] = (
    "auth.login_failed",
    "auth.password_refused",
    "auth.setup_code_refused",
    "auth.token_refused",
    "limit.met",
    "file.infected",
)
"""The types that are counted here."""


class Failure(NamedTuple):
    """What makes failures equal."""

    type: SecurityEventType
    account_id: UUID | None
    address: str
    details: tuple[tuple[str, str], ...] = ()


class Failures:
    """The failures of one process. `tally` has how often events of each type happened since the start."""

    def __init__(self) -> None:
        self.tally: Final[Counter[str]] = Counter()
        self._waiting: dict[Failure, int] = {}

    def add(self, failure: Failure) -> None:
        """Count a failure; it is written within a minute."""
        self.tally[failure.type] += 1
        self._add(failure, 1)

    async def flush(self, database: Database) -> None:
        """Write what was counted. If that fails, it stays counted."""
        waiting, self._waiting = self._waiting, {}
        if not waiting:
            return
        try:
            await queries.insert(database, [_row(failure, count) for failure, count in waiting.items()])
        except BaseException:
            for failure, count in waiting.items():
                self._add(failure, count)
            raise
        for failure, count in waiting.items():
            account = str(failure.account_id) if failure.account_id else None
            details = dict(failure.details)
            log.warning(failure.type, account=account, address=failure.address, occurrences=count, **details)

    def _add(self, failure: Failure, count: int) -> None:
        if failure not in self._waiting and len(self._waiting) >= ROWS_LIMIT:
            failure = Failure(failure.type, None, "")
        self._waiting[failure] = self._waiting.get(failure, 0) + count


def _row(failure: Failure, count: int) -> SecurityRow:
    details, now = encoded(dict(failure.details)), datetime.now(UTC)
    return SecurityRow(new_id(), failure.type, failure.account_id, None, None, failure.address, count, details, now)
