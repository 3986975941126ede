"""What an import does not begin with, as the real command says it: one line, and an exit code."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from coterie.database.pool import OwnConnection
from coterie.importing.records import LOCK
from coterie.process.refusals import Exit
from tests.conftest import sibling
from tests.importing.command import start
from tests.importing.together_source import Together
from tests.importing.xfchat_source import XFChat
from tests.patience import PATIENCE
from tests.startup.conftest import BRIEFLY


async def refused(url: str, *words: str, **variables: str) -> tuple[int | None, str]:
    process = await start(url, *words, **variables)
    said, _ = await process.communicate()
    assert b"Traceback" not in said
    return process.returncode, said.decode().strip().splitlines()[-1]


async def test_a_source_that_cannot_be_read(
    source_url: str, database_url: str, here: OwnConnection, xfchat: XFChat
) -> None:
    for source, code, word in [
        ("nonsense", Exit.SETTINGS, "SOURCE does not begin with postgresql://"),
        (sibling(source_url, "nowhere"), Exit.DATABASE_MISSING, "SOURCE: "),
        (sibling(source_url, "postgres"), Exit.NOT_FOUND, "no database of XFChat's"),
    ]:
        assert (found := await refused(database_url, "xfchat", source))[0] == code, found
        assert word in found[1]


async def test_a_source_that_does_not_answer(database_url: str, here: OwnConnection) -> None:
    code, said = await refused(database_url, "xfchat", "postgresql://x:secret@127.0.0.1:1/x", **BRIEFLY)
    assert code == Exit.DATABASE_UNREACHABLE
    assert "SOURCE: no answer" in said
    assert "secret" not in said


@pytest.mark.parametrize(
    ("words", "code", "word"),
    [
        (["--zone", "Mars/Olympus"], Exit.USAGE, "not a time zone"),
        (["--link", "ann"], Exit.USAGE, "OLD=NAME"),
        (["--link", "ann=nobody"], Exit.NOT_FOUND, "no account named nobody"),
        (["--owner", "nobody"], Exit.NOT_FOUND, "no account named nobody"),
        (["--report", "/no/where/report.json"], Exit.NOT_FOUND, "the directory does not exist"),
    ],
)
async def test_an_option_that_means_nothing(
    source_url: str,
    database_url: str,
    here: OwnConnection,
    xfchat: XFChat,
    words: list[str],
    code: Exit,
    word: str,
) -> None:
    await xfchat.user("ann", "ann")
    found = await refused(database_url, "xfchat", source_url, *words)
    assert found[0] == code
    assert word in found[1]
    assert await here.fetchval("SELECT count(*) FROM users") == 1


async def test_an_instance_without_an_administrator(source_url: str, database_url: str, xfchat: XFChat) -> None:
    await xfchat.user("ann", "ann")
    found = await refused(database_url, "xfchat", source_url)
    assert found[0] == Exit.NOT_FOUND
    assert "coterie user create" in found[1]


async def test_a_schema_of_another_time(source_url: str, empty_database_url: str, xfchat: XFChat) -> None:
    assert (await refused(empty_database_url, "xfchat", source_url))[0] == Exit.SCHEMA_DIFFERS


async def test_another_import_is_waited_for(
    source_url: str, database_url: str, here: OwnConnection, together: Together, tmp_path: Path
) -> None:
    await together.user("ann")
    other = await asyncpg.connect(database_url)
    await other.execute("SELECT pg_advisory_lock($1)", LOCK)
    process = await start(database_url, "together", source_url)
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'advisory' AND datname = current_database()"
    async with asyncio.timeout(PATIENCE):
        while not await here.fetchval(waiting):
            assert process.returncode is None
    await other.close()
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()


async def test_nothing_is_written_to_the_source(
    source_url: str, database_url: str, here: OwnConnection, together: Together
) -> None:
    from coterie.importing import source

    async with source.opened(source_url, "UTC") as opened:
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await opened.read("DELETE FROM users")
