"""How large files may be, how much an account may store, and that simultaneous uploads cannot exceed either limit."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import pytest

from tests.files.conftest import form, upload, uploaded
from tests.people import Answer, Browser, Person
from tests.serving import serving, settings_for

QUOTA = 100_000


@dataclass(frozen=True, slots=True)
class Small:
    """A person on a server with small limits, a channel of theirs, and its files."""

    person: Person
    channel: str
    directory: Path
    url: str

    async def message(self) -> str:
        return str((await self.person.send(self.channel, "look"))["id"])


@pytest.fixture
async def small(
    database_url: str, http: aiohttp.ClientSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Small]:
    monkeypatch.setattr("coterie.services.running.SWEEP_SECONDS", 0.1)
    settings = settings_for(
        database_url,
        UPLOAD_DIR=str(tmp_path / "kept"),
        COTERIE_FILE_LIMIT="40000",
        COTERIE_UPLOAD_LIMIT="90000",
        COTERIE_FILES_PER_MESSAGE="3",
        COTERIE_FILE_QUOTA=str(QUOTA),
        COTERIE_BODY_LIMIT="1024",
    )
    async with serving(settings) as server:
        person = await Person.register(Browser(server.url, http))
        made = (await person.expect(201, "POST", "/api/servers", {"name": "Club"}))["id"]
        body = {"name": "general", "type": "text"}
        channel = await person.expect(201, "POST", f"/api/servers/{made}/channels", body)
        yield Small(person, channel["id"], tmp_path / "kept", database_url)


async def test_the_largest_file_and_one_byte_more(small: Small) -> None:
    """A body far beyond the limit for JSON is accepted."""
    message = await small.message()
    await uploaded(small.person, message, ("a.txt", b"x" * 40_000))
    answer = await upload(small.person, message, ("b.txt", b"x" * 40_001))
    assert (answer.status, answer.code) == (400, "file_too_large")
    picture = await upload(small.person, message, ("b.png", b"\x89PNG\r\n\x1a\n" + bytes(40_001)))
    assert (picture.status, picture.code) == (400, "file_too_large")


async def test_the_largest_request(small: Small) -> None:
    message = await small.message()
    files = [(f"{number}.txt", b"x" * 39_000) for number in range(3)]
    answer = await upload(small.person, message, *files)
    assert (answer.status, answer.code) == (413, "too_large")


async def test_the_largest_request_that_does_not_tell_its_size(small: Small) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="other"\r\n\r\n'
        for _ in range(100):
            yield b"x" * 1000

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    path = f"/api/messages/{await small.message()}/attachments"
    answer = await small.person.call("POST", path, data=body(), headers=headers)
    assert (answer.status, answer.code) == (413, "too_large")


async def test_the_limit_of_files(small: Small) -> None:
    answer = await upload(small.person, await small.message(), *((f"{n}.txt", b"x") for n in range(4)))
    assert (answer.status, answer.code) == (400, "too_many_files")


async def test_the_quota_and_freed_space(small: Small) -> None:
    first, second = await small.message(), await small.message()
    await uploaded(small.person, first, ("a.txt", b"x" * 35_000), ("b.txt", b"x" * 35_000))
    answer = await upload(small.person, second, ("c.txt", b"x" * 35_000))
    assert (answer.status, answer.code) == (403, "quota_exceeded")
    await uploaded(small.person, second, ("c.txt", b"x" * 25_000))
    await small.person.expect(204, "DELETE", f"/api/messages/{first}")
    await uploaded(small.person, second, ("d.txt", b"x" * 35_000))


async def test_many_at_once_do_not_pass_the_quota_together(small: Small) -> None:
    messages = [await small.message() for _ in range(6)]
    answers: list[Answer] = await asyncio.gather(
        *(upload(small.person, message, ("a.txt", b"x" * 30_000)) for message in messages)
    )
    assert sorted(answer.status for answer in answers) == [201] * 3 + [403] * 3
    connection = await asyncpg.connect(small.url)
    kept = await connection.fetchval("SELECT sum(size)::int FROM files WHERE owner_id = $1", small.person.id)
    await connection.close()
    assert kept <= QUOTA


async def test_many_at_once_do_not_pass_the_number_together(small: Small) -> None:
    message = await small.message()
    answers = await asyncio.gather(*(upload(small.person, message, ("a.txt", b"x")) for _ in range(6)))
    assert sorted(answer.status for answer in answers) == [201] * 3 + [400] * 3
    listed = await small.person.expect(200, "GET", f"/api/messages/{message}/attachments")
    assert len({file["id"] for file in listed}) == 3


async def test_storage_that_fails_says_so(database_url: str, http: aiohttp.ClientSession, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("a file where the directory should be")
    async with serving(settings_for(database_url, UPLOAD_DIR=str(tmp_path / "kept"))) as server:
        person = await Person.register(Browser(server.url, http))
        data: Any = form(("a.png", b"\x89PNG\r\n\x1a\n" + bytes(100)), field="image")
        answer = await person.call("PUT", "/api/users/@me/avatar", data=data)
        assert (answer.status, answer.code) == (503, "storage_unavailable")
        assert int(answer.headers["Retry-After"]) >= 1
