"""Uploads that end in the middle, and servers that are killed: nothing half-done is seen, or left behind."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import psutil
import pytest

from coterie.database.connection import Database
from coterie.files.receiving import FileLimits, Files
from coterie.files.storage import Storage
from coterie.files.sweeping import sweep
from coterie.permissions.cache import PermissionCache
from coterie.usage.counting import Usage
from tests.files.conftest import Kept, form, until, uploaded
from tests.laws.world import Server, servers
from tests.people import Browser, Community, Person
from tests.serving import gather_community

HEAD = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\n'


class Upload:
    """A request that is sent piece by piece."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def begin(cls, person: Person, message: str, size: int) -> "Upload":
        host, _, port = person.url.removeprefix("http://").partition(":")
        upload = cls(*await asyncio.open_connection(host, int(port)))
        upload.writer.write(
            f"POST /api/messages/{message}/attachments HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n"
            f"Authorization: Bearer {person.token}\r\n"
            f"Content-Type: multipart/form-data; boundary=x\r\n\r\n".encode()
        )
        await upload.send(HEAD)
        return upload

    async def send(self, content: bytes) -> None:
        self.writer.write(content)
        with contextlib.suppress(ConnectionError):
            await self.writer.drain()

    async def close(self) -> None:
        self.writer.close()
        with contextlib.suppress(ConnectionError):
            await self.writer.wait_closed()


async def begun(rows: Any, person: Person) -> str:
    """The file of a person whose upload is noted."""
    found: list[str] = []

    async def is_there() -> bool:
        found[:] = [str(row["id"]) for row in await rows.fetch("SELECT id FROM files WHERE owner_id = $1", person.id)]
        return bool(found)

    await until(is_there)
    return found[0]


async def test_a_client_that_goes_away(community: Community, message: dict[str, Any], kept: Kept) -> None:
    upload = await Upload.begin(community.member, message["id"], 10_000_000)
    await upload.send(b"x" * 5_000_000)
    file = await begun(kept.rows, community.member)
    await until(lambda: _has(kept, file))
    assert await community.owner.expect(200, "GET", f"/api/messages/{message['id']}/attachments") == []
    await upload.close()
    await kept.is_removed(file)
    assert await community.owner.expect(200, "GET", f"/api/messages/{message['id']}/attachments") == []


async def _has(kept: Kept, file: str) -> bool:
    return bool(kept.objects(file))


async def test_a_client_that_falls_silent(
    community: Community, message: dict[str, Any], kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coterie.files.form.SILENCE_SECONDS", 0.3)
    upload = await Upload.begin(community.member, message["id"], 10_000_000)
    await upload.send(b"x" * 5_000)
    file = await begun(kept.rows, community.member)
    assert b" 408 " in await upload.reader.readline()
    await upload.close()
    await kept.is_removed(file)


async def test_a_message_that_goes_while_its_file_comes(
    community: Community, message: dict[str, Any], kept: Kept
) -> None:
    upload = await Upload.begin(community.member, message["id"], len(HEAD) + 5_000 + 9)
    await upload.send(b"x" * 4_999)
    file = await begun(kept.rows, community.member)
    await community.member.expect(204, "DELETE", f"/api/messages/{message['id']}")
    await upload.send(b"x\r\n--x--\r\n")
    assert b" 404 " in await upload.reader.readline()
    await upload.close()
    await kept.is_removed(file)


async def test_an_upload_beyond_its_lease(community: Community, message: dict[str, Any], kept: Kept) -> None:
    upload = await Upload.begin(community.member, message["id"], len(HEAD) + 5_000 + 9)
    await upload.send(b"x" * 4_999)
    file = await begun(kept.rows, community.member)
    await kept.rows.execute("UPDATE files SET keep_until = now() WHERE id = $1", file)
    await upload.send(b"x\r\n--x--\r\n")
    assert b" 408 " in await upload.reader.readline()
    await upload.close()
    await kept.is_removed(file)


@pytest.mark.parametrize("what", ["message", "channel", "server"])
async def test_files_go_with_what_they_belong_to(
    community: Community, message: dict[str, Any], kept: Kept, what: str
) -> None:
    [file] = await uploaded(community.member, message["id"], ("a.txt", b"a"))
    assert kept.objects(file["id"]) == [file["id"]]
    server = f"/api/servers/{community.server}"
    paths = {
        "message": f"/api/messages/{message['id']}",
        "channel": f"{server}/channels/{community.channel}",
        "server": server,
    }
    await community.owner.expect(204, "DELETE", paths[what])
    await kept.is_removed(file["id"])


async def test_an_object_that_cannot_be_removed_is_tried_again(
    community: Community, message: dict[str, Any], kept: Kept
) -> None:
    [file] = await uploaded(community.member, message["id"], ("a.txt", b"a"))
    [place] = kept.directory.rglob(file["id"])
    place.unlink()
    (place / "in the way").mkdir(parents=True)
    await community.member.expect(204, "DELETE", f"/api/messages/{message['id']}")

    async def is_postponed() -> bool:
        row = await kept.rows.fetchval(
            "SELECT TRUE FROM files WHERE id = $1 AND attachment_id IS NULL AND keep_until > now()", file["id"]
        )
        return bool(row)

    await until(is_postponed)
    (place / "in the way").rmdir()
    place.rmdir()
    await kept.rows.execute("UPDATE files SET keep_until = now() WHERE id = $1", file["id"])
    await kept.is_removed(file["id"])


@dataclass(frozen=True, slots=True)
class Killable:
    """A server process of its own, the cast on it, and what it keeps."""

    server: Server
    community: Community
    kept: Kept


@pytest.fixture
async def killable(database_url: str, tmp_path: Path) -> AsyncIterator[Killable]:
    async with (
        servers(database_url, 1, variables={"UPLOAD_DIR": str(tmp_path / "kept")}) as [server],
        aiohttp.ClientSession() as http,
    ):
        community = await gather_community(lambda name: Person.register(Browser(server.url, http), name))
        rows = await asyncpg.connect(database_url)
        yield Killable(server, community, Kept(rows, tmp_path / "kept"))
        await rows.close()


async def sweep_after_the_lease(killable: Killable, pool: Database) -> None:
    await killable.kept.rows.execute("UPDATE files SET keep_until = now()")
    limits = FileLimits(file=1, request=1, files_per_message=1)
    assert await sweep(Files(pool, PermissionCache(), Storage("", killable.kept.directory), limits, Usage(pool))) == 1


@pytest.mark.extended("test_killed_between_storing_and_committing is the harder moment")
async def test_killed_while_a_file_comes(killable: Killable, pool: Database) -> None:
    member = killable.community.member
    message = await member.send(killable.community.channel, "look")
    upload = await Upload.begin(member, message["id"], 10_000_000)
    await upload.send(b"x" * 5_000_000)
    file = await begun(killable.kept.rows, member)
    await until(lambda: _has(killable.kept, file))
    await killable.server.end(signal.SIGKILL)
    await upload.close()
    assert killable.kept.objects(file), "half of it is there"
    await sweep_after_the_lease(killable, pool)
    assert killable.kept.objects(file) == []
    assert await killable.kept.rows.fetchval("SELECT count(*) FROM files") == 0


async def test_killed_between_storing_and_committing(killable: Killable, pool: Database) -> None:
    community, kept = killable.community, killable.kept
    message = await community.member.send(community.channel, "look")
    async with pool.acquire() as other, other.transaction():
        await other.execute("SELECT FROM topics WHERE id = $1 FOR UPDATE", community.channel)
        upload = await Upload.begin(community.member, message["id"], len(HEAD) + 5_000 + 9)
        await upload.send(b"x" * 5_000 + b"\r\n--x--\r\n")
        file = await begun(kept.rows, community.member)

        async def is_whole() -> bool:
            return kept.objects(file) == [file]

        await until(is_whole)
        await killable.server.end(signal.SIGKILL)
    await upload.close()
    assert await kept.rows.fetchval("SELECT count(*) FROM attachments") == 0
    await sweep_after_the_lease(killable, pool)
    assert kept.objects(file) == []


async def test_what_was_acknowledged_outlives_a_kill(killable: Killable) -> None:
    community = killable.community
    message = await community.member.send(community.channel, "look")
    [file] = await uploaded(community.member, message["id"], ("a.txt", b"x" * 100_000))
    await killable.server.end(signal.SIGKILL)
    await killable.server.start()
    async with community.owner.http.get(
        f"{killable.server.url}/api{file['url']}", headers={"Authorization": f"Bearer {community.owner.token}"}
    ) as response:
        assert (response.status, await response.read()) == (200, b"x" * 100_000)


@pytest.mark.parametrize("mark", [b"ID3", b"\x89PNG\r\n\x1a\n"], ids=["a file", "a picture"])
async def test_memory_stays_bounded(killable: Killable, mark: bytes) -> None:
    """50 MB come and go, and the server's largest size ever is little more than it was before."""
    assert killable.server.process is not None
    process = psutil.Process(killable.server.process.pid)
    community = killable.community
    message = await community.member.send(community.channel, "look")
    await uploaded(community.member, message["id"], ("warm.png", mark + bytes(1_000_000)))
    before = process.memory_info().rss
    largest = await asyncio.gather(
        _peak(process, until_done := asyncio.Event()), _transfer(community, message, mark, until_done)
    )
    assert largest[0] - before < 20_000_000


async def _transfer(community: Community, message: dict[str, Any], mark: bytes, done: asyncio.Event) -> None:
    content = mark + bytes(50 * 1024 * 1024 - len(mark))
    path = f"/api/messages/{message['id']}/attachments"
    answer = await community.member.call("POST", path, data=form(("large", content)))
    assert answer.status == 201, answer.body
    headers = {"Authorization": f"Bearer {community.owner.token}"}
    async with community.owner.http.get(
        f"{community.owner.url}/api{answer.body[0]['url']}", headers=headers
    ) as response:
        received = 0
        async for chunk in response.content.iter_chunked(1 << 20):
            received += len(chunk)
    assert received == len(content)
    done.set()


async def _peak(process: psutil.Process, done: asyncio.Event) -> int:
    largest = 0
    while not done.is_set():
        largest = max(largest, process.memory_info().rss)
        await asyncio.sleep(0.01)
    return largest
