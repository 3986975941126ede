"""A database of an earlier release: it is upgraded with all that is in it, backed up before, and can be rolled back."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from coterie.backup.progress import Quiet
from coterie.backup.verifying import verify_backup
from coterie.database import migrate
from coterie.database.migration_files import load
from coterie.database.rehearsal import rehearse
from coterie.startup import prepare_database
from tests.backup.conftest import Place, broken
from tests.conftest import new_database

EARLY = 9
"""A schema without bans, friends, conversations, the inbox and epochs, and with mentions of an older shape."""


async def revert(place: Place, version: int) -> None:
    connection = await asyncpg.connect(place.url)
    await migrate.revert(connection, len(load()) - version)
    await connection.close()


@pytest.fixture
async def early(filled: Place) -> Place:
    """An instance as it was under an early schema, where somebody was mentioned too."""
    await revert(filled, EARLY)
    await filled.rows(
        """
        INSERT INTO mentions (channel_id, target_id, seq)
        SELECT channel_id, author_id, seq FROM messages
        """,
        "SELECT 1",
    )
    return filled


async def check_served(place: Place) -> None:
    """Everything that was said is there, files included."""
    assert await place.verify() == []
    await prepare_database(place.settings)
    async with place.served():
        assert await place.texts() == ["look: dot.png", "look: notes.txt"]
        await place.check_attachments()
        page = await place.person.expect(200, "GET", "/api/users/@me/unread")  # type: ignore[union-attr]
        assert page is not None
    [created] = await place.rows("SELECT count(*) FROM mentions WHERE created_at IS NOT NULL")
    assert created == 2


async def test_an_early_database_is_backed_up_and_upgraded(early: Place, empty: Place, tmp_path: Path) -> None:
    backup = tmp_path / "before.tar"
    said = await early.succeed("migrate", "run", "--backup", str(backup))
    assert said.splitlines()[1:] == [f"Applied {each.title}" for each in load()[EARLY:]]
    await check_served(early)
    assert broken(await verify_backup(backup, Quiet())) == []
    restored = await empty.restore(backup)
    assert restored.manifest.schema.version == EARLY
    assert restored.migrations == [each.title for each in load()[EARLY:]]
    empty.person, empty.channel, empty.attachments = early.person, early.channel, early.attachments
    await check_served(empty)
    await early.succeed("migrate", "run", "--backup", str(backup))  # nothing to do, so nothing is overwritten


async def test_a_dry_run_tells_the_statements_and_the_locks_and_changes_nothing(early: Place) -> None:
    await early.rows("ANALYZE", "SELECT 1")
    said = await early.succeed("migrate", "run", "--dry-run")
    for migration in load()[EARLY:]:
        assert f"-- {migration.title}\n{migration.up.sql.rstrip()}\n" in said
    assert "-- Locks mentions (about 2 rows, " in said
    assert ": meanwhile nobody reads or writes." in said
    assert f"{len(load()) - EARLY} migrations would be applied" in said
    [applied] = await early.rows("SELECT max(version) FROM schema_migrations")
    assert applied == EARLY


async def test_what_is_rehearsed_is_what_happens(cluster_url: str) -> None:
    """A lock that a migration takes for certain, one that stops only writers, and one that stops nobody."""
    async with new_database(cluster_url, "template0") as url:
        connection = await asyncpg.connect(url)
        await migrate.run(connection, load()[:16])
        found = {each.migration.version: each.locks for each in await rehearse(connection, load())}
        await connection.close()
    assert [(each.table, each.means) for each in found[17] if each.table == "mentions"] == [
        ("mentions", "nobody reads or writes")
    ]
    assert ("sessions", "nobody writes") in [(each.table, each.means) for each in found[19]]  # a new reference to it
    assert not [each for each in found[21] if each.means != "everybody goes on"], "only new tables"


async def test_a_release_is_rolled_back_and_upgraded_again(filled: Place) -> None:
    """What only the newer release could hold is gone; everything else is as it was."""
    await revert(filled, len(load()) - 1)
    connection = await asyncpg.connect(filled.url)
    assert len(await migrate.history(connection)) == len(load()) - 1
    assert await connection.fetchval("SELECT count(*) FROM messages") == 2
    await connection.close()
    await filled.succeed("migrate", "run")
    assert await filled.verify() == []


async def test_a_migration_that_gets_no_lock_lets_others_pass_and_tries_again(
    filled: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "_TRANSACTION_LIMITS", "SET LOCAL lock_timeout = '50ms'")
    monkeypatch.setattr(migrate, "_PAUSE_SECONDS", 0.02)
    await revert(filled, 16)
    told: list[str] = []
    reader, connection = await asyncpg.connect(filled.url), await asyncpg.connect(filled.url)
    transaction = reader.transaction()
    await transaction.start()
    await reader.fetchval("SELECT count(*) FROM mentions")  # as a long query or a backup does

    def progress(sentence: str) -> None:
        told.append(sentence)

    running = asyncio.create_task(migrate.run(connection, progress=progress))
    with pytest.raises(migrate.FailedMigrationError, match="lock timeout"):
        await running
    assert told == ["0017_inbox waits for others to let go of a table; trying again"] * 4
    running = asyncio.create_task(migrate.run(connection, progress=progress))
    async with asyncio.timeout(10):
        while len(told) < 5:  # noqa: ASYNC110  (it is told by another task)
            await asyncio.sleep(0.005)
    await transaction.rollback()
    assert len(await running) == len(load()) - 16
    await reader.close()
    await connection.close()
