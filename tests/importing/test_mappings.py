"""A kind of rows that is declared: what a batch of it stores, leaves out, remembers and tells; and comparing it."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple
from uuid import UUID

import pytest

from coterie.database.connection import OneConnection, Row
from coterie.database.pool import OwnConnection
from coterie.importing import mappings, records
from coterie.importing.mappings import ACCOUNT, PERSON, SourceRow, Stage, TableMapping, inserting, one_by_one, stage
from coterie.importing.source import opened
from coterie.importing.tables import Table, read, rows_of
from coterie.importing.work import ImportWork, Options, find_accounts
from coterie.log.append import Change
from tests.importing.xfchat_source import at, id_of


class Thing(NamedTuple):
    id: UUID
    owner: UUID
    name: str
    helper: UUID | None = None


@pytest.fixture
async def things(source: OwnConnection, here: OwnConnection) -> OwnConnection:
    """A source with three things; ann and ben have accounts here, the ghost has none."""
    await source.execute("CREATE TABLE things (id UUID, owner UUID, helper UUID, name TEXT, created_at TIMESTAMPTZ)")
    for number, (name, owner, helper) in enumerate([("a", "ann", "ben"), ("b", "ghost", "ann"), ("c", "ben", "ghost")]):
        await add(source, name, owner, helper, number)
    for name in ("ann", "ben"):
        await account(here, name)
    return source


async def add(source: OwnConnection, name: str, owner: str, helper: str, minutes: int) -> None:
    values = (id_of(name), id_of(owner), id_of(helper), name, at(minutes))
    await source.execute("INSERT INTO things VALUES ($1, $2, $3, $4, $5)", *values)


async def account(here: OwnConnection, name: str, id: UUID | None = None) -> None:
    await here.execute(
        """
        WITH opened AS (INSERT INTO topics (id, kind) VALUES ($1, 'user'))
        INSERT INTO users (id, username, created_at) VALUES ($1, $2, $3)
        """,
        id or id_of(name),
        name,
        at(0),
    )


@contextlib.asynccontextmanager
async def working(source_url: str, here: OwnConnection) -> AsyncIterator[ImportWork]:
    """A run of one import, in which ann and ben are known."""
    async with opened(source_url, "UTC") as source:
        work = ImportWork(source, here, await records.begin(here, "xfchat", "things"), Options())
        await work.remember("users", {str(id_of(name)): id_of(name) for name in ("ann", "ben")})
        yield work


class Store:
    """Keeps what is stored."""

    def __init__(self) -> None:
        self.stored: list[Thing] = []

    async def insert(self, connection: OneConnection, *things: Thing) -> None:
        self.stored += things


def thing(row: SourceRow) -> Thing | None:
    if row["name"] == "nothing":
        row.leave("is nothing")
        return None
    return Thing(row.id, row.here["owner"], row["name"], row.here["helper"])


def declared(store: Store) -> TableMapping[Thing]:
    return TableMapping[Thing](
        "things",
        reads=read(Table.text, "name"),
        refers={"owner": ACCOUNT, "helper": PERSON},
        make=one_by_one(thing),
        store=inserting(store.insert, told),
        find=find_accounts,
    )


def told(thing: Thing) -> Change:
    return Change(thing.owner, f"things/{thing.id}", "USER_UPDATE", {"name": thing.name})


async def run(work: ImportWork, kind: TableMapping[Thing]) -> None:
    """Store everything, as the engine does."""
    declared = await staged(work, "things", kind)
    async with work.connection.transaction():
        async for rows in work.source.batches(declared.query):
            await mappings.store(kind, work, rows)
        await work.keep_notes()


async def staged(work: ImportWork, table: str, kind: TableMapping[Thing]) -> Stage:
    found = stage(await work.source.table(table), kind)
    assert found is not None
    return found


async def notes(here: OwnConnection) -> set[tuple[str, str, bool]]:
    rows = await here.fetch("SELECT old_id, reason, is_left FROM import_notes")
    return {tuple(row) for row in rows}


async def test_rows_become_records_with_what_they_refer_to(
    things: OwnConnection, source_url: str, here: OwnConnection
) -> None:
    store = Store()
    async with working(source_url, here) as work:
        await run(work, declared(store))
        assert store.stored == [
            Thing(id_of("a"), id_of("ann"), "a", id_of("ben")),
            Thing(id_of("c"), id_of("ben"), "c", None),
        ]
        assert await work.known("things", [id_of(name) for name in "abc"]) == {
            str(id_of(name)): id_of(name) for name in "ac"
        }
    assert await notes(here) == {(str(id_of("b")), "the account does not exist", True)}
    changes = await here.fetch("SELECT topic_id, key FROM changes ORDER BY topic_id")
    assert {tuple(row) for row in changes} == {(each.owner, f"things/{each.id}") for each in store.stored}


async def test_a_row_that_is_known_is_not_stored_again(
    things: OwnConnection, source_url: str, here: OwnConnection
) -> None:
    first, second = Store(), Store()
    async with working(source_url, here) as work:
        await run(work, declared(first))
    await add(things, "d", "ann", "ann", 3)
    async with working(source_url, here) as work:
        await run(work, declared(second))
    assert [each.name for each in first.stored] == ["a", "c"]
    assert [each.name for each in second.stored] == ["d"]


async def test_a_batch_that_was_taken_back_is_stored_whole(
    things: OwnConnection, source_url: str, here: OwnConnection
) -> None:
    """What is remembered and told is in the transaction of the batch."""
    store = Store()
    async with working(source_url, here) as work:
        with contextlib.suppress(ZeroDivisionError):
            async with here.transaction():
                await run(work, declared(store))
                raise ZeroDivisionError
        assert await here.fetchval("SELECT count(*) FROM changes") == 0
        await run(work, declared(store))
    assert [each.name for each in store.stored] == ["a", "c", "a", "c"]
    assert await here.fetchval("SELECT count(*) FROM changes") == 2


async def test_an_id_that_is_taken_is_replaced_by_the_same_one_every_time(
    things: OwnConnection, source_url: str, here: OwnConnection
) -> None:
    await account(here, "other", id_of("a"))
    store = Store()
    async with working(source_url, here) as work:
        await run(work, declared(store))
        assert store.stored[0].id == work.other_id("things", id_of("a"))
        assert (await work.known("things", [id_of("a")])).popitem()[1] == store.stored[0].id
    assert store.stored[1].id == id_of("c")


async def test_a_row_that_makes_nothing_is_looked_at_again(
    things: OwnConnection, source_url: str, here: OwnConnection
) -> None:
    await things.execute("UPDATE things SET name = 'nothing' WHERE name = 'a'")
    store = Store()
    async with working(source_url, here) as work:
        await run(work, declared(store))
    assert (str(id_of("a")), "is nothing", True) in await notes(here)
    await things.execute("UPDATE things SET name = 'something' WHERE name = 'nothing'")
    async with working(source_url, here) as work:
        await run(work, declared(store))
    assert [each.name for each in store.stored] == ["c", "something"]


async def test_a_row_named_by_a_pair(things: OwnConnection, source_url: str, here: OwnConnection) -> None:
    store = Store()
    kind = TableMapping[Thing](
        "pairs",
        reads=read(Table.text, "name"),
        refers={"owner": ACCOUNT, "helper": ACCOUNT},
        make=one_by_one(thing),
        store=inserting(store.insert),
        find=nobody,
        ids=("owner", "helper"),
        became=attrgetter("owner"),
        keys=("owner", "helper"),
    )
    async with working(source_url, here) as work:
        await run(work, kind)
        name = f"{id_of('ann')}/{id_of('ben')}"
        assert await work.known("pairs", [name]) == {name: id_of("ann")}
        await run(work, kind)
    assert [each.name for each in store.stored] == ["a"]
    assert await here.fetchval("SELECT count(*) FROM changes") == 0


async def nobody(connection: OneConnection, ones: list[UUID], others: list[UUID]) -> list[Row]:
    assert (ones, others) == ([id_of("ann")], [id_of("ben")])
    return []


async def test_a_table_that_is_not_there_has_no_stage(source_url: str, here: OwnConnection) -> None:
    async with working(source_url, here) as work:
        assert stage(await work.source.table("things"), declared(Store())) is None


async def test_comparing_by_id(things: OwnConnection, source_url: str, here: OwnConnection) -> None:
    """Ann is as she was, ben was made at another time, and of the ghost there is nothing."""
    await things.execute("CREATE TABLE people (id UUID, created_at TIMESTAMPTZ)")
    moments: dict[str, datetime] = {"ann": at(0), "ben": at(1), "ghost": at(2)}
    for name, moment in moments.items():
        await things.execute("INSERT INTO people VALUES ($1, $2)", id_of(name), moment)
    async with working(source_url, here) as work:
        [rows] = [rows async for rows in work.source.batches(rows_of(await work.source.table("people"), {}))]
        people = replace(declared(Store()), name="users")
        found = list(await mappings.compare(replace(people, same="created_at"), work, rows))
        there = list(await mappings.compare(people, work, rows))
    assert [(each.old_id, each.there, each.here) for each in found] == [
        (str(id_of("ann")), at(0), at(0)),
        (str(id_of("ben")), at(1), at(0)),
        (str(id_of("ghost")), at(2), None),
    ]
    assert [each.here == each.there for each in there] == [True, True, False]


async def test_comparing_by_pair(things: OwnConnection, source_url: str, here: OwnConnection) -> None:
    async def find(connection: OneConnection, ones: list[UUID], others: list[UUID]) -> list[Row]:
        return await connection.fetch(
            "SELECT one, other FROM unnest($1::uuid[], $2::uuid[]) AS given (one, other)", ones, others
        )

    async with working(source_url, here) as work:
        pairs = await staged(work, "things", replace(declared(Store()), ids=("owner", "helper"), find=find))
        [rows] = [rows async for rows in work.source.batches(pairs.query)]
        found = list(await mappings.compare(pairs.kind, work, rows))
    assert [each.here is not None for each in found] == [True, False, False]
    assert found[0].old_id == f"{id_of('ann')}/{id_of('ben')}"
