"""Conflicting actions at the same instant, on two processes: they take effect one after the other."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
import pytest

from tests.friends.company import REQUEST, RESPOND, ask, asked, blocks_of, friends_of, requests_of
from tests.laws.world import servers
from tests.people import Answer, Browser, Person
from tests.sync.braid_reader import BraidStream

TRIES: Final = 20
VARIABLES: Final = {"COTERIE_FRIEND_REQUEST_COOLING_OFF": "0"}


@dataclass
class Pair:
    """Two people, each reached over either process."""

    alice: Person
    bob: Person
    alice_there: Person
    bob_there: Person

    async def begin(self) -> str:
        """They have no relationship, and then Alice asks; returns the request."""
        await self.bob.expect(204, "DELETE", f"/api/blocks/{self.alice.id}")
        await self.bob.expect(204, "DELETE", f"/api/friends/{self.alice.id}")
        return await asked(self.alice, self.bob)

    async def end(self) -> None:
        for request in await requests_of(self.alice, "outgoing"):
            await self.alice.expect(204, "DELETE", f"/api/friends/requests/{request['id']}")

    async def are_friends(self) -> bool:
        """How both see it."""
        mine, theirs = await friends_of(self.alice), await friends_of(self.bob)
        assert [*mine, *theirs] in ([], [self.bob.id, self.alice.id])
        return bool(mine)


@pytest.fixture(scope="module")
async def urls(shared_database_url: str) -> AsyncIterator[list[str]]:
    """Where the two processes answer."""
    async with servers(shared_database_url, 2, variables=VARIABLES) as running:
        yield [server.url for server in running]


@pytest.fixture
async def pair(urls: list[str]) -> AsyncIterator[Pair]:
    """A client that follows its own data all the while has in the end what it would fetch."""
    async with aiohttp.ClientSession() as http:
        alice, bob = [await Person.register(Browser(urls[0], http), name) for name in ("alice", "bob")]
        away = Browser(urls[1], http)
        pair = Pair(alice, bob, Person(away, alice.login), Person(away, bob.login))
        streams = [await BraidStream.open(person, "/sync/me") for person in (pair.alice_there, pair.bob)]
        yield pair
        for person, stream in zip((alice, bob), streams, strict=True):
            fresh = await person.get("/sync/me")
            await stream.until(json.loads(fresh.headers["version"]))
            assert stream.state == fresh.body
            stream.cut()


async def both(number: int, one: Awaitable[Any], other: Awaitable[Any]) -> tuple[Any, Any]:
    """Do both at once, begun in turns by the one and by the other."""
    if number % 2:
        second, first = await asyncio.gather(other, one)
        return first, second
    first, second = await asyncio.gather(one, other)
    return first, second


def answering(person: Person, request: str, *, accept: bool = True) -> Awaitable[Answer]:
    return person.post(RESPOND, {"request_id": request, "accept": accept})


async def test_two_accept_at_once(pair: Pair) -> None:
    conversations = set()
    for number in range(TRIES):
        request = await pair.begin()
        answers = await both(number, answering(pair.bob, request), answering(pair.bob_there, request))
        assert [answer.status for answer in answers] == [200, 200]
        conversations |= {answer.body["conversation_id"] for answer in answers}
        assert await pair.are_friends()
    assert len(conversations) == 1


async def test_both_ask_at_once(pair: Pair) -> None:
    conversations = set()
    for number in range(TRIES):
        await pair.alice.expect(204, "DELETE", f"/api/friends/{pair.bob.id}")
        answers = await both(number, ask(pair.alice, pair.bob), ask(pair.bob_there, pair.alice))
        assert {answer["status"] for answer in answers} == {"pending", "accepted"}
        assert len({answer["request_id"] for answer in answers}) == 1
        conversations |= {answer["conversation_id"] for answer in answers if answer["conversation_id"]}
        assert await pair.are_friends()
        assert await requests_of(pair.alice) == []
    assert len(conversations) == 1


async def test_one_asks_twice_at_once(pair: Pair) -> None:
    for number in range(TRIES):
        answers = await both(number, ask(pair.alice, pair.bob), ask(pair.alice_there, pair.bob))
        assert sorted(answer["success"] for answer in answers) == [False, True]
        assert len(await requests_of(pair.bob)) == 1
        await pair.end()


async def test_accepting_against_taking_back(pair: Pair) -> None:
    for number in range(TRIES):
        request = await pair.begin()
        cancelling = pair.alice_there.delete(f"/api/friends/requests/{request}")
        accepted, cancelled = await both(number, answering(pair.bob, request), cancelling)
        assert (accepted.status, cancelled.status) in {(200, 409), (409, 204)}
        assert await pair.are_friends() is (accepted.status == 200)
        assert await requests_of(pair.alice) == []


async def test_accepting_against_blocking(pair: Pair) -> None:
    for number in range(TRIES):
        request = await pair.begin()
        blocking = pair.bob_there.call("PUT", f"/api/blocks/{pair.alice.id}")
        accepted, blocked = await both(number, answering(pair.bob, request), blocking)
        assert blocked.status == 204
        assert accepted.status in (200, 409)
        assert not await pair.are_friends()
        assert await blocks_of(pair.bob) == [pair.alice.id]
        assert await requests_of(pair.alice) == []


async def test_asking_against_blocking_and_privacy(pair: Pair) -> None:
    for number in range(TRIES):
        await pair.bob.expect(204, "DELETE", f"/api/blocks/{pair.alice.id}")
        await pair.bob.expect(200, "PATCH", "/api/users/@me/privacy", {"friend_requests_from": "everyone"})
        blocking = pair.bob_there.call("PUT", f"/api/blocks/{pair.alice.id}")
        _, blocked = await both(number, pair.alice.post(REQUEST, {"to_user_id": pair.bob.id}), blocking)
        assert blocked.status == 204
        assert await requests_of(pair.alice) == []
        assert (await ask(pair.alice, pair.bob))["code"] == "nobody_to_ask"


async def test_a_new_picture_against_a_new_friend(pair: Pair) -> None:
    """A user who becomes a friend during a change of picture has the new one; the fixture compares the log."""
    for number in range(TRIES):
        request = await pair.begin()
        picture = f"https://example.org/{number}.png"
        drawing = pair.alice_there.patch("/api/users/@me", {"avatar_url": picture})
        accepted, drawn = await both(number, answering(pair.bob, request), drawing)
        assert (accepted.status, drawn.status) == (200, 200)
        log = await pair.bob.expect(200, "GET", "/sync/me")
        rows = (await pair.bob.expect(200, "GET", "/api/contacts"))["contacts"]
        assert log[f"contacts/{pair.alice.id}"]["avatar_url"] == rows[0]["avatar_url"] == picture
