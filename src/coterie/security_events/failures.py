"""Counts failures and writes equal ones of a minute as one row and one log line, so that a flood stays small.

What a failure costs while it happens is one addition in memory. A process writes at most `ROWS_LIMIT` rows a minute for
failures that concern no account, and as many for others. Beyond that, each account has a row for each type, without the
address, so that nobody can hide what happens to one account behind failures of others. Only failures of more than
`ACCOUNTS_LIMIT` accounts in a minute are counted by their type alone. They are worth less than other events, so they
live shorter.
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
ACCOUNTS_LIMIT: Final = 1000
FAILURES: Final[tuple[SecurityEventType, ...]] = (
    "auth.login_failed",
    "auth.login_step_failed",
    "auth.password_refused",
    "auth.setup_code_refused",
    "auth.refresh_repeated",
    "auth.token_refused",
    "limit.met",
    "file.infected",
)
"""The types that are counted here."""

ROOMS: Final = {"strangers": ROWS_LIMIT, "whole": ROWS_LIMIT, "accounts": ACCOUNTS_LIMIT}
"""How many rows of each kind a minute has."""


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
        self._taken: Counter[str] = Counter()

    def add(self, failure: Failure) -> None:
        """Count a failure; it is written within a minute."""
        self.tally[failure.type] += 1
        self._add(failure, 1)

    async def flush(self, database: Database) -> None:
        """Write what was counted. If that fails, it stays counted."""
        waiting, self._waiting, self._taken = self._waiting, {}, Counter()
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
        row = next(each for each in _rows(failure) if each in self._waiting or self._has_room(each))
        if row not in self._waiting:
            self._taken[_room(row)] += 1
        self._waiting[row] = self._waiting.get(row, 0) + count

    def _has_room(self, row: Failure) -> bool:
        room = _room(row)
        return self._taken[room] < ROOMS.get(room, self._taken[room] + 1)


def _rows(failure: Failure) -> tuple[Failure, ...]:
    """The rows that can count a failure, the most exact first."""
    by_type = Failure(failure.type, None, "")
    return (failure, by_type) if failure.account_id is None else (failure, _of_account(failure), by_type)


def _of_account(failure: Failure) -> Failure:
    return Failure(failure.type, failure.account_id, "")


def _room(row: Failure) -> str:
    """Which limit a row counts towards."""
    if row.account_id is None:
        return "strangers" if row.address or row.details else "types"
    return "whole" if row.address or row.details else "accounts"


def _row(failure: Failure, count: int) -> SecurityRow:
    details, now = encoded(dict(failure.details)), datetime.now(UTC)
    return SecurityRow(new_id(), failure.type, failure.account_id, None, None, failure.address, count, details, now)
