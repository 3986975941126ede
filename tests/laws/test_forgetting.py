"""The laws of the log while removed keys are forgotten: old state + events = fresh state, or the client is told so.

`LAWS_SEED` repeats a run.
"""

import json
import os
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from coterie.database.forgetting import forget_old
from coterie.database.pool import OwnConnection, open_pool
from coterie.log import forgetting
from coterie.log.append import Change, append
from coterie.log.read import Log
from coterie.services.making import READERS
from tests.people import Community, Socket
from tests.serving import LiveServer, Register
from tests.sync.braid_reader import BraidStream

ROUNDS = 40


@dataclass
class Memory:
    """What a client had when it went away: a collection's position and state."""

    position: int
    version: str
    state: dict[str, Any]


@dataclass
class Topic:
    """A collection of the member's that somebody changes: `remake` sets a key or removes it."""

    community: Community
    id: str
    path: str
    prefix: str
    remake: Callable[[random.Random], Awaitable[None]]
    floors: list[int] = field(default_factory=lambda: [0])

    async def remember(self) -> Memory:
        answer = await self.community.member.get(self.path)
        version = json.loads(answer.headers["version"])
        return Memory(int(version.split("@")[0]), version, answer.body)

    async def grow_old(self, rows: OwnConnection, limit: int) -> None:
        """Let everything be from before its time, and forget a part of it."""
        await rows.execute(
            "UPDATE changes SET changed_at = changed_at - 2 * $2::interval WHERE topic_id = $1",
            self.id,
            forgetting.KEPT,
        )
        await forgetting.forget_removals(rows, datetime.now(UTC) - forgetting.KEPT, limit)
        self.floors.append(await rows.fetchval("SELECT floor FROM topics WHERE id = $1", self.id))

    async def check(self, memory: Memory, fresh: Memory) -> bool:
        """Come back over Braid and the gateway; whether it was told to begin again."""
        is_below = memory.position < self.floors[-1]
        is_snapshot = await self._check_stream(memory, fresh)
        is_reset = await self._check_socket(memory, fresh)
        assert is_reset == is_below
        assert is_snapshot or not is_below, "resumed over what was forgotten"
        return is_below

    async def _check_stream(self, memory: Memory, fresh: Memory) -> bool:
        stream = await BraidStream.open(self.community.member, self.path, Parents=json.dumps(memory.version))
        stream.state, stream.version = dict(memory.state), memory.version
        await stream.until(json.loads(stream.headers["current-version"]))
        stream.cut()
        assert stream.state == fresh.state
        return any(update.key is None for update in stream.updates)

    async def _check_socket(self, memory: Memory, fresh: Memory) -> bool:
        if memory.position == fresh.position:
            return False
        socket = await Socket.open(self.community.member)
        await socket.say("RESUME", {"positions": {self.id: memory.position}})
        await socket.wait_for(lambda frame: frame.get("topic") == self.id and frame.get("position") == fresh.position)
        frames = [frame for frame in socket.frames if frame.get("topic") == self.id]
        await socket.close()
        if frames[0]["t"] == "TOPIC_RESET":
            return True
        keys = {key for key in memory.state if key.startswith(self.prefix)}
        for frame in frames:
            key = self.prefix + (frame["d"].get("id") or frame["d"]["user_id"])
            keys = keys - {key} if frame["t"].endswith("_DELETE") else keys | {key}
        assert keys == {key for key in fresh.state if key.startswith(self.prefix)}
        return False


def roles(community: Community) -> Topic:
    path, made = f"/api/servers/{community.server}/roles", list[str]()

    async def remake(chance: random.Random) -> None:
        if made and chance.random() < 0.5:
            await community.owner.expect(204, "DELETE", f"{path}/{made.pop(chance.randrange(len(made)))}")
        else:
            made.append((await community.owner.expect(201, "POST", path, {"name": "role"}))["id"])

    return Topic(community, community.server, f"/sync/servers/{community.server}", "roles/", remake)


async def blocks(community: Community, register: Register) -> Topic:
    people = [await register(f"other_{number}") for number in range(4)]
    blocked: set[str] = set()

    async def remake(chance: random.Random) -> None:
        other = chance.choice(people).id
        method = "DELETE" if other in blocked else "PUT"
        await community.member.expect(204, method, f"/api/blocks/{other}")
        blocked.symmetric_difference_update({other})

    return Topic(community, community.member.id, "/sync/me", "blocks/", remake)


async def test_old_state_and_events_are_the_fresh_state_or_the_client_is_told(
    community: Community, rows: OwnConnection, register: Register
) -> None:
    seed = int(os.environ.get("LAWS_SEED", random.randrange(2**32)))
    print(f"LAWS_SEED={seed}")  # noqa: T201
    chance = random.Random(seed)
    for topic in (roles(community), await blocks(community, register)):
        memories = []
        for number in range(ROUNDS):
            await topic.remake(chance)
            if chance.random() < 0.3 or number in (0, ROUNDS - 3):
                memories.append(await topic.remember())
            is_old_enough = number < ROUNDS - 3  # what is remembered last stays recent
            if is_old_enough and (chance.random() < 0.15 or number == ROUNDS // 2):
                await topic.grow_old(rows, 2)
            while number == ROUNDS // 2 and topic.floors[-1] <= memories[0].position:  # there was nothing to forget
                await topic.remake(chance)
                await topic.grow_old(rows, 2)
        assert topic.floors == sorted(topic.floors), "a floor sank"
        fresh = await topic.remember()
        told = [await topic.check(memory, fresh) for memory in memories]
        assert told[0], "what was forgotten long ago"
        assert not told[-1], "what is recent"


async def test_what_is_set_again_meanwhile_is_kept(
    community: Community, rows: OwnConnection, live_server: LiveServer
) -> None:
    """Keys are removed and set in one connection while another forgets: none is lost, no removal older than a floor
    is left, and a reader at any moment has a gap or everything."""
    database = await open_pool(live_server.settings)
    topic, chance = UUID(community.server), random.Random(7)
    keys = [f"emojis/{uuid4()}" for _ in range(6)]
    standing: set[str] = set()
    log = Log(database, READERS)
    for _ in range(60):
        key = chance.choice(keys)
        is_removal = key in standing
        async with database.acquire() as connection, connection.transaction():
            await append(connection, Change(topic, key, "CUSTOM_EMOJI_X", {}, is_removal=is_removal))
        standing.symmetric_difference_update({key})
        if chance.random() < 0.3:
            await rows.execute("UPDATE changes SET changed_at = 'epoch' WHERE topic_id = $1 AND is_removal", topic)
            await forget_old(database, forgetting.forget_removals, forgetting.KEPT)
    left = await rows.fetch("SELECT key, is_removal, position FROM changes WHERE topic_id = $1", topic)
    floor, position = await rows.fetchrow("SELECT floor, position FROM topics WHERE id = $1", topic) or (0, 0)
    assert {row["key"] for row in left if not row["is_removal"] and row["key"] in keys} == standing
    assert all(row["position"] > floor for row in left if row["is_removal"])
    assert (await log.after(topic, floor - 1, position)).has_gap
    assert not (await log.after(topic, floor, position)).has_gap
    await database.close()


async def test_a_floor_that_rises_while_a_page_is_read_is_noticed(
    community: Community, rows: OwnConnection, live_server: LiveServer
) -> None:
    database = await open_pool(live_server.settings)
    topic = UUID(community.server)
    key = f"emojis/{uuid4()}"
    [before] = await append(rows, Change(topic, key, "CUSTOM_EMOJI_X", {}))
    [position] = await append(rows, Change(topic, key, "CUSTOM_EMOJI_X", {}, is_removal=True))

    async def late(*given: Any) -> Any:
        await rows.execute("UPDATE changes SET changed_at = 'epoch' WHERE topic_id = $1 AND is_removal", topic)
        await forget_old(database, forgetting.forget_removals, forgetting.KEPT)
        return await READERS["server"](*given)

    assert (await Log(database, {**READERS, "server": late}).after(topic, before, position)).has_gap
    await database.close()
