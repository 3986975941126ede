"""Compares a database's schema with the one that the migrations create, which migrations/schema.txt records.

`python -m coterie.startup.schema_check > src/coterie/migrations/schema.txt` records it again, from a cluster of its
own; a test fails when that is necessary. Other versions of PostgreSQL may print a definition differently, so only a
missing table or column stops a start; `coterie migrate verify` shows every difference.
"""

import asyncio
import sys
import tempfile
from importlib import resources
from pathlib import Path

import asyncpg
import msgspec

from coterie.database import migrate
from coterie.database.catalogue import describe
from coterie.database.connection import OneConnection
from coterie.database.embedded import Cluster


class Differences(msgspec.Struct, frozen=True):
    """`missing` and `surplus` are whole definitions; `lost` names the tables and columns that do not exist."""

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
        await migrate.run(connection)
        sys.stdout.write("".join(f"{line}\n" for line in await describe(connection)))
    finally:
        await connection.close()


def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o711)  # PostgreSQL refuses to run as root, so it may run as another user
        with Cluster.start(Path(directory) / "data") as cluster:
            asyncio.run(_print(cluster.url))


if __name__ == "__main__":
    main()
