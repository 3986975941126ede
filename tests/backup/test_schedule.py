"""Backups that the server makes by itself: when, by whom, and which are kept."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
import structlog

from coterie.backup.making import NAME
from coterie.backup.progress import Quiet
from coterie.backup.schedule import LOOK_SECONDS, RETRY_SECONDS, Schedule, backups_to_keep, is_due, made_at
from coterie.backup.verifying import verify_backup
from coterie.settings.record import Settings
from tests.backup.conftest import Place, broken
from tests.patience import PATIENCE
from tests.serving import serving

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("time", "last", "expected"),
    [
        ("03:00", None, True),
        ("03:00", "2026-03-04 03:00", False),
        ("03:00", "2026-03-04 02:59", True),
        ("03:00", "2026-03-03 23:00", True),
        ("23:30", "2026-03-03 23:31", False),
        ("23:30", "2026-03-03 23:29", True),
        ("12:00", "2026-03-04 11:59", True),
    ],
)
def test_a_backup_is_due_once_a_day_and_late_rather_than_never(time: str, last: str | None, expected: bool) -> None:
    made = [datetime.fromisoformat(last).replace(tzinfo=UTC)] if last else []
    assert is_due(NOW, time, made) is expected


def test_the_newest_days_and_weeks_are_kept() -> None:
    made = [NOW - timedelta(days=days, hours=hours) for days in range(60) for hours in (0, 3)]
    kept = backups_to_keep(made, days=3, weeks=2)
    assert sorted(kept, reverse=True) == [
        *(NOW - timedelta(days=days) for days in range(3)),
        datetime(2026, 3, 1, 12, 0, tzinfo=UTC),  # the Sunday before; this week's last is the newest day's
    ]
    assert backups_to_keep(made[-2:], days=3, weeks=2) == {made[-2]}, "old ones are kept while there are no newer ones"
    assert backups_to_keep([], days=3, weeks=2) == set()


@pytest.fixture
def scheduled(filled: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("COTERIE_ALLOW_UNSAFE_DATABASE", "on")
    return msgspec.structs.replace(filled.settings, backup_directory=str(tmp_path / "backups"), backup_keep_days=2)


async def test_one_of_many_processes_makes_it_and_removes_the_old(scheduled: Settings) -> None:
    directory = Path(scheduled.backup_directory)
    old = make_old(directory)
    with structlog.testing.capture_logs() as lines:
        await asyncio.gather(*(Schedule(scheduled).work() for _ in range(3)))
    made = [line for line in lines if line["event"] == "backup.made"]
    assert len(made) == 1, lines
    backup = Path(made[0]["file"])
    assert broken(await verify_backup(backup, Quiet(), is_quick=True)) == []
    assert not old[2].exists()
    assert {*made_at(directory)} == {backup, *old[:2]}
    assert old[3].exists(), "whatever has another name"
    assert await Schedule(scheduled).work() == LOOK_SECONDS
    assert len(made_at(directory)) == 3


def make_old(directory: Path) -> list[Path]:
    """A day, three weeks and a year old: the second is the last of its week. And one that is not ours."""
    directory.mkdir()
    now = datetime.now(UTC)
    thursday = (now - timedelta(weeks=3, days=now.weekday() - 3)).replace(hour=12)
    names = [made.strftime(NAME) for made in (now - timedelta(days=1), thursday, thursday - timedelta(hours=1))]
    paths = [directory / name for name in (*names, "coterie-before-the-move.tar")]
    for path in paths:
        path.write_bytes(b"old")
    return paths


async def test_a_failure_is_logged_and_tried_again(scheduled: Settings) -> None:
    broken_one = msgspec.structs.replace(
        scheduled, database_url="postgresql://127.0.0.1:1/nothing", startup_timeout=0.5
    )
    with structlog.testing.capture_logs() as lines:
        assert await Schedule(broken_one).work() == RETRY_SECONDS
    [line] = [line for line in lines if line["event"] == "backup.failed"]
    assert "no answer from 127.0.0.1:1" in line["reason"]
    assert not made_at(Path(scheduled.backup_directory))


async def test_the_server_makes_it(scheduled: Settings) -> None:
    directory = Path(scheduled.backup_directory)
    async with serving(scheduled), asyncio.timeout(PATIENCE):
        while not made_at(directory):  # noqa: ASYNC110  (it happens in a directory)
            await asyncio.sleep(0.05)
