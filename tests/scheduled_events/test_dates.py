"""Dates of events that repeat: at the same time of day, also when clocks are changed."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as any_of

from coterie.messages.dates import local, next_start
from coterie.messages.models import EventRepeat

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kathmandu", "UTC")
REPEATS: tuple[EventRepeat, ...] = ("daily", "weekly", "biweekly", "monthly")
MOMENTS = any_of.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1))


def dates(first: datetime, zone: str, repeat: EventRepeat, number: int) -> list[datetime]:
    """The first dates after the first."""
    found = [first.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)]
    while len(found) <= number:
        found.append(next_start(first, zone, repeat, found[-1]))
    return found


def test_the_clock_shows_the_same_on_both_sides_of_a_change() -> None:
    """Berlin changes on the last Sundays of March and October."""
    for first, offsets in ((datetime(2026, 3, 21, 19), (1, 1, 2)), (datetime(2026, 10, 17, 19), (2, 2, 1))):
        found = dates(first, "Europe/Berlin", "weekly", 2)
        days = [first.replace(tzinfo=UTC) + timedelta(days=7 * n) for n in range(3)]
        shifts = [day - start for day, start in zip(days, found, strict=True)]
        assert shifts == [timedelta(hours=hours) for hours in offsets]


def test_a_time_that_is_skipped_comes_later_and_one_that_is_shown_twice_is_the_first() -> None:
    skipped = dates(datetime(2026, 3, 28, 2, 30), "Europe/Berlin", "daily", 2)
    assert [str(local(each, "Europe/Berlin")) for each in skipped] == [
        "2026-03-28 02:30:00",
        "2026-03-29 03:30:00",
        "2026-03-30 02:30:00",
    ]
    twice = dates(datetime(2026, 10, 24, 2, 30), "Europe/Berlin", "daily", 2)
    assert [each.astimezone(ZoneInfo("Europe/Berlin")).utcoffset() for each in twice] == [
        timedelta(hours=2),
        timedelta(hours=2),
        timedelta(hours=1),
    ]


def test_a_month_without_the_day_has_it_on_its_last() -> None:
    found = dates(datetime(2027, 12, 31, 12), "Europe/Berlin", "monthly", 4)
    assert [(each.month, each.day) for each in found] == [(12, 31), (1, 31), (2, 29), (3, 31), (4, 30)]


@pytest.mark.parametrize("repeat", REPEATS)
@given(first=MOMENTS, moment=MOMENTS, zone=any_of.sampled_from(ZONES))
def test_the_next_date_is_the_first_one_after_a_moment(
    repeat: EventRepeat, first: datetime, moment: datetime, zone: str
) -> None:
    first = first.replace(second=0, microsecond=0)
    after = moment.replace(tzinfo=UTC)
    start = next_start(first, zone, repeat, after)
    assert start > after
    shown = local(start, zone)
    if shown.time() != first.time():  # only where the clock skips that time
        gap = first.replace(year=shown.year, month=shown.month, day=shown.day)
        assert local(gap.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC), zone) != gap
    steps = {"daily": 1, "weekly": 7, "biweekly": 14}
    if repeat == "monthly":
        assert shown.day == first.day or (shown + timedelta(days=1)).month != shown.month
    else:
        assert (shown.date() - first.date()).days % steps[repeat] == 0
    longest = timedelta(days=steps.get(repeat, 31), hours=2)
    begun = first.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    assert start - max(after, begun - timedelta(microseconds=1)) <= longest
