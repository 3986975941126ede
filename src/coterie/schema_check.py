"""Compares a database's schema with the one that the migrations make, which migrations/schema.txt records.

`python -m coterie.schema_check URL > src/coterie/migrations/schema.txt`, on a database that was just migrated;
a test keeps the file current. Other versions of PostgreSQL may print a definition differently, so only a
missing table or column stops a start; `coterie migrate verify` shows every difference.
"""

import asyncio
import sys
from importlib import resources

import asyncpg
import msgspec

from coterie.database.catalogue import describe
from coterie.database.connection import OneConnection


class Differences(msgspec.Struct, frozen=True):
    """`missing` and `surplus` are whole definitions; `lost` names the tables and columns that are not there."""

    missing: list[str]
    surplus: list[str]
    lost: list[str]


def recorded() -> list[str]:
    return resources.files("coterie.migrations").joinpath("schema.txt").read_text("utf-8").splitlines()


async def compare(connection: OneConnection) -> Differences:
    expected, found = recorded(), await describe(connection)
    present = {_name(line) for line in found}
    return Differences(
        missing=sorted(set(expected) - set(found)),
        surplus=sorted(set(found) - set(expected)),
        lost=[_name(line) for line in expected if _is_essential(line) and _name(line) not in present],
    )


def _is_essential(line: str) -> bool:
    return line.startswith(("relation ", "column "))


def _name(line: str) -> str:
    return " ".join(line.split(" ", 2)[:2])


async def _print(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        sys.stdout.write("".join(f"{line}\n" for line in await describe(connection)))
    finally:
        await connection.close()


if __name__ == "__main__":
    asyncio.run(_print(sys.argv[1]))
