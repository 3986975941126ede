"""How large bodies may be, and how many bytes of them a process holds at once."""

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import pytest

from coterie.errors import CoterieError
from coterie.files.form import LEAST_BYTES_PER_SECOND, SILENCE_SECONDS, Form
from coterie.http.bodies import CREDENTIALS_BYTES, SHARE, SMALL_BYTES, Bodies, HeldBytes
from coterie.http.open_places import UPLOADS_OF_ACCOUNT
from coterie.settings.record import Settings
from tests.patience import PATIENCE
from tests.people import PASSWORD, Browser, Person
from tests.serving import serving, settings_for

SENDERS = 200
SIZE = 64 * 1024
MEMORY = 4 * 1024 * 1024


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> list[Bodies]:
    """What the server that starts next holds of bodies."""
    made: list[Bodies] = []

    def make(settings: Settings) -> Bodies:
        made.append(Bodies(settings))
        return made[-1]

    monkeypatch.setattr("coterie.services.making.Bodies", make)
    return made


@pytest.fixture
async def small(database_url: str, http: aiohttp.ClientSession, memory: list[Bodies]) -> AsyncIterator[Browser]:
    """A server with little memory for bodies, behind a proxy."""
    settings = settings_for(
        database_url,
        COTERIE_BODY_MEMORY=f"{MEMORY}",
        COTERIE_DOCUMENT_LIMIT="1000",
        COTERIE_TRUSTED_PROXIES="127.0.0.1",
        COTERIE_REQUEST_DEADLINE="60",
    )
    async with serving(settings) as server:
        yield Browser(server.url, http)


async def all_but_a_byte(person: Person, address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, port = person.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = (
        f"POST /api/servers HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {person.token}\r\n"
        f"x-forwarded-for: {address}\r\ncontent-type: application/json\r\ncontent-length: {SIZE}\r\n\r\n"
    )
    writer.write(head.encode() + b" " * (SIZE - 1))
    return reader, writer


async def status(reader: asyncio.StreamReader) -> str:
    return (await reader.readline()).decode().split(" ")[1]


async def refused(memory: Bodies, readers: list[asyncio.StreamReader]) -> list[str]:
    """The answers to senders, once the server holds all that the others have sent."""
    answers = [asyncio.create_task(status(reader)) for reader in readers]
    async with asyncio.timeout(PATIENCE):
        while memory.held != sum(not answer.done() for answer in answers) * (SIZE - 1):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    found = [answer.result() for answer in answers if answer.done()]
    for answer in answers:
        answer.cancel()
    return found


@pytest.mark.parametrize("attack", ["one account", "one address", "many of both"])
async def test_senders_who_never_end_hold_a_bounded_part(small: Browser, memory: list[Bodies], attack: str) -> None:
    people = [await Person.register(small) for _ in range(1 if attack == "one account" else 25)]
    calm = await Person.register(small)
    opened = [
        await all_but_a_byte(
            people[number % len(people)], "198.51.100.1" if attack == "one address" else f"198.51.{number % 250}.1"
        )
        for number in range(SENDERS)
    ]
    found = await refused(memory[0], [reader for reader, _ in opened])
    held = SENDERS - len(found)
    most = (MEMORY if attack == "many of both" else max(MEMORY // SHARE, 1024 * 1024 + 4000)) // (SIZE - 1)
    assert 0 < held <= most
    assert set(found) == {"503" if attack == "many of both" else "429"}
    if attack != "many of both":
        headers = {"X-Forwarded-For": "203.0.113.1"}
        assert (await calm.post("/api/servers", {"name": "Club"}, headers=headers)).status == 201
    login = {"username": calm.username, "password": PASSWORD}
    answer = await calm.post("/api/auth/login", login, headers={"X-Forwarded-For": "203.0.113.1"})
    assert answer.status == 200, "a part of the memory is for credentials"
    for _, writer in opened:
        writer.close()
    async with asyncio.timeout(PATIENCE):
        while (await calm.post("/api/servers", {"name": "Club"})).status != 201:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_what_was_held_is_given_back(small: Browser) -> None:
    person = await Person.register(small)
    body = {"name": "x" * 60_000}
    for _ in range(3 * MEMORY // 60_000):
        assert (await person.post("/api/servers", body)).status == 400


@pytest.mark.parametrize("path", ["login", "register", "refresh", "reset-password", "signup"])
async def test_strangers_send_little(browser: Browser, path: str) -> None:
    for size in (CREDENTIALS_BYTES + 1, 1_000_000):
        headers = {"Content-Type": "application/json"}
        answer = await browser.call("POST", f"/api/auth/{path}", data=b" " * size, headers=headers)
        assert (answer.status, answer.code) == (413, "too_large")


async def test_a_body_without_a_length_is_bounded_too(browser: Browser) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" " * 1024

    answer = await browser.call("POST", "/api/auth/login", data=endless(), headers={"Content-Type": "application/json"})
    assert (answer.status, answer.code) == (413, "too_large")


def test_large_bodies_leave_a_part_to_small_ones_and_these_to_credentials() -> None:
    bodies = Bodies(Settings(jwt_secret="x" * 32, body_memory=64 * SMALL_BYTES, document_limit=1000))

    def fill(size: int, part: str) -> int:
        """How many bodies of different senders are taken."""
        for count in range(1_000):
            held = HeldBytes(bodies, (f"{part} {count}",), has_credentials=part == "credentials")
            try:
                held.grow(size)
            except CoterieError:
                return count
        return 1_000

    assert fill(2 * SMALL_BYTES, "large") == 24
    assert fill(SMALL_BYTES, "small") == 12
    assert fill(SMALL_BYTES, "credentials") == 4


async def unended_upload(person: Person) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, port = person.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = (
        f"PUT /api/users/@me/avatar HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {person.token}\r\n"
        "content-type: multipart/form-data; boundary=b\r\ncontent-length: 5000\r\n\r\n--b\r\n"
    )
    writer.write(head.encode())
    return reader, writer


async def test_uploads_have_places_of_their_own(
    database_url: str, http: aiohttp.ClientSession, memory: list[Bodies]
) -> None:
    async with serving(settings_for(database_url, RATE_LIMITS="on")) as server:
        person, other = [await Person.register(Browser(server.url, http)) for _ in range(2)]
        opened = [await unended_upload(person) for _ in range(UPLOADS_OF_ACCOUNT + 3)]
        answers = [asyncio.create_task(status(reader)) for reader, _ in opened]
        async with asyncio.timeout(PATIENCE):
            while sum(answer.done() for answer in answers) < 3:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        assert {answer.result() for answer in answers if answer.done()} == {"429"}
        assert memory[0].held == 0
        upload = aiohttp.FormData()
        upload.add_field("file", b"no picture", filename="a.png")
        assert (await other.call("PUT", "/api/users/@me/avatar", data=upload)).status == 400
        for answer in answers:
            answer.cancel()
        await asyncio.gather(*answers, return_exceptions=True)
        for _, writer in opened:
            writer.close()


def test_an_upload_has_a_least_rate() -> None:
    headers = {"content-type": "multipart/form-data; boundary=b"}
    form = Form(cast("Any", SimpleNamespace(headers=headers)), 10**9)
    assert form.patience == SILENCE_SECONDS
    form.note(10 * LEAST_BYTES_PER_SECOND, waited=SILENCE_SECONDS)
    assert form.patience == 10
    form.note(1, waited=30)
    assert form.patience < 0
