"""When scheduled events begin, end, remind and repeat.

An event that repeats does so at the same time of day as clocks in its time zone show it, through every change to and
from daylight-saving time. A time that a clock skips is taken as much later as the clock goes forward, and one that it
shows twice is the first of the two. A month without the day has the event on its last day.
"""

import calendar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from coterie.messages.models import EventRepeat, ScheduledEvent

WITHOUT_END: Final = timedelta(hours=1)
"""How long an event without an end counts as going on, before its next date."""

NEVER: Final = datetime(9999, 1, 1, tzinfo=UTC)

DAYS: Final[dict[EventRepeat, int]] = {"daily": 1, "weekly": 7, "biweekly": 14}


@dataclass(frozen=True, slots=True)
class EventTiming:
    """When an event leaves the list, when people are told next, and when its next date begins to count."""

    over_at: datetime
    remind_at: datetime | None
    moves_on_at: datetime | None


def timing(event: ScheduledEvent, now: datetime) -> EventTiming:
    """What follows from an event's dates. Whom its reminder would reach too late is reminded when it begins."""
    over_at = event.ends_at or event.starts_at
    if event.is_cancelled:
        return EventTiming(over_at, now if over_at > now or event.repeat else None, None)
    moves_on_at = finish(event) if event.repeat else None
    return EventTiming(NEVER if event.repeat else over_at, _reminder(event, now), moves_on_at)


def finish(event: ScheduledEvent) -> datetime:
    """When the date of an event has passed."""
    return event.ends_at or event.starts_at + WITHOUT_END


def local(moment: datetime, zone: str) -> datetime:
    """What a clock in a time zone shows at a moment."""
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def next_start(first: datetime, zone: str, repeat: EventRepeat, after: datetime) -> datetime:
    """The first date after a moment, of those that begin with the local time `first`, in UTC."""
    passed = local(after, zone) - first
    number = max(0, (_months(first, local(after, zone)) if repeat == "monthly" else passed.days // DAYS[repeat]) - 1)
    while (start := _start(first, zone, repeat, number)) <= after:
        number += 1
    return start


def _start(first: datetime, zone: str, repeat: EventRepeat, number: int) -> datetime:
    """The date with this number, the first being 0."""
    if repeat == "monthly":
        years, month = divmod(first.month - 1 + number, 12)
        year, month = first.year + years, month + 1
        day = min(first.day, calendar.monthrange(year, month)[1])
        clock = first.replace(year=year, month=month, day=day)
    else:
        clock = first + timedelta(days=DAYS[repeat] * number)
    return clock.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def _months(first: datetime, moment: datetime) -> int:
    return (moment.year - first.year) * 12 + moment.month - first.month


def _reminder(event: ScheduledEvent, now: datetime) -> datetime | None:
    if event.reminder_minutes is None or event.starts_at <= now:
        return None
    at = event.starts_at - timedelta(minutes=event.reminder_minutes)
    return at if at > now else event.starts_at
