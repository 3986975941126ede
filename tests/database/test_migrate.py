"""Migrating a real database: order, one transaction each, one process at a time, and every refusal."""

import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import uuid4

import asyncpg
import pytest

from coterie.database import migrate
from coterie.database.catalogue import describe
from coterie.database.connection import OneConnection
from coterie.database.migration_files import Migration, Script, load
from tests.patience import PATIENCE

ONE = Migration(1, "one", Script("CREATE TABLE one (id INTEGER PRIMARY KEY);"), Script("DROP TABLE one;"))
TWO = Migration(2, "two", Script("CREATE TABLE two (id INTEGER PRIMARY KEY);"), Script("DROP TABLE two;"))
THREE = Migration(3, "three", Script("INSERT INTO two VALUES (3);"), Script("DELETE FROM two;"))


@pytest.fixture
async def connection(empty_database_url: str) -> AsyncIterator[OneConnection]:
    connection = await asyncpg.connect(empty_database_url)
    try:
        yield connection
    finally:
        await connection.close()


async def tables(connection: OneConnection) -> list[str]:
    rows = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    return [row["tablename"] for row in rows]


async def test_it_works(connection: OneConnection) -> None:
    told: list[str] = []
    assert await migrate.run(connection, [ONE, TWO], progress=told.append) == [ONE, TWO]
    assert await tables(connection) == ["one", "schema_migrations", "two"]
    assert told == ["Applied 0001_one", "Applied 0002_two"]


async def test_the_second_run_does_nothing(connection: OneConnection) -> None:
    await migrate.run(connection, [ONE])
    assert await migrate.run(connection, [ONE]) == []
    assert await migrate.run(connection, [ONE, TWO]) == [TWO]


async def test_info_shows_what_is_applied_and_what_is_not(connection: OneConnection) -> None:
    assert [each.applied_at for each in await migrate.info(connection, [ONE])] == [None]
    assert await tables(connection) == []
    await migrate.run(connection, [ONE])
    one, two = await migrate.info(connection, [ONE, TWO])
    assert (one.version, one.name, two.version, two.name) == (1, "one", 2, "two")
    assert one.applied_at is not None
    assert two.applied_at is None


async def test_info_names_what_only_the_database_knows(connection: OneConnection) -> None:
    await migrate.run(connection, [ONE, TWO])
    assert [each.name for each in await migrate.info(connection, [ONE])] == ["one", "two"]


async def test_reverting_takes_the_newest_first(connection: OneConnection) -> None:
    await migrate.run(connection, [ONE, TWO, THREE])
    assert await migrate.revert(connection, 2, [ONE, TWO, THREE]) == [THREE, TWO]
    assert await tables(connection) == ["one", "schema_migrations"]
    assert await migrate.run(connection, [ONE, TWO, THREE]) == [TWO, THREE]


@pytest.mark.parametrize("count", [0, -1, 2])
async def test_reverting_more_than_there_is_is_refused(connection: OneConnection, count: int) -> None:
    await migrate.run(connection, [ONE])
    with pytest.raises(migrate.HistoryError, match="1 are applied"):
        await migrate.revert(connection, count, [ONE])
    assert await tables(connection) == ["one", "schema_migrations"]


async def test_an_edited_migration_is_refused_by_name(connection: OneConnection) -> None:
    await migrate.run(connection, [ONE, TWO])
    edited = replace(ONE, up=Script(ONE.up.sql + " "))
    with pytest.raises(migrate.EditedMigrationError, match="0001_one was edited"):
        await migrate.run(connection, [edited, TWO, THREE])
    with pytest.raises(migrate.EditedMigrationError):
        await migrate.revert(connection, 1, [edited, TWO])
    assert await connection.fetchval("SELECT count(*) FROM two") == 0


async def test_a_newer_database_is_refused_by_name(connection: OneConnection) -> None:
    await migrate.run(connection, [ONE, TWO])
    with pytest.raises(migrate.NewerDatabaseError, match="0002_two"):
        await migrate.run(connection, [ONE])
    with pytest.raises(migrate.NewerDatabaseError):
        await migrate.revert(connection, 1, [ONE])


async def test_a_gap_in_the_notes_is_refused(connection: OneConnection) -> None:
    await migrate.run(connection, [ONE, TWO])
    await connection.execute("DELETE FROM schema_migrations WHERE version = 1")
    with pytest.raises(migrate.HistoryError, match="not 0001"):
        await migrate.run(connection, [ONE, TWO])


async def test_a_failing_migration_leaves_the_schema_at_the_one_before(connection: OneConnection) -> None:
    bad = replace(TWO, up=Script("CREATE TABLE two ();\nCREATE TABLE two_more ();\nINSERT INTO nowhere VALUES (1);"))
    with pytest.raises(migrate.FailedMigrationError) as failure:
        await migrate.run(connection, [ONE, bad, THREE])
    assert (failure.value.title, failure.value.line) == ("0002_two", 3)
    assert str(failure.value) == (
        'Migration 0002_two failed at line 3: relation "nowhere" does not exist. Nothing of it was applied.'
    )
    assert await tables(connection) == ["one", "schema_migrations"]
    assert await migrate.run(connection, [ONE, TWO]) == [TWO]


async def test_a_failure_without_a_line_gives_postgresqls_message(connection: OneConnection) -> None:
    bad = replace(TWO, up=Script("INSERT INTO one VALUES (1);\nINSERT INTO one VALUES (1);"))
    with pytest.raises(migrate.FailedMigrationError, match=r"duplicate key value.*Key \(id\)=\(1\)") as failure:
        await migrate.run(connection, [ONE, bad])
    assert failure.value.line is None


async def test_a_failing_way_back_changes_nothing(connection: OneConnection) -> None:
    bad = replace(TWO, down=Script("DROP TABLE two; DROP TABLE nowhere;"))
    await migrate.run(connection, [ONE, bad])
    with pytest.raises(migrate.FailedMigrationError, match="0002_two"):
        await migrate.revert(connection, 1, [ONE, bad])
    assert await tables(connection) == ["one", "schema_migrations", "two"]


async def test_an_index_is_built_concurrently(connection: OneConnection) -> None:
    up = "-- coterie: no transaction\nDROP INDEX CONCURRENTLY IF EXISTS i;\nCREATE INDEX CONCURRENTLY i ON one (id);\n"
    index = Migration(2, "index", Script(up), Script("-- coterie: no transaction\nDROP INDEX CONCURRENTLY i;\n"))
    await migrate.run(connection, [ONE, index])
    assert await connection.fetchval("SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass")
    await migrate.revert(connection, 1, [ONE, index])
    assert await connection.fetchval("SELECT to_regclass('i')") is None


async def test_a_failed_concurrent_build_is_not_noted_and_can_be_repeated(connection: OneConnection) -> None:
    sql = "DROP INDEX CONCURRENTLY IF EXISTS i;\nCREATE UNIQUE INDEX CONCURRENTLY i ON two (twin);\n"
    two = replace(TWO, up=Script("CREATE TABLE two (twin INTEGER); INSERT INTO two VALUES (1), (1);"))
    index = Migration(3, "index", Script(f"-- coterie: no transaction\n{sql}"), Script("DROP INDEX i;"))
    with pytest.raises(migrate.FailedMigrationError, match=r"0003_index failed: .*run it again"):
        await migrate.run(connection, [ONE, two, index])
    assert await connection.fetchval("SELECT count(*) FROM schema_migrations") == 2
    await connection.execute("DELETE FROM two")
    assert await migrate.run(connection, [ONE, two, index]) == [index]
    assert await connection.fetchval("SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass")


async def test_the_limits_hold_for_the_migration_only(connection: OneConnection) -> None:
    seen = Migration(
        1, "seen", Script("CREATE TABLE seen AS SELECT current_setting('lock_timeout') AS value"), ONE.down
    )
    await migrate.run(connection, [seen])
    assert await connection.fetchval("SELECT value FROM seen") == "5s"
    assert await connection.fetchval("SHOW lock_timeout") == "0"


async def test_a_user_without_rights_is_shown_the_remedy(connection: OneConnection) -> None:
    await connection.execute("REVOKE ALL ON SCHEMA public FROM public")
    role = f"weak_{await connection.fetchval('SELECT pg_backend_pid()')}"
    await connection.execute(f"CREATE ROLE {role}; SET ROLE {role}")
    with pytest.raises(migrate.MigrationRightsError, match=f'GRANT USAGE, CREATE ON SCHEMA public TO "{role}"'):
        await migrate.run(connection, [ONE])
    await connection.execute(f"RESET ROLE; DROP ROLE {role}")


PROGRAM = """
import asyncio, sys
import asyncpg
from coterie.database import migrate

async def main():
    connection = await asyncpg.connect(sys.argv[1])
    sys.stdin.readline()
    print(len(await migrate.run(connection)))
    await connection.close()

asyncio.run(main())
"""


async def test_two_processes_at_once_migrate_once(connection: OneConnection, empty_database_url: str) -> None:
    processes = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", PROGRAM, empty_database_url),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        for _ in range(3)
    ]
    answers = await asyncio.gather(*(process.communicate(b"go\n") for process in processes))
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert sorted(int(output) for output, _ in answers) == [0, 0, len(load())]
    assert await connection.fetchval("SELECT count(*) FROM schema_migrations") == len(load())


async def test_a_waiting_migrator_blocks_no_concurrent_build(
    connection: OneConnection, empty_database_url: str
) -> None:
    """The build waits for every statement that is older: a waiting migrator must not be one of them."""
    up = "-- coterie: no transaction\nSELECT pg_advisory_xact_lock(1);\nCREATE INDEX CONCURRENTLY i ON one (id);\n"
    index = Migration(2, "index", Script(up), Script("DROP INDEX i;"))
    await migrate.run(connection, [ONE])
    other, holder = [await asyncpg.connect(empty_database_url) for _ in range(2)]
    told: list[str] = []
    await holder.execute("SELECT pg_advisory_lock(1)")
    first = asyncio.create_task(migrate.run(connection, [ONE, index]))
    held_up = """
        SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    """
    async with asyncio.timeout(PATIENCE):
        while not await holder.fetchval(held_up):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        second = asyncio.create_task(migrate.run(other, [ONE, index], progress=told.append))
        while not told:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        await holder.close()
        assert await first == [index]
        assert await second == []
    assert told == ["Another process is migrating the database; waiting for it"]
    await other.close()


async def test_up_down_up_gives_the_same_catalogue(connection: OneConnection) -> None:
    empty = await describe(connection)
    await migrate.run(connection)
    first = await describe(connection)
    assert any(line.startswith("relation messages ") for line in first)
    await migrate.revert(connection, len(load()))
    assert await describe(connection) == empty == []
    await migrate.run(connection)
    assert await describe(connection) == first


async def test_each_way_back_restores_what_was_before(connection: OneConnection) -> None:
    migrations = load()
    for number in range(1, len(migrations) + 1):
        before = await describe(connection)
        await migrate.run(connection, migrations[:number])
        await migrate.revert(connection, 1, migrations[:number])
        assert await describe(connection) == before
        await migrate.run(connection, migrations[:number])


async def test_what_was_written_before_is_noted(connection: OneConnection) -> None:
    """0010: who has written in a conversation, and the names of writes with older Parents."""
    writer, reader, place = uuid4(), uuid4(), uuid4()
    known = [each for each in load() if each.version <= 10]
    parents = "INSERT INTO client_version_parents VALUES ($1, $2, $3, $4)"
    await migrate.run(connection, known)
    await migrate.revert(connection, 1, known)
    for user in (writer, reader):
        await connection.execute("INSERT INTO topics (id, kind) VALUES ($1, 'user')", user)
        await connection.execute(
            "INSERT INTO users (id, username, created_at) VALUES ($1, $2, now())", user, f"u{user.hex[:9]}"
        )
    await connection.execute("INSERT INTO topics (id, kind) VALUES ($1, 'conversation')", place)
    await connection.execute("INSERT INTO channels (id, type, created_at) VALUES ($1, 'text', now())", place)
    await connection.execute("INSERT INTO conversations (id, is_direct) VALUES ($1, FALSE)", place)
    for user in (writer, reader):
        await connection.execute("INSERT INTO conversation_participants VALUES ($1, $2, now())", place, user)
    for seq, (author, type) in enumerate([(writer, "text"), (writer, "text"), (reader, "system")], 1):
        await connection.execute(
            "INSERT INTO messages (id, channel_id, author_id, seq, version, content, type, created_at) "
            "VALUES ($1, $2, $3, $4, $4, 'x', $5, now())",
            *(uuid4(), place, author, seq, type),
        )
    for name, position, had in (("old", 9, 3), ("newest", 4, 3), ("none", 7, None)):
        await connection.execute(
            "INSERT INTO client_versions (topic_id, client_version, position) VALUES ($1, $2, $3)",
            place,
            name,
            position,
        )
        await connection.execute(parents, place, name, writer, had)
    await migrate.run(connection, known)
    wrote = await connection.fetch("SELECT user_id FROM conversation_participants WHERE has_written")
    assert [row["user_id"] for row in wrote] == [writer]
    named = await connection.fetch("SELECT client_version, unnamed_for, had FROM client_versions WHERE had IS NOT NULL")
    assert [tuple(row) for row in named] == [("old", writer, 3)]


async def test_the_oldest_postgresql_gives_the_same_catalogue(connection: OneConnection, postgresql15: str) -> None:
    older = await asyncpg.connect(postgresql15)
    assert older.get_server_version() != connection.get_server_version()
    await migrate.run(connection)
    await migrate.run(older)
    assert await describe(older) == await describe(connection)
    await older.close()
