"""The catalogue, by which schemas are compared, shows every kind of change that could be made by hand."""

import pytest

from coterie.database.catalogue import describe
from coterie.database.connection import Database

CHANGES = {
    "table": ("CREATE TABLE extra ()", "relation extra kind r"),
    "unlogged": ("ALTER TABLE reactions SET UNLOGGED", "relation reactions kind r persistence u"),
    "option": ("ALTER TABLE reactions SET (fillfactor = 77)", "relation reactions kind r persistence p options {fill"),
    "column": ("ALTER TABLE users ADD COLUMN extra TEXT", "column users.extra"),
    "type": ("ALTER TABLE users ALTER COLUMN bio TYPE VARCHAR", "column users.bio"),
    "default": ("ALTER TABLE users ALTER COLUMN bio SET DEFAULT 'x'", "column users.bio"),
    "null": ("ALTER TABLE users ALTER COLUMN username DROP NOT NULL", "column users.username"),
    "constraint": ("ALTER TABLE users ADD CONSTRAINT extra CHECK (bio <> 'x')", "constraint extra on users CHECK"),
    "index": ("CREATE INDEX extra ON users (bio)", "index CREATE INDEX extra"),
    "function": ("CREATE FUNCTION f() RETURNS INT LANGUAGE sql AS 'SELECT 1'", "function f()"),
    "sequence": ("CREATE SEQUENCE extra", "sequence extra"),
    "view": ("CREATE VIEW extra AS SELECT id FROM users", "view extra"),
    "enumeration": ("CREATE TYPE mood AS ENUM ('good')", "type mood kind e over  labels good"),
    "domain": ("CREATE DOMAIN short AS TEXT CHECK (length(VALUE) < 9)", "constraint short_check on short CHECK"),
    "trigger": (
        "CREATE TRIGGER extra BEFORE UPDATE ON users EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "trigger CREATE TRIGGER extra",
    ),
}
LOSSES = {
    "table": ("DROP TABLE reactions", "relation reactions kind r"),
    "column": ("ALTER TABLE users DROP COLUMN bio", "column users.bio"),
    "constraint": ("ALTER TABLE users DROP CONSTRAINT users_bio_check", "constraint users_bio_check"),
    "index": ("DROP INDEX messages_version", "index CREATE UNIQUE INDEX messages_version"),
}


@pytest.mark.parametrize(("change", "line"), CHANGES.values(), ids=CHANGES)
async def test_a_change_is_a_new_line(pool: Database, change: str, line: str) -> None:
    async with pool.acquire() as connection:
        before = await describe(connection)
        await connection.execute(change)
        assert any(each.startswith(line) for each in set(await describe(connection)) - set(before))


@pytest.mark.parametrize(("change", "line"), LOSSES.values(), ids=LOSSES)
async def test_a_loss_is_a_missing_line(pool: Database, change: str, line: str) -> None:
    async with pool.acquire() as connection:
        before = await describe(connection)
        await connection.execute(change)
        assert any(each.startswith(line) for each in set(before) - set(await describe(connection)))


async def test_what_an_extension_brings_is_left_out(pool: Database) -> None:
    async with pool.acquire() as connection:
        before = await describe(connection)
        await connection.execute("CREATE EXTENSION pg_trgm")
        assert await describe(connection) == before


async def test_columns_are_numbered_without_the_ones_that_went(pool: Database) -> None:
    """A dump and restore forgets dropped columns, and must not show as a difference."""
    async with pool.acquire() as connection:
        await connection.execute("CREATE TABLE extra (gone INT, kept INT); ALTER TABLE extra DROP COLUMN gone")
        assert any(line.startswith("column extra.kept number 1 ") for line in await describe(connection))
