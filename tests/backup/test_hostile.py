"""Backups that someone else made or changed: nothing in them is run, whatever their dump says."""

import asyncio
import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import Final

import asyncpg
import pytest

from coterie.backup import archive as reading
from coterie.backup.archive import SUMS, ArchiveWriter
from coterie.backup.damage import DamagedError
from coterie.backup.dumped_rows import dumped_tables
from coterie.backup.manifest import DATABASE
from coterie.backup.seal import SEAL
from coterie.process.refusals import Exit
from coterie.startup.schema_check import compare
from tests.backup.conftest import Place
from tests.patience import QUIET
from tests.variants import in_test_all

ROOM = "x" * 400
"""Where the tests write what an attacker would: a dump's strings have their length before them."""


def rewritten(archive: Path, change: Callable[[bytes], bytes]) -> Path:
    """A backup with another dump and the checksums of that, as anyone can make it."""
    target = archive.with_name("hostile.tar")
    with archive.open("rb") as old, target.open("w+b") as new, target.with_suffix(".sums").open("w+b") as sums:
        writer = ArchiveWriter(new, sums)
        for member in reading.members(old):
            if member.name not in {SEAL, SUMS}:
                content = member.read()
                writer.add(member.name, change(content) if member.name == DATABASE else content)
        writer.finish()
    return target


async def commented(filled: Place, path: Path) -> Path:
    """A backup in whose dump a comment leaves room for other statements."""
    await filled.rows(f"COMMENT ON TABLE users IS '{ROOM}'", "SELECT 1")
    return await filled.backup(path)


def said_instead(text: str) -> Callable[[bytes], bytes]:
    """Replace the whole statement of the comment."""
    old = f"COMMENT ON TABLE public.users IS '{ROOM}';\n".encode()

    def change(dump: bytes) -> bytes:
        assert old in dump
        new = text.encode()
        return dump.replace(old, new + b"-" * (len(old) - len(new) - 1) + b"\n")

    return change


def copied_from_program(mark: Path) -> Callable[[bytes], bytes]:
    """Let the statement that begins a table's rows run a program instead."""

    def change(dump: bytes) -> bytes:
        [found] = re.findall(rb"COPY public\.messages \([^)]*\) FROM stdin;\n", dump)
        new = f"COPY public.messages FROM PROGRAM 'touch {mark}';\n".encode()
        return dump.replace(found, new + b"-" * (len(found) - len(new) - 1) + b"\n")

    return change


def program(mark: Path) -> str:
    return f"COPY (SELECT 1) TO PROGRAM 'cat > {mark}'"


async def with_objects(filled: Place, path: Path, mark: Path) -> Path:
    """A backup of a database in which triggers and checks call a function that runs a program."""
    await filled.rows(
        "CREATE FUNCTION evil() RETURNS BOOLEAN LANGUAGE plpgsql "
        f"AS $$ BEGIN EXECUTE $x${program(mark)}$x$; RETURN TRUE; END $$",
        "CREATE FUNCTION evil_trigger() RETURNS TRIGGER LANGUAGE plpgsql "
        f"AS $$ BEGIN EXECUTE $x${program(mark)}$x$; RETURN NEW; END $$",
        "CREATE TRIGGER evil AFTER INSERT OR UPDATE ON epochs FOR EACH ROW EXECUTE FUNCTION evil_trigger()",
        "CREATE TABLE trap (id INTEGER CHECK (id = 1 OR evil()))",
        "INSERT INTO trap VALUES (1)",
        "SELECT 1",
    )
    return await filled.backup(path)


Hostile = Callable[[Place, Path, Path], Awaitable[Path]]

HOSTILE: dict[str, Hostile] = {}


def hostile(name: str) -> Callable[[Hostile], Hostile]:
    def add(make: Hostile) -> Hostile:
        HOSTILE[name] = make
        return make

    return add


@hostile("meta-command")
async def meta_command(filled: Place, directory: Path, mark: Path) -> Path:
    return rewritten(await commented(filled, directory / "b.tar"), said_instead(f"\n\\! touch {mark}\n"))


@hostile("statement")
async def statement(filled: Place, directory: Path, mark: Path) -> Path:
    return rewritten(await commented(filled, directory / "b.tar"), said_instead(f"{program(mark)};\n"))


@hostile("function")
async def function(filled: Place, directory: Path, mark: Path) -> Path:
    body = f"$$ BEGIN {program(mark)}; RETURN 1; END $$"
    made = f"CREATE FUNCTION now_evil() RETURNS INT LANGUAGE plpgsql AS {body}; SELECT now_evil();\n"
    return rewritten(await commented(filled, directory / "b.tar"), said_instead(made))


@hostile("objects")
async def objects(filled: Place, directory: Path, mark: Path) -> Path:
    return await with_objects(filled, directory / "b.tar", mark)


@hostile("copy from program")
async def copy_from_program(filled: Place, directory: Path, mark: Path) -> Path:
    return rewritten(await filled.backup(directory / "b.tar"), copied_from_program(mark))


SAME_PLACE: Final = ("statement", "function")


@pytest.mark.parametrize(
    "name",
    [
        *(name for name in HOSTILE if name not in SAME_PLACE),
        *in_test_all("the meta-command stands in the same place of the dump", *SAME_PLACE),
    ],
)
async def test_nothing_in_a_backup_is_run(name: str, filled: Place, empty: Place, tmp_path: Path) -> None:
    """The tests' database user is a superuser, as is that of the cluster in which `verify` tries a backup."""
    mark = tmp_path / "run"
    backup = await HOSTILE[name](filled, tmp_path, mark)
    assert not mark.exists()
    ended = await empty.run("restore", "--trust", str(backup))
    assert ended.code in {0, Exit.DAMAGED}, ended.complaint
    assert not mark.exists()
    ended = await empty.run("verify", "--trust", str(backup))
    assert ended.code in {0, Exit.DAMAGED}, ended.complaint
    await asyncio.sleep(QUIET)
    assert not mark.exists()


async def test_only_what_coterie_made_comes_back(filled: Place, empty: Place, tmp_path: Path) -> None:
    backup = await with_objects(filled, tmp_path / "b.tar", tmp_path / "run")
    assert (await empty.restore(backup)).left_out == ("public.trap",)
    assert await empty.rows("SELECT content FROM messages ORDER BY content") == ["look: dot.png", "look: notes.txt"]
    connection = await asyncpg.connect(empty.url)
    found = await compare(connection)
    assert found.missing + found.surplus == []
    await connection.close()


SCRIPT = b"""SET x = 1;
COPY public.first (id, "user") FROM stdin;
1\t\\\\.
COPY public.second (id) FROM stdin;
\\.

COPY other."two words" (id) FROM stdin;
\\.

\\! touch /tmp/x
"""


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
async def test_the_rows_of_a_dump_are_found_however_it_is_cut(size: int) -> None:
    async def chunks() -> AsyncGenerator[bytes, None]:
        for start in range(0, len(SCRIPT), size):
            yield SCRIPT[start : start + size]

    found = []
    async for table in dumped_tables(chunks()):
        rows = b"".join([chunk async for chunk in table.rows])
        found.append((table.schema, table.name, table.columns, rows))
    assert found == [
        ("public", "first", ("id", "user"), b"1\t\\\\.\nCOPY public.second (id) FROM stdin;\n"),
        ("other", "two words", ("id",), b""),
    ]


@pytest.mark.parametrize("script", [b"COPY a.b (c) FROM stdin;\n1\n", b"x" * 3_000_000])
async def test_a_dump_without_ends_is_damaged(script: bytes) -> None:
    async def chunks() -> AsyncGenerator[bytes, None]:
        yield script[:2_000_000]
        yield script[2_000_000:]

    async def read() -> int:
        return sum([len(chunk) async for table in dumped_tables(chunks()) async for chunk in table.rows])

    with pytest.raises(DamagedError):
        await read()
