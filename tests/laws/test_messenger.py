"""The messenger's routes while processes are killed: a stream over everything continues at any other process.

Readers of /realtime and /chat return with the last id that they received, wherever a server still answers.
"""

import asyncio
import contextlib
import random
import signal
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import aiohttp
import asyncpg

from coterie.chat_room.queries import set_chat_room
from tests.laws.world import Server, servers
from tests.messenger.conftest import Stream
from tests.messenger.test_chat import Reader
from tests.patience import PATIENCE
from tests.people import Browser, Community, Person
from tests.serving import gather_community, over_both_buses

KILLS = 2
LOST = (aiohttp.ClientError, OSError, TimeoutError, AssertionError)
"""How a request or a stream ends when its server is gone."""

SILENCE_SECONDS = 2.0
"""A reader who is told nothing for this long connects again: the other server may be there."""


@dataclass
class World:
    """Two processes, and users of whichever answers."""

    pair: list[Server]
    http: aiohttp.ClientSession
    community: Community
    places: list[str]
    chance: random.Random
    is_done: bool = False
    read: list[tuple[str, str]] = field(default_factory=list)
    connections: int = 0

    def at(self, person: Person) -> Person:
        return Person(Browser(self.chance.choice(self.pair).url, self.http), person.login)

    async def send(self, person: Person, place: str, content: str) -> None:
        """Until it is acknowledged, under one nonce."""
        while True:
            with contextlib.suppress(*LOST):
                await self.at(person).send(place, content, nonce=content)
                return
            await asyncio.sleep(0.05)

    async def write(self, person: Person) -> None:
        while not self.is_done:
            await self.send(person, self.chance.choice(self.places), uuid4().hex)

    async def listen(self, person: Person, last: str) -> None:
        """Read on, cut now and then, until the last message has come."""
        last_id: str | None = None
        while not self.read or self.read[-1][1] != last:
            stream: Stream | None = None
            with contextlib.suppress(*LOST):
                stream = await self._open(person, last_id)
                await self._read(stream, last)
            if stream is not None:
                last_id = stream.last_id
                stream.cut()
            await asyncio.sleep(0.05)

    async def _open(self, person: Person, last_id: str | None) -> Stream:
        headers = {"Authorization": f"Bearer {person.token}", "Subscribe": "true"}
        query = f"?types=message&last_event_id={last_id}" if last_id else "?types=message"
        response = await self.http.get(f"{self.at(person).url}/realtime{query}", headers=headers)
        if response.status != 200:
            response.close()
            raise aiohttp.ClientError(f"answered {response.status}")
        self.connections += 1
        return Stream(response, last_id=last_id)

    async def _read(self, stream: Stream, last: str) -> None:
        for _ in range(self.chance.randrange(5, 120)):
            async with asyncio.timeout(SILENCE_SECONDS):
                told = await stream.next()
            assert told is not None, "the stream ended"
            self.read.append((told.payload["channel_id"], told.payload["text"]))
            if told.payload["text"] == last:
                return

    async def follow_room(self, person: Person, last: str) -> list[str]:
        """Read the room until the last message is in it; each version is newer than the one before."""
        known, listed = -1, [""]
        while listed[-1:] != [last]:
            with contextlib.suppress(*LOST):
                headers = {"Authorization": f"Bearer {person.token}", "Subscribe": "true", "Parents": f'"v{known}"'}
                async with self.http.get(f"{self.at(person).url}/chat", headers=headers) as response:
                    assert response.status == 209
                    reader = Reader(response)
                    while listed[-1:] != [last]:
                        async with asyncio.timeout(SILENCE_SECONDS):
                            version, messages = await reader.update()
                        if int(version[1:]) <= known:
                            raise ValueError(f"{version} came after v{known}")
                        known, listed = int(version[1:]), [each["text"] for each in messages]
            await asyncio.sleep(0.05)
        return listed

    async def kill(self) -> None:
        for number in range(KILLS):
            await asyncio.sleep(1)  # both are read from
            await self.pair[number % 2].end(signal.SIGKILL)
            await asyncio.sleep(0.3)  # only the other one is
            await self.pair[number % 2].start()


@over_both_buses
async def test_readers_continue_wherever_a_server_answers(database_url: str, bus_url: str) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # noqa: T201  (shown when it fails)
    async with servers(database_url, 2, bus_url) as pair, aiohttp.ClientSession() as http:
        community = await gather_community(lambda name: Person.register(Browser(pair[0].url, http), name))
        path, body = f"/api/servers/{community.server}/channels", {"name": "second", "type": "text"}
        second = (await community.owner.expect(201, "POST", path, body))["id"]
        connection = await asyncpg.connect(database_url)
        await set_chat_room(connection, UUID(community.channel))
        await connection.close()
        world = World(pair, http, community, [community.channel, second], random.Random(seed))
        last = "the-last"
        reading = asyncio.create_task(world.listen(community.member, last))
        following = asyncio.create_task(world.follow_room(community.member, last))
        while not world.connections:  # noqa: ASYNC110  (what was said before is not told)
            await asyncio.sleep(0.01)
        writing = [asyncio.create_task(world.write(person)) for person in (community.owner, community.member)]
        await world.kill()
        world.is_done = True
        await asyncio.gather(*writing)
        await world.send(community.owner, community.channel, last)
        async with asyncio.timeout(PATIENCE):
            await reading
            listed = await following
        await check(world, database_url, listed)


async def check(world: World, database_url: str, listed: list[str]) -> None:
    """What was read is what is there: every message once, each channel in its order."""
    connection = await asyncpg.connect(database_url)
    statement = "SELECT content FROM messages WHERE channel_id = $1 ORDER BY seq"
    for place in world.places:
        there = [row["content"] for row in await connection.fetch(statement, UUID(place))]
        read = [text for channel, text in world.read if channel == place]
        # The last message of one channel may come before the end of the other.
        assert read == there or (place != world.community.channel and there[: len(read)] == read)
        if place == world.community.channel:
            assert listed == there[-100:]
    assert world.connections > KILLS
    await connection.close()
