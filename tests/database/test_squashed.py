"""The one migration makes what those before the first release made, and takes over databases that have them all.

`before_the_first_release.txt` describes the schema that they made, as it was written when there were still all of them.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import asyncpg
import pytest

from coterie.database import migrate
from coterie.database.catalogue import describe
from coterie.database.connection import OneConnection
from coterie.database.migration_files import load
from coterie.database.squashed import squashed
from coterie.process.refusals import Exit
from tests.releases import note_squashed
from tests.startup.conftest import coterie

RECORDED: Final = Path(__file__).with_name("before_the_first_release.txt")

# What the catalogue as text leaves out.
FURTHER: Final = (
    "SELECT format('extension %s', extname) FROM pg_extension",
    "SELECT format('row epochs %s %s', number, reason) FROM epochs",
    """
    SELECT format('function %s parallel %s cost %s leakproof %s', proname, proparallel, procost, proleakproof)
    FROM pg_proc WHERE pronamespace = current_schema()::regnamespace
    """,
    """
    SELECT format('comment %s %s %s', type, identity, description)
    FROM pg_description, pg_identify_object(classoid, objoid, objsubid) WHERE schema = current_schema()
    """,
    """
    SELECT format('privileges of %s %s', relname, relacl)
    FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relacl IS NOT NULL
    UNION ALL SELECT format('privileges of %s.%s %s', attrelid::regclass, attname, attacl)
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE relnamespace = current_schema()::regnamespace AND attacl IS NOT NULL
    UNION ALL SELECT format('privileges of %s %s', proname, proacl)
    FROM pg_proc WHERE pronamespace = current_schema()::regnamespace AND proacl IS NOT NULL
    UNION ALL SELECT format('privileges by default %s %s', defaclobjtype, defaclacl) FROM pg_default_acl
    """,
    """
    SELECT format('storage %s.%s %s %s %s', attrelid::regclass, attname, attstorage, attcompression, attoptions)
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid JOIN pg_type ON pg_type.oid = atttypid
    WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
        AND (attstorage <> typstorage OR attcompression <> '' OR attoptions IS NOT NULL)
    """,
)


async def describe_further(connection: OneConnection) -> list[str]:
    return sorted([row[0] for part in FURTHER for row in await connection.fetch(part)])


@pytest.fixture
async def connection(empty_database_url: str) -> AsyncIterator[OneConnection]:
    """To a database that the one migration made."""
    connection = await asyncpg.connect(empty_database_url)
    try:
        await migrate.run(connection, load()[:1])
        yield connection
    finally:
        await connection.close()


async def noted(connection: OneConnection) -> list[tuple[int, str, str]]:
    rows = await connection.fetch("SELECT version, name, checksum FROM schema_migrations ORDER BY version")
    return [(row["version"], row["name"], row["checksum"]) for row in rows]


async def test_it_makes_the_schema_that_they_made(connection: OneConnection) -> None:
    assert [*await describe(connection), *await describe_further(connection)] == RECORDED.read_text().splitlines()


async def test_what_it_compares_would_show(connection: OneConnection) -> None:
    before = await describe_further(connection)
    await connection.execute(
        """
        COMMENT ON TABLE users IS 'x'; COMMENT ON COLUMN users.id IS 'x'; COMMENT ON FUNCTION search_plain IS 'x';
        GRANT SELECT ON users TO public; GRANT SELECT (id) ON roles TO public;
        REVOKE EXECUTE ON FUNCTION search_plain FROM public;
        ALTER TABLE users ALTER COLUMN bio SET STORAGE EXTERNAL; ALTER FUNCTION search_split COST 7;
        CREATE EXTENSION pg_trgm
        """
    )
    new = set(await describe_further(connection)) - set(before)
    for beginning in (
        *("comment table public.users x", "comment table column public.users.id x", "comment function public.search_"),
        *("privileges of users", "privileges of roles.id", "privileges of search_plain", "storage users.bio e"),
        *("function search_split parallel s cost 7", "extension pg_trgm"),
    ):
        assert [line for line in new if line.startswith(beginning)], (beginning, new)


async def test_a_database_that_has_them_all_continues(connection: OneConnection) -> None:
    await connection.execute("INSERT INTO topics (id, kind, position) VALUES (gen_random_uuid(), 'user', 7)")
    await note_squashed(connection)
    newest = await connection.fetchval("SELECT max(applied_at) FROM schema_migrations")
    schema, told = await describe(connection), list[str]()
    assert await migrate.run(connection, load()[:1], progress=told.append) == []
    one = load()[0]
    assert told == [f"Noted 25 migrations from before the first release as {one.title}"]
    assert await noted(connection) == [(1, one.name, one.checksum)]
    assert await connection.fetchval("SELECT applied_at FROM schema_migrations") == newest
    assert await describe(connection) == schema
    assert await connection.fetchval("SELECT position FROM topics") == 7
    assert await migrate.run(connection, load()[:1], progress=told.append) == []
    assert len(told) == 1


async def test_what_is_newer_is_applied_behind_them(connection: OneConnection) -> None:
    await note_squashed(connection)
    assert await migrate.run(connection) == list(load()[1:])
    assert [version for version, _, _ in await noted(connection)] == [each.version for each in load()]


async def test_only_looking_changes_nothing(connection: OneConnection) -> None:
    await note_squashed(connection)
    [applied] = await migrate.history(connection)
    assert (applied.title, applied.checksum) == (load()[0].title, load()[0].checksum)
    assert [each.version for each in await migrate.info(connection)] == [each.version for each in load()]
    migrate.check(load(), [applied])
    assert len(await noted(connection)) == len(squashed()) == 25


async def test_it_is_reverted_as_one(connection: OneConnection) -> None:
    await note_squashed(connection)
    assert await migrate.revert(connection, 1, load()[:1]) == [load()[0]]
    assert await noted(connection) == []
    assert await describe(connection) == []


async def test_many_at_once_take_it_over_once(connection: OneConnection, empty_database_url: str) -> None:
    await note_squashed(connection)
    others = [await asyncpg.connect(empty_database_url) for _ in range(4)]
    told = list[str]()
    try:
        await asyncio.gather(*(migrate.run(other, load()[:1], progress=told.append) for other in others))
    finally:
        for other in others:
            await other.close()
    assert len([line for line in told if line.startswith("Noted")]) == 1
    assert len(await noted(connection)) == 1


@pytest.mark.parametrize("count", [1, 9, 24])
async def test_one_that_has_some_of_them_is_refused(connection: OneConnection, count: int) -> None:
    await note_squashed(connection, count)
    complaint = f"has {count} of the 25 migrations .* First upgrade it with the version before, whose newest is 0025_"
    with pytest.raises(migrate.UnfinishedDatabaseError, match=complaint):
        await migrate.run(connection)
    with pytest.raises(migrate.UnfinishedDatabaseError):
        await migrate.revert(connection, 1)
    assert len(await noted(connection)) == count


@pytest.mark.parametrize(
    ("change", "error", "complaint"),
    [
        ("UPDATE schema_migrations SET checksum = 'x' WHERE version = 3", migrate.EditedMigrationError, "0003_perm"),
        ("UPDATE schema_migrations SET name = 'x' WHERE version = 4", migrate.EditedMigrationError, "0004_x"),
        ("DELETE FROM schema_migrations WHERE version = 5", migrate.EditedMigrationError, "0006_files where"),
        ("DELETE FROM schema_migrations WHERE version = 1", migrate.EditedMigrationError, "0002_client_versions where"),
        (
            "INSERT INTO schema_migrations (version, name, checksum) VALUES (26, 'other', 'x')",
            *(migrate.NewerDatabaseError, "0026_other"),
        ),
    ],
)
async def test_one_that_has_others_is_refused(
    connection: OneConnection, change: str, error: type[Exception], complaint: str
) -> None:
    await note_squashed(connection)
    await connection.execute(change)
    before = await noted(connection)
    with pytest.raises(error, match=complaint):
        await migrate.run(connection)
    assert await noted(connection) == before


def test_old_and_new_names_are_distinguished() -> None:
    """A backup names its newest migration without a checksum."""
    assert not {title for title, _ in squashed()} & {each.title for each in load()}


@pytest.mark.longer
async def test_the_commands_know_it(connection: OneConnection, empty_database_url: str) -> None:
    await note_squashed(connection, 9)
    variables = {"DATABASE_URL": empty_database_url}
    for command in ("run", "verify"):
        ended = await asyncio.to_thread(coterie, "migrate", command, variables=variables)
        ended.assert_refused(Exit.SCHEMA_DIFFERS, "9 of the 25 migrations", "First upgrade it with the version before")
    await note_squashed(connection)
    ended = await asyncio.to_thread(coterie, "migrate", "run", variables=variables)
    assert ended.code == 0
    assert ended.output.splitlines()[0] == "Noted 25 migrations from before the first release as 0001_schema"
    ended = await asyncio.to_thread(coterie, "migrate", "verify", variables=variables)
    assert ended.output == "The schema matches the migrations.\n"
