"""Malware does not get in where bytes do: the scanner is asked about every file before it is stored."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from PIL import Image, PngImagePlugin

from coterie.commands.doctor import examine
from coterie.commands.scanner_examination import TEST_FILE
from coterie.settings.record import Settings
from tests.files.archives import archive
from tests.files.conftest import PNG, encoded, form, upload, uploaded
from tests.files.scanners import SIGNATURE, STREAM_LIMIT, RunningClamd, clamd_in
from tests.people import Answer, Browser, Person
from tests.serving import serving, settings_for

MALWARE = (archive("notes.txt"), b"%PDF-1.7\n", b"\0\0\0\x18ftypisom\0\0\0\0isommp42")


def infected_picture() -> bytes:
    """A picture that the browser and the decoder can show; a description that every scanner reports."""
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", TEST_FILE.decode())
    return encoded(Image.new("RGB", (30, 20), "red"), pnginfo=info)


@pytest.fixture(scope="session")
async def clamd(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningClamd]:
    async with clamd_in(tmp_path_factory.mktemp("clamd")) as running:
        yield running


class Guarded:
    """A person, the administrator of an instance that scans, with a server and a message of theirs."""

    def __init__(self, person: Person, server: str, message: str, directory: Path) -> None:
        self.person, self.server, self.message, self.directory = person, server, message, directory

    async def upload(self, *files: tuple[str, bytes]) -> Answer:
        return await upload(self.person, self.message, *files)

    def stored(self) -> list[Path]:
        return [path for path in self.directory.rglob("*") if path.is_file()]


@contextlib.asynccontextmanager
async def guarded(database_url: str, directory: Path, scanner: str, **given: str) -> AsyncIterator[Guarded]:
    settings = settings_for(database_url, UPLOAD_DIR=str(directory), COTERIE_SCANNER=scanner, **given)
    async with serving(settings) as running, aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        person = await Person.register(Browser(running.url, http))
        server = (await person.expect(201, "POST", "/api/servers", {"name": "Club"}))["id"]
        body = {"name": "general", "type": "text"}
        channel = await person.expect(201, "POST", f"/api/servers/{server}/channels", body)
        message = (await person.send(channel["id"], "look"))["id"]
        yield Guarded(person, server, message, directory)


@pytest.mark.parametrize("kind", ["socket", "tcp"])
async def test_an_infected_file_is_refused(clamd: RunningClamd, database_url: str, tmp_path: Path, kind: str) -> None:
    async with guarded(database_url, tmp_path, getattr(clamd, kind)) as here:
        answer = await here.upload(("good.txt", b"good"), ("bad.txt", TEST_FILE))
        assert (answer.status, answer.code) == (422, "file_infected")
        assert answer.body["fields"] == {"bad.txt": "The virus scanner found malware in this file."}
        for content in MALWARE:
            answer = await here.upload(("bad", content + bytes(100_000) + _hidden(content)))
            assert (answer.status, answer.code) == (422, "file_infected")
        files = await uploaded(
            here.person, here.message, ("notes.txt", b"good"), ("a.png", PNG), ("a.zip", archive("a"))
        )
        assert len(files) == 3
        [found] = await here.person.expect(200, "GET", "/api/admin/security-events?type=file.infected")
        assert (found["occurrences"], found["account_id"]) == (4, here.person.id)
        assert found["details"] == {"signature": SIGNATURE + ".UNOFFICIAL"}


def _hidden(content: bytes) -> bytes:
    """The end of a file of this kind, with the test file before it."""
    return TEST_FILE + (content if content.startswith(b"PK") else b"")


async def test_nothing_of_an_infected_file_is_stored(clamd: RunningClamd, database_url: str, tmp_path: Path) -> None:
    async with guarded(database_url, tmp_path, clamd.socket) as here:
        await here.upload(("bad.txt", TEST_FILE))
        await here.upload(("bad.png", infected_picture()))
        assert here.stored() == []
        await uploaded(here.person, here.message, ("good.txt", b"good"))
        assert [path.read_bytes() for path in here.stored()] == [b"good"]


async def test_pictures_are_scanned_before_they_are_decoded(
    clamd: RunningClamd, database_url: str, tmp_path: Path
) -> None:
    """Attachments, avatars, icons and emoji: drawing them again would remove what the scanner looks for."""
    bad = infected_picture()
    async with guarded(database_url, tmp_path, clamd.socket) as here:
        emoji = form(("a.png", bad), field="image")
        emoji.add_field("name", "party")
        answers = [
            await here.upload(("bad.png", bad)),
            await here.person.call("PUT", "/api/users/@me/avatar", data=form(("a.png", bad), field="image")),
            await here.person.call("PUT", f"/api/servers/{here.server}/icon", data=form(("a.png", bad), field="image")),
            await here.person.call("POST", f"/api/servers/{here.server}/emojis", data=emoji),
        ]
        assert [(each.status, each.code) for each in answers] == [(422, "file_infected")] * 4
        good = await here.person.call("PUT", "/api/users/@me/avatar", data=form(("a.png", PNG), field="image"))
        assert good.status == 200


async def test_a_file_that_is_too_large_for_the_scanner(clamd: RunningClamd, database_url: str, tmp_path: Path) -> None:
    for required in ("on", "off"):
        async with guarded(database_url, tmp_path, clamd.socket, COTERIE_SCANNER_REQUIRED=required) as here:
            answer = await here.upload(("large.txt", b"x" * (STREAM_LIMIT + 1)))
            assert (answer.status, answer.code) == (400, "file_too_large")
            assert "too large for the virus scanner" in answer.body["fields"]["large.txt"]


async def test_without_a_scanner_nothing_is_taken(database_url: str, tmp_path: Path) -> None:
    async with guarded(database_url, tmp_path / "files", f"unix:{tmp_path}/nothing") as here:
        answer = await here.upload(("notes.txt", b"good"))
        assert (answer.status, answer.code) == (503, "scanner_unavailable")
        assert answer.headers["Retry-After"] == "10"
        assert here.stored() == []


async def test_the_operator_can_do_without(database_url: str, tmp_path: Path) -> None:
    absent = f"unix:{tmp_path}/nothing"
    async with guarded(database_url, tmp_path / "files", absent, COTERIE_SCANNER_REQUIRED="off") as here:
        await uploaded(here.person, here.message, ("notes.txt", b"good"))


@contextlib.asynccontextmanager
async def answering(answer: bytes | None) -> AsyncIterator[str]:
    """Something that accepts connections, reads everything, and answers this at once, or nothing."""

    async def answer_all(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if answer is not None:
            writer.write(answer)
            if not answer:
                writer.close()
        with contextlib.suppress(OSError):
            while await reader.read(65536):
                pass
        writer.close()

    server = await asyncio.start_server(answer_all, "127.0.0.1", 0)
    async with server:
        yield f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize(
    "answer", [None, b"", b"HTTP/1.1 400 Bad Request\r\n", b"stream: what\0", b"x" * 100_000, b"Can't allocate ERROR\0"]
)
async def test_a_scanner_that_fails_lets_nothing_through(
    database_url: str, tmp_path: Path, answer: bytes | None
) -> None:
    """Also if it is not required: otherwise a file that makes it fail would pass because of that."""
    given = {"COTERIE_SCANNER_REQUIRED": "off", "COTERIE_SCANNER_TIMEOUT": "1"}
    async with answering(answer) as scanner, guarded(database_url, tmp_path / "files", scanner, **given) as here:
        refused = await here.upload(("notes.txt", b"good" * 200_000))
        assert (refused.status, refused.code) == (503, "scanner_unavailable")
        assert here.stored() == []


async def test_the_doctor(clamd: RunningClamd, database_url: str, tmp_path: Path) -> None:
    assert await findings(database_url, tmp_path, "") == {}
    limit = {"COTERIE_FILE_LIMIT": str(STREAM_LIMIT)}
    [(name, (state, found))] = (await findings(database_url, tmp_path, clamd.socket, **limit)).items()
    assert (name, state) == ("scanner", "ok")
    assert found.startswith("ClamAV ")
    assert found.endswith(" answers, and recognizes the EICAR test file")
    both = await findings(database_url, tmp_path, clamd.tcp)
    assert both["scanner"][0] == "ok"
    assert both["scanner limit"][0] == "warn"


async def test_the_doctor_finds_no_scanner(database_url: str, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        away = f"tcp://127.0.0.1:{free.getsockname()[1]}"
        [(state, found)] = (await findings(database_url, tmp_path, away)).values()
        assert (state, "refused" in found.lower()) == ("fail", True)
        [(state, _)] = (await findings(database_url, tmp_path, away, COTERIE_SCANNER_REQUIRED="off")).values()
        assert state == "warn"
    async with answering(b"what?\0") as scanner:
        [(state, found)] = (await findings(database_url, tmp_path, scanner)).values()
        assert (state, "does not answer as clamd does" in found) == ("fail", True)


async def test_the_doctor_finds_missing_signatures(database_url: str, tmp_path: Path) -> None:
    (tmp_path / "clamd").mkdir()
    async with clamd_in(tmp_path / "clamd", b"another signature") as other:
        limit = {"COTERIE_FILE_LIMIT": str(STREAM_LIMIT)}
        [(state, found)] = (await findings(database_url, tmp_path, other.socket, **limit)).values()
        assert (state, "does not recognize" in found) == ("warn", True)


async def findings(database_url: str, directory: Path, scanner: str, **given: str) -> dict[str, Any]:
    settings: Settings = settings_for(database_url, UPLOAD_DIR=str(directory), COTERIE_SCANNER=scanner, **given)
    found = [each async for each in examine(settings)]
    return {each.name: (each.state, each.found) for each in found if each.name.startswith("scanner")}
