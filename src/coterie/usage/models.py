"""What is counted, for how long, and how it goes over the wire."""

from datetime import UTC, datetime, timedelta
from typing import Final, Literal, NamedTuple, get_args

from msgspec import Struct

Metric = Literal["messages_sent", "documents_created", "storage_bytes", "api_requests"]
METRICS: Final[tuple[Metric, ...]] = get_args(Metric)

Length = Literal["month", "day"]


class Period(NamedTuple):
    """From `start` up to, but not including, `end`, in UTC."""

    start: datetime
    end: datetime


def period_at(moment: datetime, length: Length) -> Period:
    """The calendar month or day that contains a moment, in UTC."""
    today = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if length == "day":
        return Period(today, today + timedelta(days=1))
    first = today.replace(day=1)
    return Period(first, (first + timedelta(days=32)).replace(day=1))


class UsageLimits(Struct, frozen=True):
    """How much the account may use; null where there is no limit."""

    messages_sent: int | None
    documents_created: int | None
    storage_bytes: int | None
    api_requests: int | None


class UsageReport(Struct, frozen=True):
    """What the caller uses. `storage_used` is what they store now, in bytes; everything else is for the period.

    `total_users` is always 1, since the report is about one account. `limit_exceeded` says that a limit is reached.
    """

    messages_sent: int
    documents_created: int
    total_users: int
    storage_used: int
    limit_exceeded: bool
    api_requests: int
    limits: UsageLimits
    period_start: datetime
    period_end: datetime
