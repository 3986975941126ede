"""Comparing what became of the rows of a table with what is here of them, by their ids."""

from collections.abc import Awaitable, Callable, Iterable
from uuid import UUID

from coterie.database.connection import OneConnection, Row
from coterie.importing.engine import Compared
from coterie.importing.work import Work

Finder = Callable[[OneConnection, list[UUID]], Awaitable[list[Row]]]
"""Answers rows with an `id`, of those that there are."""


def by_id(kind: str, find: Finder) -> Callable[[Work, list[Row]], Awaitable[Iterable[Compared]]]:
    """Compares rows with a column `id` by whether what they became is there."""

    async def compare(work: Work, rows: list[Row]) -> list[Compared]:
        known = await work.known(kind, [row["id"] for row in rows])
        there = {row["id"] for row in await find(work.connection, list(known.values()))}
        return [
            Compared(old_id := str(row["id"]), (old_id,), (old_id,) if known.get(old_id) in there else None)
            for row in rows
        ]

    return compare
