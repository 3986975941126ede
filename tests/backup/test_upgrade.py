"""A database of an earlier release: it is backed up, upgraded with everything in it, and can be rolled back.

The earlier release is the one whose migrations are one here. The later one is made here: a column in
a table that is full, a table that refers to another, and one by itself.
"""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from coterie.backup import manifest
from coterie.backup.progress import Quiet
from coterie.backup.verifying import verify_backup
from coterie.database import migrate
from coterie.database.migration_files import load
from coterie.database.rehearsal import rehearse
from coterie.database.squashed import squashed
from coterie.process.refusals import Exit
from coterie.startup.preparation import prepare_database
from tests.backup.conftest import Place, broken
from tests.conftest import new_database
from tests.patience import PATIENCE
from tests.releases import Release, note_squashed

pytestmark = pytest.mark.extended(
    "a database and a backup of each earlier state; test_migrations and test_backup have the newest"
)

NOTED = f"Noted {len(squashed())} migrations from before the first release as {load()[0].title}"
NOW = len(load())


async def note(place: Place, count: int | None = None) -> None:
    """Take a database back to what was before the first release, or to its first migrations by name only."""
    connection = await asyncpg.connect(place.url)
    if len(await migrate.history(connection)) > 1:
        await migrate.revert(connection, NOW - 1)
    await note_squashed(connection, count)
    await connection.close()


@pytest.fixture
async def early(filled: Place) -> Place:
    """An instance as it was before the first release, where a user was mentioned too."""
    await note(filled)
    await filled.rows(
        """
        INSERT INTO mentions (channel_id, target_id, seq, created_at)
        SELECT channel_id, author_id, seq, created_at FROM messages
        """,
        "SELECT 1",
    )
    return filled


@pytest.fixture
def later(tmp_path: Path) -> Release:
    """A release with three more migrations."""
    release = Release.make(tmp_path / "later")
    release.add(
        "answers",
        "ALTER TABLE mentions ADD COLUMN answered_at TIMESTAMPTZ DEFAULT now();\n"
        "UPDATE mentions SET answered_at = created_at;\nALTER TABLE mentions ALTER COLUMN answered_at SET NOT NULL;\n",
        "ALTER TABLE mentions DROP COLUMN answered_at;\n",
    )
    release.add(
        "devices",
        "CREATE TABLE devices (id UUID PRIMARY KEY REFERENCES sessions ON DELETE CASCADE);\n",
        "DROP TABLE devices;\n",
    )
    release.add("words", "CREATE TABLE words (word TEXT PRIMARY KEY);\n", "DROP TABLE words;\n")
    return release


def titles(release: Release, start: int) -> list[str]:
    return [each.title for each in load(release.migrations)[start:]]


async def check_served(place: Place, migrations: Path | None = None) -> None:
    """Everything that was said is there, files included."""
    assert await place.verify() == []
    await prepare_database(place.settings, migrations)
    async with place.served():
        assert await place.texts() == ["look: dot.png", "look: notes.txt"]
        await place.check_attachments()
        page = await place.person.expect(200, "GET", "/api/users/@me/unread")  # type: ignore[union-attr]
        assert page is not None
    [created] = await place.rows("SELECT count(*) FROM mentions WHERE created_at IS NOT NULL")
    assert created == 2


async def noted(place: Place) -> list[int]:
    return await place.rows("SELECT version FROM schema_migrations ORDER BY version")


async def test_a_database_from_before_the_first_release_is_served(early: Place) -> None:
    assert (await early.succeed("migrate", "run")).splitlines()[0] == NOTED
    assert await noted(early) == [each.version for each in load()]
    await check_served(early)


async def test_an_early_database_is_backed_up_and_upgraded(
    early: Place, empty: Place, later: Release, tmp_path: Path
) -> None:
    backup = tmp_path / "before.tar"
    early.release = empty.release = later
    said = await early.succeed("migrate", "run", "--backup", str(backup))
    assert said.splitlines()[1:] == [NOTED, *(f"Applied {title}" for title in titles(later, 1))]
    await check_served(early, later.migrations)
    assert broken(await verify_backup(backup, Quiet())) == []
    with backup.open("rb") as file:
        assert manifest.read(file).schema.version == 1
    said = await empty.succeed("restore", str(backup))
    assert f"Migrated to this version: {', '.join(titles(later, 1))}." in said
    assert await noted(empty) == [each.version for each in load(later.migrations)]
    empty.person, empty.channel, empty.attachments = early.person, early.channel, early.attachments
    await check_served(empty, later.migrations)
    await early.succeed("migrate", "run", "--backup", str(backup))  # nothing to do, so nothing is overwritten


async def test_a_backup_from_before_the_first_release_is_restored(
    early: Place, empty: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setattr(migrate, "history", migrate._notes)  # the release before reads them as they are
        backup = await early.backup(tmp_path / "before.tar")
    restored = await empty.restore(backup)
    assert (restored.manifest.schema.version, restored.manifest.schema.name) == (25, "invite_registrations")
    assert restored.migrations == [each.title for each in load()[1:]]
    assert await noted(empty) == [each.version for each in load()]
    empty.person, empty.channel, empty.attachments = early.person, early.channel, early.attachments
    await check_served(empty)


async def test_a_backup_with_some_of_its_migrations_is_refused(early: Place, empty: Place, tmp_path: Path) -> None:
    await note(early, 9)
    backup = await early.backup(tmp_path / "before.tar")
    assert "restore it with the version before" in await empty.refused(Exit.SCHEMA_DIFFERS, "restore", str(backup))
    assert await empty.table_count() == 0


async def test_a_dry_run_shows_the_statements_and_the_locks_and_changes_nothing(early: Place, later: Release) -> None:
    early.release = later
    await early.rows("ANALYZE", "SELECT 1")
    said = await early.succeed("migrate", "run", "--dry-run")
    for migration in load(later.migrations)[1:]:
        assert f"-- {migration.title}\n{migration.up.sql.rstrip()}\n" in said
    assert "-- Locks mentions (about 2 rows, " in said
    assert ": meanwhile reads and writes wait." in said
    assert f"{len(load(later.migrations)) - 1} migrations would be applied" in said
    assert len(await noted(early)) == len(squashed())


async def test_what_is_rehearsed_is_what_happens(cluster_url: str, later: Release) -> None:
    """A lock that a migration is certain to take, one that blocks only writers, and one that blocks nobody."""
    known = load(later.migrations)
    async with new_database(cluster_url, "template0") as url:
        connection = await asyncpg.connect(url)
        await migrate.run(connection, load())
        found = {each.migration.name: each.locks for each in await rehearse(connection, known)}
        await connection.close()
    assert [(each.table, each.means) for each in found["answers"] if each.table == "mentions"] == [
        ("mentions", "reads and writes wait")
    ]
    assert ("sessions", "writes wait") in [(each.table, each.means) for each in found["devices"]]  # a new reference
    assert not [each for each in found["words"] if each.means != "nothing waits"], "only new tables"


async def test_a_release_is_rolled_back_and_upgraded_again(filled: Place, later: Release) -> None:
    """What only the newer release could hold is gone; everything else is as it was."""
    filled.release = later
    await filled.succeed("migrate", "run")
    await filled.succeed("migrate", "revert", "3", "--yes")
    connection = await asyncpg.connect(filled.url)
    assert len(await migrate.history(connection)) == len(load())
    assert await connection.fetchval("SELECT count(*) FROM messages") == 2
    await connection.close()
    filled.release = None
    await filled.succeed("migrate", "run")
    assert await filled.verify() == []
    await filled.succeed("migrate", "verify")


async def test_a_migration_that_gets_no_lock_lets_others_pass_and_tries_again(
    filled: Place, later: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "_TRANSACTION_LIMITS", "SET LOCAL lock_timeout = '50ms'")
    monkeypatch.setattr(migrate, "_PAUSE_SECONDS", 0.02)
    known = load(later.migrations)
    told: list[str] = []
    reader, connection = await asyncpg.connect(filled.url), await asyncpg.connect(filled.url)
    transaction = reader.transaction()
    await transaction.start()
    await reader.fetchval("SELECT count(*) FROM mentions")  # as a long query or a backup does

    def progress(sentence: str) -> None:
        told.append(sentence)

    running = asyncio.create_task(migrate.run(connection, known, progress=progress))
    with pytest.raises(migrate.FailedMigrationError, match="lock timeout"):
        await running
    assert told == [f"{len(load()) + 1:04}_answers could not lock a table that is in use; trying again"] * 4
    running = asyncio.create_task(migrate.run(connection, known, progress=progress))
    async with asyncio.timeout(PATIENCE):
        while len(told) < 5:  # noqa: ASYNC110  (another task sets it)
            await asyncio.sleep(0.005)
    await transaction.rollback()
    assert await running == list(known[NOW:])
    await reader.close()
    await connection.close()
