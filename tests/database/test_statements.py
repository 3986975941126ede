"""Every SQL statement in the source, against the real schema: it parses, it is planned, and its values are bound."""

import ast
import functools
import itertools
import re
import types
from collections.abc import Iterator

import asyncpg
import pytest

from coterie.database.pool import OwnConnection
from tests.database.sql_in_source import Statement, UnknownStatementError, statements, texts, written_parameters

NUMBERS = itertools.count()

# Statements that are run as they are, each with its reason.
NOT_KNOWN_BEFORE = {
    ("account_export/content.py", "wanted.sql"): "a constant of `account_export/lists.py`, each read by tests",
    ("backup/laws.py", "statement"): "a law of its own list, or one made of the catalogue's names, each run by tests",
    ("backup/queries.py", "counting"): "counts a table that the catalogue named",
    ("backup/queries.py", "emptying"): "empties the tables that the catalogue named",
    ("backup/queries.py", "statement"): "adds or removes an index or a key, as the catalogue describes it",
    ("database/catalogue.py", "part"): "a constant list of queries of the catalogue, run by every test of migrations",
    ("database/migrate.py", "*note"): "one of two statements beside it, run by every migration",
    ("database/migrate.py", "script.sql"): "a migration",
    ("database/migrate.py", "statement"): "a statement of a migration",
    ("database/rehearsal.py", "migration.up.sql"): "a migration",
    ("database/rehearsal.py", "statement"): "a statement of a migration",
    ("database/timed.py", "command"): "passes statements on to be timed",
    ("database/timed.py", "query"): "passes statements on to be timed",
    ("importing/source.py", "query.batch"): "a number: the next rows of a cursor",
    ("importing/source.py", "statement"): "reads another program's tables, as they are found there",
}


@functools.cache
def found() -> list[Statement]:
    """All statements of the source, which takes two seconds: not while tests are collected, by each worker."""
    return statements()


def test_the_collector_sees() -> None:
    """So that it cannot miss any: the numbers grow with the source, and each package is among the places."""
    assert len(found()) >= 110
    assert len([statement for statement in found() if statement.is_planned]) >= 100
    rooms = {statement.place.partition("/")[0] for statement in found()}
    assert {
        "accounts",
        "servers",
        "channels",
        "messages",
        "presence",
        "sync",
        "log",
        "search",
        "database",
    } <= rooms


def test_every_statement_can_be_read_from_the_source() -> None:
    unknown = {(each.place.partition(":")[0], each.source) for each in found() if each.text is None}
    assert unknown == NOT_KNOWN_BEFORE.keys()


def test_no_parameter_has_a_number_too_high_to_count() -> None:
    """A statement that needs more declares them: see `database/columns.py`."""
    written = set(written_parameters())
    assert {number for _, number in written} >= set(range(1, 8)), "the collector sees"
    assert not {(place, number) for place, number in written if number > 10}


@pytest.mark.parametrize(
    "source",
    [
        "f'SELECT id FROM users WHERE id = {user_id}'",
        "'SELECT id FROM users WHERE id = ' + user_id",
        "'SELECT id FROM users WHERE id = %s' % user_id",
        "'SELECT id FROM users WHERE id = {}'.format(user_id)",
        "statement",
        "f'SELECT id FROM {TABLE:>10} {self.name}'",
    ],
)
def test_what_is_put_together_at_run_time_is_reported(source: str) -> None:
    module = types.ModuleType("module")
    module.TABLE = "users"  # type: ignore[attr-defined]
    with pytest.raises(UnknownStatementError):
        texts(ast.parse(source, mode="eval").body, module)


def test_no_table_is_read_with_a_star() -> None:
    read = [f"{each.place}: {star}" for each in found() for star in stars(each.text or "")]
    assert not read, "\n".join(read)


def stars(text: str) -> Iterator[str]:
    """Where a statement reads all columns of a table that is not one of its own."""
    own = {
        name
        for match in re.finditer(r"(\w+)\s+AS\s+(?:MATERIALIZED\s+)?\(|AS (\w+) \(", text)
        for name in match.groups()
    }
    for match in re.finditer(r"(?i)(?:\bSELECT|,)\s+(?:(\w+)\.)?\*(?:.*?FROM\s+(\w+))?", text, re.DOTALL):
        if (match[1] or match[2]) not in own | {"unnest"}:
            yield match[0]


async def test_every_statement_fits_the_schema(schema: OwnConnection) -> None:
    """Parsed for its names and types, and planned, which also finds the index that an ON CONFLICT needs."""
    faults = [fault for each in found() if each.text and (fault := await fault_of(schema, each))]
    assert not faults, "\n".join(faults)


async def fault_of(connection: OwnConnection, statement: Statement) -> str | None:
    savepoint = connection.transaction()
    await savepoint.start()
    try:
        prepared = await connection.prepare(str(statement.text))
        if statement.is_planned:
            await plan(connection, str(statement.text), len(prepared.get_parameters()))
    except asyncpg.PostgresError as error:
        return f"{statement.place}: {error}"
    finally:
        await savepoint.rollback()
    return None


async def plan(connection: OwnConnection, statement: str, parameters: int) -> None:
    await connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
    name = f"tried_{next(NUMBERS)}"
    await connection.execute(f"PREPARE {name} AS {statement}")
    values = f"({', '.join(['NULL'] * parameters)})" if parameters else ""
    await connection.execute(f"EXPLAIN EXECUTE {name} {values}")


async def test_a_statement_that_does_not_fit_is_found(schema: OwnConnection) -> None:
    wrong = [
        "SELECT nothing FROM users",
        "SELECT id FROM nobody",
        "SELECT id FROM users WHERE id = $1 AND username = $1",
        "INSERT INTO reactions (message_id) VALUES ($1) ON CONFLICT (emoji) DO NOTHING",
    ]
    assert all([await fault_of(schema, Statement("here", "", text)) for text in wrong])
    assert await fault_of(schema, Statement("here", "", "SELECT id FROM users WHERE id = $1")) is None
