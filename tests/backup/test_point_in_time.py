"""Restoring any moment from PostgreSQL's own archive, as docs/operating/point-in-time.md describes it."""

import asyncio
import os
import re
import subprocess
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import aiohttp
import pytest

from coterie.backup import programs
from coterie.database.embedded import Cluster
from coterie.startup.preparation import prepare_database
from tests.backup.conftest import Place
from tests.conftest import QUICK, open_directory
from tests.patience import PATIENCE

PAGE = Path(__file__).parents[2] / "docs/operating/point-in-time.md"


@pytest.fixture
def place_for_clusters() -> Iterator[Path]:
    with open_directory() as directory:
        yield directory


def shown(name: str, archive: Path, **values: str) -> dict[str, str]:
    """PostgreSQL's settings as the page shows them, with this machine's own places."""
    [block] = re.findall(rf"```ini\n *# {name}\n(.*?)```", PAGE.read_text(), re.DOTALL)
    text = block.replace("/var/lib/postgresql/archive", str(archive))
    found = dict(re.findall(r"^ *(\w+) = '(.*)'$", text, re.MULTILINE))
    assert values.keys() <= found.keys()
    return {**found, **values}


async def archived(place: Place) -> None:
    """Wait until everything written is in the archive."""
    [name] = await place.rows("SELECT pg_walfile_name(pg_switch_wal())")
    await until(place, f"SELECT last_archived_wal >= '{name}' FROM pg_stat_archiver")


async def until(place: Place, question: str) -> None:
    """Wait until the statement returns true."""
    async with asyncio.timeout(PATIENCE):
        while (await place.rows(question)) != [True]:  # noqa: ASYNC110  (it happens in PostgreSQL)
            await asyncio.sleep(0.05)


def base_backup(place: Place, target: Path) -> None:
    """The page's own command."""
    [command] = re.findall(r"^pg_basebackup .*", PAGE.read_text(), re.MULTILINE)
    command = re.sub(r"--pgdata=\S+ \+%F\)|--pgdata=\S+", f"--pgdata={target}", command)
    own = {
        "PATH": f"{programs.fitting(18).binaries}:{os.environ['PATH']}",
        "PGHOST": place.url.partition("host=")[2],
        "PGUSER": "coterie",
    }
    subprocess.run(["sh", "-c", command], check=True, capture_output=True, env={**os.environ, **own})


async def test_a_mistake_is_undone_by_going_back_before_it(
    place_for_clusters: Path, tmp_path: Path, http: aiohttp.ClientSession
) -> None:
    archive, restored = place_for_clusters / "archive", place_for_clusters / "restored"
    archive.mkdir()
    restored.mkdir(mode=0o711)
    archiving = shown("archiving", archive)
    with Cluster.start(place_for_clusters / "first", settings={**QUICK, **archiving}) as cluster:
        place = Place(cluster.url, tmp_path / "files", http)
        await prepare_database(place.settings)
        async with place.served() as server:
            await place.fill(server)
            await asyncio.to_thread(base_backup, place, restored / "postgres")
            await place.person.send(place.channel, "before the mistake")  # type: ignore[union-attr]
            [moment] = await place.rows("SELECT clock_timestamp()")
            await place.person.send(place.channel, "the mistake")  # type: ignore[union-attr]
            known = (await place.person.socket()).ready["positions"]  # type: ignore[union-attr]
        await archived(place)
    prepare(restored / "postgres", shown("restoring", archive, recovery_target_time=str(moment)))
    with Cluster.start(restored, settings=QUICK) as cluster:
        place.url = cluster.url
        await until(place, "SELECT NOT pg_is_in_recovery()")
        await check_restored(place, moment, known)


def prepare(directory: Path, settings: dict[str, str]) -> None:
    """As the page says: the settings, and the file that makes PostgreSQL recover."""
    with (directory / "postgresql.auto.conf").open("a") as file:
        file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
    (directory / "recovery.signal").touch()


async def check_restored(place: Place, moment: datetime, known: dict[str, int]) -> None:
    await prepare_database(place.settings)
    assert await place.verify() == []
    assert await place.rows("SELECT reason FROM epochs ORDER BY number") == ["made", "found elsewhere"]
    async with place.served():
        assert await place.texts() == ["before the mistake", "look: dot.png", "look: notes.txt"]
        await place.check_attachments()
        assert place.person is not None
        socket = await place.person.socket()
        await socket.say("RESUME", {"positions": {place.channel: known[place.channel]}})
        assert (await socket.wait_for_type("TOPIC_RESET"))["topic"] == place.channel
        await socket.close()
