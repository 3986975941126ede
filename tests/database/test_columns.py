"""Columns and parameters that are declared by a record: their text, their values, and both together in PostgreSQL."""

from datetime import UTC, datetime
from typing import Literal, NamedTuple
from uuid import UUID

import pytest
from msgspec import Struct

from coterie.database.columns import columns, parameters
from coterie.database.pool import OwnConnection

ONE, TWO = UUID(int=1), UUID(int=2)
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class Thing(NamedTuple):
    id: UUID
    name: str | None
    kind: Literal["a", "b"]
    size: int
    is_new: bool
    digest: bytes
    made_at: datetime
    people: list[UUID]


class Base(Struct):
    first: int


class Derived(Base):
    second: str


class Asked(NamedTuple):
    ids: list[UUID]
    names: list[str] | None
    limit: int


THINGS = columns(Thing)
ROWS = [
    Thing(ONE, "one", "a", 1 << 40, True, b"\0\1", NOW, [ONE, TWO]),
    Thing(TWO, None, "b", 0, False, b"", NOW, []),
]


def test_the_text_names_every_column_with_its_type() -> None:
    assert THINGS.names == "id, name, kind, size, is_new, digest, made_at, people"
    assert THINGS.given == (
        "unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::bool[], $6::bytea[], $7::timestamptz[],"
        " $8::text[]) WITH ORDINALITY AS given (id, name, kind, size, is_new, digest, made_at, people, number)"
    )


def test_some_columns_after_other_parameters() -> None:
    some = columns(Thing, "name", "id", after=2)
    assert some.names == "name, id"
    assert some.given == "unnest($3::text[], $4::uuid[]) WITH ORDINALITY AS given (name, id, number)"
    assert some.arrays(ROWS) == [("one", None), (ONE, TWO)]
    assert columns(Thing, "size").arrays(ROWS) == [(1 << 40, 0)]


def test_the_columns_of_a_record_that_extends_another() -> None:
    assert columns(Derived).names == "first, second"


async def test_rows_arrive_as_they_are_in_their_order(schema: OwnConnection) -> None:
    statement = f"""
        SELECT id, name, kind, size, is_new, digest, made_at, people::uuid[] AS people, number
        FROM {THINGS.given} ORDER BY number
    """
    rows = [dict(row) for row in await schema.fetch(statement, *THINGS.arrays(ROWS))]
    assert [row.pop("number") for row in rows] == [1, 2]
    assert [Thing(**row) for row in rows] == ROWS
    assert await schema.fetch(statement, *THINGS.arrays([])) == []


async def test_parameters_are_named(schema: OwnConnection) -> None:
    asked = parameters(Asked)
    assert (asked.ids, asked.names, asked.limit) == ("$1::uuid[]", "$2::text[]", "$3::bigint")
    statement = f"SELECT id FROM unnest({asked.ids}) AS id WHERE {asked.names} IS NULL LIMIT {asked.limit}"
    rows = await schema.fetch(statement, *asked.values(Asked([ONE, TWO], None, 1)))
    assert [row["id"] for row in rows] == [ONE]
    with pytest.raises(AttributeError):
        _ = asked.nothing


def test_what_no_column_can_hold_is_refused() -> None:
    class Wrong(NamedTuple):
        value: dict[str, str]

    class Ragged(NamedTuple):
        value: list[str]

    for record in (Wrong, Ragged):
        with pytest.raises(TypeError):
            columns(record)
