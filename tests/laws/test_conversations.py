"""The laws of conversations, over two servers: one for each pair, and only participants write and receive there.

A trigger keeps who took part and when according to the log, so the code under test does not judge itself.
"""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import aiohttp
import asyncpg
import pytest

from coterie.database.pool import OwnConnection
from tests.people import Answer, Browser, Person, Socket
from tests.serving import serving, settings_for

OPENERS = 20
OPERATIONS = 60
SEEDS = [1, 2]

# Every change of who takes part, with its place.
KEPT = """
CREATE TABLE kept (topic_id UUID, key TEXT, position BIGINT, is_removal BOOLEAN);
CREATE FUNCTION keep() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO kept VALUES (NEW.topic_id, NEW.key, NEW.position, NEW.is_removal);
    RETURN NULL;
END $$;
CREATE TRIGGER keep AFTER INSERT OR UPDATE ON changes
    FOR EACH ROW WHEN (NEW.key LIKE 'participants/%') EXECUTE FUNCTION keep();
"""


@dataclass(frozen=True, slots=True)
class World:
    """Two server processes on one database, each as seen by an anonymous caller."""

    browsers: list[Browser]
    rows: OwnConnection

    async def people(self, count: int) -> list[Person]:
        """Accounts, in turn at the one server and the other."""
        return [await Person.register(self.browsers[number % 2]) for number in range(count)]


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    async with contextlib.AsyncExitStack() as stack:
        http = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()))
        servers = [await stack.enter_async_context(serving(settings_for(database_url))) for _ in range(2)]
        rows = await asyncpg.connect(database_url)
        await rows.execute(KEPT)
        yield World([Browser(server.url, http) for server in servers], rows)
        await rows.close()


async def test_a_pair_has_one_conversation_whichever_of_them_opens_it(world: World) -> None:
    one, other = await world.people(2)

    async def open(number: int) -> Answer:
        asking, asked = (one, other) if number % 2 else (other, one)
        return await asking.post("/api/conversations", {"participant_ids": [asked.id]})

    answers = await asyncio.gather(*(open(number) for number in range(OPENERS)))
    assert len({answer.body["id"] for answer in answers}) == 1
    assert sorted(answer.status for answer in answers) == [200] * (OPENERS - 1) + [201]
    assert await world.rows.fetchval("SELECT count(*) FROM conversations") == 1
    assert await world.rows.fetchval("SELECT count(*) FROM topics WHERE kind = 'conversation'") == 1
    for person in (one, other):
        assert len((await person.socket()).ready["dm_channels"]) == 1


@pytest.mark.parametrize("seed", SEEDS)
async def test_nobody_writes_or_receives_where_they_are_no_participant(world: World, seed: int) -> None:
    chance = random.Random(seed)
    owner, *others = await world.people(4)
    outsider = (await world.people(1))[0]
    body = {"participant_ids": [other.id for other in others], "name": "Us"}
    conversation = (await owner.expect(201, "POST", "/api/conversations", body))["id"]
    sockets = {person.id: await person.socket() for person in (owner, *others, outsider)}
    done = asyncio.Event()
    writing = [asyncio.create_task(write(person, conversation, done)) for person in (*others, outsider)]
    path = f"/api/conversations/{conversation}/participants"
    for _ in range(OPERATIONS):
        other = chance.choice(others)
        if chance.random() < 0.5:
            await other.call("DELETE" if chance.random() < 0.5 else "GET", f"{path}/{other.id}")
            await owner.call("PUT", f"{path}/{other.id}")
        else:
            await owner.call(chance.choice(["PUT", "DELETE"]), f"{path}/{other.id}")
    done.set()
    accepted = await asyncio.gather(*writing)
    for socket in sockets.values():
        await socket.settle()
    presences = await kept(world.rows, conversation)
    spoken = await world.rows.fetch("SELECT author_id, seq, type FROM messages ORDER BY seq")
    assert len([row for row in spoken if row["type"] == "text"]) == sum(accepted)
    assert any(row["type"] == "system" for row in spoken)
    assert all(accepted[:-1])
    for row in spoken:
        assert was_in(presences, row["author_id"], row["seq"]), f"{row['author_id']} spoke at {row['seq']}"
    for id, socket in sockets.items():
        check_heard(socket, UUID(id), conversation, presences)
        came, is_in = presences.get(UUID(id), [(0, False)])[-1]
        if is_in:  # nothing is missing since they came the last time
            positions = {frame["position"] for frame in heard(socket, conversation)}
            assert positions >= {row["seq"] for row in spoken if row["seq"] > came}


async def write(person: Person, conversation: str, done: asyncio.Event) -> int:
    """Write as fast as possible; returns how many messages were accepted."""
    taken = 0
    while not done.is_set():
        answer = await person.post(f"/api/channels/{conversation}/messages", {"content": "hello"})
        assert answer.status in (201, 404), answer.body
        taken += answer.status == 201
    return taken


async def kept(rows: OwnConnection, conversation: str) -> dict[UUID, list[tuple[int, bool]]]:
    """For each person the places at which they came (True) or went."""
    found: dict[UUID, list[tuple[int, bool]]] = {}
    for row in await rows.fetch(
        "SELECT key, position, is_removal FROM kept WHERE topic_id = $1 ORDER BY position", conversation
    ):
        found.setdefault(UUID(row["key"].partition("/")[2]), []).append((row["position"], not row["is_removal"]))
    return found


def was_in(presences: dict[UUID, list[tuple[int, bool]]], person: UUID, position: int) -> bool:
    before = [is_in for place, is_in in presences.get(person, []) if place < position]
    return bool(before) and before[-1]


def heard(socket: Socket, conversation: str) -> list[dict[str, Any]]:
    return [frame for frame in socket.of("DM_MESSAGE_CREATE") if frame["topic"] == conversation]


def check_heard(socket: Socket, person: UUID, conversation: str, presences: dict[UUID, list[tuple[int, bool]]]) -> None:
    """What arrived was said while they were in, in order and once."""
    positions = [frame["position"] for frame in heard(socket, conversation)]
    assert positions == sorted(set(positions))
    strange = [position for position in positions if not was_in(presences, person, position)]
    assert not strange, f"{person} heard {strange}, and was {presences.get(person)}"
