"""`verify` sees every change that somebody made by hand, and the catalogue it compares by sees every kind."""

import asyncpg
import pytest

from coterie.database import migrate
from coterie.database.catalogue import describe
from coterie.database.connection import Database
from coterie.database.migration_files import load
from coterie.database.verify import verify
from tests.database.test_migrate import ONE, TWO

CHANGES = {
    "table": ("CREATE TABLE extra ()", "No migration makes: relation extra kind r"),
    "lost table": ("DROP TABLE reactions", "The database lacks: relation reactions kind r"),
    "unlogged": ("ALTER TABLE reactions SET UNLOGGED", "No migration makes: relation reactions kind r persistence u"),
    "column": ("ALTER TABLE users ADD COLUMN extra TEXT", "No migration makes: column users.extra"),
    "lost column": ("ALTER TABLE users DROP COLUMN bio", "The database lacks: column users.bio"),
    "type": ("ALTER TABLE users ALTER COLUMN bio TYPE VARCHAR", "The database lacks: column users.bio"),
    "default": ("ALTER TABLE users ALTER COLUMN bio SET DEFAULT 'x'", "The database lacks: column users.bio"),
    "null": ("ALTER TABLE users ALTER COLUMN username DROP NOT NULL", "The database lacks: column users.username"),
    "constraint": ("ALTER TABLE users DROP CONSTRAINT users_bio_check", "lacks: constraint users_bio_check"),
    "index": ("DROP INDEX messages_seq", "The database lacks: index CREATE UNIQUE INDEX messages_seq"),
    "function": ("CREATE FUNCTION f() RETURNS INT LANGUAGE sql AS 'SELECT 1'", "No migration makes: function f()"),
    "sequence": ("CREATE SEQUENCE extra", "No migration makes: sequence extra"),
    "view": ("CREATE VIEW extra AS SELECT id FROM users", "No migration makes: view extra"),
    "enumeration": ("CREATE TYPE mood AS ENUM ('good')", "No migration makes: type mood"),
    "trigger": (
        "CREATE TRIGGER extra BEFORE UPDATE ON users EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "No migration makes: trigger CREATE TRIGGER extra",
    ),
}


async def test_it_works(pool: Database) -> None:
    async with pool.acquire() as connection:
        assert await verify(connection) == []


@pytest.mark.parametrize(("change", "finding"), CHANGES.values(), ids=CHANGES)
async def test_a_change_by_hand_is_found(pool: Database, change: str, finding: str) -> None:
    async with pool.acquire() as connection:
        await connection.execute(change)
        assert any(finding in sentence for sentence in await verify(connection))


async def test_it_changes_nothing(pool: Database) -> None:
    async with pool.acquire() as connection:
        before = await describe(connection)
        await verify(connection)
        assert await describe(connection) == before
        assert await connection.fetchval("SELECT to_regnamespace('coterie_verification')") is None


async def test_what_is_not_applied_is_named(empty_database_url: str) -> None:
    connection = await asyncpg.connect(empty_database_url)
    await migrate.run(connection, [ONE])
    assert await verify(connection, [ONE, TWO]) == ["Migration 0002_two is not applied."]
    await connection.close()


async def test_an_order_that_is_broken_is_raised(pool: Database) -> None:
    async with pool.acquire() as connection:
        await connection.execute("UPDATE schema_migrations SET checksum = '' WHERE version = $1", len(load()))
        with pytest.raises(migrate.EditedMigrationError, match=load()[-1].title):
            await verify(connection)


async def test_a_user_who_may_not_make_a_schema_is_told(pool: Database) -> None:
    async with pool.acquire() as connection:
        role = f"weak_{await connection.fetchval('SELECT pg_backend_pid()')}"
        await connection.execute(f"CREATE ROLE {role}; GRANT SELECT ON schema_migrations TO {role}; SET ROLE {role}")
        with pytest.raises(migrate.MigrationRightsError, match="GRANT CREATE ON DATABASE"):
            await verify(connection)
        await connection.execute(f"RESET ROLE; DROP OWNED BY {role}; DROP ROLE {role}")
