"""How columns of the source are read, in PostgreSQL itself: whatever their type, and whether they are there or not."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from coterie.database.pool import OwnConnection
from coterie.importing.source import Source
from coterie.importing.tables import Read, Table, content, flag, id_of, number, read, rows_of

MOMENT = datetime(2024, 3, 1, 12, tzinfo=UTC)
SECONDS = int(MOMENT.timestamp())
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


async def read_one(source: OwnConnection, type: str, value: str, how: Read, zone: str = "UTC") -> Any:
    """The one value of a column of a type."""
    await source.execute(f"CREATE TABLE things (id UUID, value {type}); INSERT INTO things VALUES (NULL, {value})")
    table = await Source(source, zone).table("things")
    return await source.fetchval(f"SELECT {how(table, 'value')} FROM things")


@pytest.mark.parametrize(
    ("type", "value", "moment"),
    [
        ("TIMESTAMPTZ", "'2024-03-01 12:00:00+00'", MOMENT),
        ("TIMESTAMPTZ", "'2024-03-01 14:00:00+02'", MOMENT),
        ("TIMESTAMP", "'2024-03-01 12:00:00'", MOMENT),
        ("DATE", "'2024-03-01'", MOMENT.replace(hour=0)),
        ("BIGINT", f"{SECONDS}", MOMENT),
        ("BIGINT", f"{SECONDS}000", MOMENT),
        ("BIGINT", f"{SECONDS}000000", MOMENT),
        ("BIGINT", f"{SECONDS}000000000", MOMENT),
        ("DOUBLE PRECISION", f"{SECONDS}.5", MOMENT.replace(microsecond=500_000)),
        ("TIMESTAMPTZ", "NULL", EARLIEST),
        ("TIMESTAMPTZ", "'-infinity'", EARLIEST),
        ("TIMESTAMPTZ", "'1903-01-01'", EARLIEST),
        ("TIMESTAMPTZ", "'infinity'", LATEST),
        ("TIMESTAMP", "'9999-01-01'", LATEST),
    ],
)
async def test_a_moment(source: OwnConnection, type: str, value: str, moment: datetime) -> None:
    assert await read_one(source, type, value, Table.moment) == moment


async def test_a_time_without_a_zone_is_of_the_zone_that_is_said(source: OwnConnection) -> None:
    found = await read_one(source, "TIMESTAMP", "'2024-03-01 12:00'", Table.moment, "Europe/Berlin")
    assert found == MOMENT.replace(hour=11)


@pytest.mark.parametrize(
    ("type", "value", "how", "found"),
    [
        ("TIMESTAMPTZ", "NULL", Table.optional_moment, None),
        ("TIMESTAMPTZ", "'infinity'", Table.optional_moment, LATEST),
        ("INT", "7", number, 7),
        ("INT", "NULL", number, 0),
        ("BOOL", "NULL", flag, False),
        ("BOOL", "TRUE", flag, True),
        ("VARCHAR(9)", "NULL", content, ""),
        ("VARCHAR(9)", "'text'", content, "text"),
        ("INT", "7", Table.text, "7"),
    ],
)
async def test_a_value(source: OwnConnection, type: str, value: str, how: Read, found: object) -> None:
    assert await read_one(source, type, value, how) == found


@pytest.mark.parametrize(
    ("how", "found"),
    [(Table.text, None), (Table.moment, EARLIEST), (number, 0), (flag, False), (content, ""), (Table.id, None)],
)
async def test_a_column_that_is_missing(source: OwnConnection, how: Read, found: object) -> None:
    await source.execute("CREATE TABLE things (id UUID); INSERT INTO things VALUES (NULL)")
    table = await Source(source, "UTC").table("things")
    assert await source.fetchval(f"SELECT {how(table, 'value')} FROM things") == found


async def test_an_id_that_is_none_becomes_the_same_one_wherever_it_is_named(source: OwnConnection) -> None:
    await source.execute("CREATE TABLE users (id INT); CREATE TABLE things (user_id INT, id INT)")
    await source.execute("INSERT INTO users VALUES (5); INSERT INTO things VALUES (5, 5)")
    opened = Source(source, "UTC")
    users, things = await opened.table("users"), await opened.table("things")
    user = await source.fetchval(f"SELECT {users.id()} FROM users")
    assert await source.fetchval(f"SELECT {id_of('users')(things, 'user_id')} FROM things") == user
    assert isinstance(user, UUID)
    assert await source.fetchval(f"SELECT {things.id()} FROM things") != user


async def test_rows_are_read_in_batches_behind_a_key(source: OwnConnection) -> None:
    await source.execute("CREATE TABLE things (id UUID, name TEXT, created_at TIMESTAMPTZ)")
    for number_ in range(5):
        moment = datetime(2024, 1, 1 + number_ // 2, tzinfo=UTC)
        await source.execute("INSERT INTO things VALUES ($1, $2, $3)", UUID(int=9 - number_), str(number_), moment)
    opened = Source(source, "UTC")
    query = rows_of(await opened.table("things"), read(Table.text, "name"), batch=2)
    async with source.transaction():
        batches = [batch async for batch in opened.batches(query)]
        assert ["".join(row["name"] for row in batch) for batch in batches] == ["10", "32", "4"]
        after = query.key_of(batches[0][-1])
        assert [[row["name"] for row in batch] async for batch in opened.batches(query, after)] == [["3", "2"], ["4"]]
        assert (await opened.count(query), await opened.count(query, after)) == (5, 3)
