"""Records what was done to accounts in the transaction that does it, counts what failed, and lists both."""

from datetime import UTC, datetime
from types import TracebackType
from typing import Final
from uuid import UUID

import structlog

from coterie import errors
from coterie.database.connection import Connection
from coterie.errors import CoterieError
from coterie.identifiers import new_id
from coterie.log.append import encoded
from coterie.security_events import queries
from coterie.security_events.failures import Failure
from coterie.security_events.models import SecurityEntry, SecurityEvent, SecurityEventType, SecurityFilter
from coterie.security_events.notices import notify
from coterie.security_events.origins import RequestOrigin, origin
from coterie.security_events.queries import SecurityRow

log = structlog.get_logger("coterie.security")

NOTABLE: Final[dict[errors.Entry, SecurityEventType]] = {
    errors.RATE_LIMITED: "limit.met",
    errors.SESSION_ENDED: "auth.token_refused",
}


async def record(connection: Connection, *events: SecurityEvent) -> None:
    """Write events inside the caller's transaction, and to the server log. Owners are told of some by mail."""
    here, now = origin.get(), datetime.now(UTC)
    await queries.insert(connection, [_row(event, here, now) for event in events])
    if here.outbox is not None:
        await notify(connection, here.outbox, here, events, now)
    for event in events:
        if here.failures is not None:
            here.failures.tally[event.type] += 1
        _log(event, here)


def count(type: SecurityEventType, account_id: UUID | None = None, **details: str) -> None:
    """Count a failure of the request that is being handled; outside one, nothing is counted."""
    here = origin.get()
    if here.failures is not None:
        here.failures.add(Failure(type, account_id, here.address, tuple(details.items())))


class Counting:
    """Counts a refused token and a limit that was met when such an error leaves its block."""

    __slots__ = ("_notable",)

    def __init__(self, *, is_token_given: bool = False) -> None:
        self._notable: Final = (
            {**NOTABLE, errors.UNAUTHENTICATED: "auth.token_refused"} if is_token_given else dict(NOTABLE)
        )

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, CoterieError) and error.entry in self._notable:
            count(self._notable[error.entry])


COUNTING: Final = Counting()
COUNTING_TOKENS: Final = Counting(is_token_given=True)


async def page(connection: Connection, wanted: SecurityFilter, limit: int) -> list[SecurityEntry]:
    """The newest matching events, newest first."""
    return await queries.page(connection, wanted, limit)


async def page_of(connection: Connection, account_id: UUID, before: UUID | None, limit: int) -> list[SecurityEntry]:
    """An account's newest events, as its owner sees them."""
    return await queries.page_of(connection, account_id, before, limit)


def _row(event: SecurityEvent, here: RequestOrigin, now: datetime) -> SecurityRow:
    return SecurityRow(
        new_id(),
        event.type,
        event.account_id,
        event.actor_id,
        event.session_id,
        here.address,
        1,
        encoded(event.details),
        now,
    )


def _log(event: SecurityEvent, here: RequestOrigin) -> None:
    ids = {"account": event.account_id, "actor": event.actor_id, "session": event.session_id}
    known = {name: str(id) for name, id in ids.items() if id is not None}
    level = log.warning if event.type == "auth.refresh_reused" else log.info
    level(event.type, **known, address=here.address, **event.details)
