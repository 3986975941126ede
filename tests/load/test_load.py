"""Many users at once, on a small scale; `make load` does it with 1,000 users and 100,000 messages."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
import pytest

from tests.people import Browser, Person, Socket
from tests.serving import LiveServer, Register

WRITERS = 100
EACH = 3
PEOPLE = 4
PAGE = 100


@dataclass(frozen=True, slots=True)
class Group:
    """A conversation, and those in it."""

    id: str
    people: list[Person]


@pytest.fixture
async def group(register: Register, live_server: LiveServer) -> AsyncIterator[Group]:
    """Its users have a connection for each writer."""
    people = [await register(f"load{number}") for number in range(PEOPLE)]
    body = {"participant_ids": [person.id for person in people[1:]], "name": "Everybody"}
    conversation = (await people[0].expect(201, "POST", "/api/conversations", body))["id"]
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0), cookie_jar=aiohttp.DummyCookieJar()
    ) as http:
        yield Group(conversation, [Person(Browser(live_server.url, http), person.login) for person in people])


async def test_a_hundred_write_into_one_conversation_and_lose_nothing(group: Group) -> None:
    socket = await group.people[0].socket()

    async def write(number: int) -> list[dict[str, str]]:
        person = group.people[number % PEOPLE]
        names = [f"{number}-{each}" for each in range(EACH)]
        return [await person.send(group.id, name, nonce=name) for name in names]

    sent = [message for each in await asyncio.gather(*map(write, range(WRITERS))) for message in each]
    assert len({message["id"] for message in sent}) == WRITERS * EACH
    history = await read_all(group.people[1], group.id)
    assert sorted(message["id"] for message in history) == sorted(message["id"] for message in sent)
    contents = [message["content"] for message in reversed(history)]
    for number in range(WRITERS):
        own = [content for content in contents if content.startswith(f"{number}-")]
        assert own == [f"{number}-{each}" for each in range(EACH)], "in the order in which each wrote"
    await socket.settle()
    assert [message["d"]["id"] for message in told(socket)] == [message["id"] for message in reversed(history)]
    await socket.close()


async def read_all(person: Person, channel: str) -> list[dict[str, str]]:
    """Every message, the newest first."""
    found: list[dict[str, str]] = []
    before = ""
    while page := await person.expect(200, "GET", f"/api/channels/{channel}/messages?limit={PAGE}{before}"):
        found += page
        before = f"&before={page[-1]['id']}"
    return found


def told(socket: Socket) -> list[dict[str, dict[str, str]]]:
    return socket.of("DM_MESSAGE_CREATE")
