"""A reader who resumes from the last version that a stream brought misses nothing and gets nothing twice.

Others write meanwhile, and the reader's own account too, under any name and with any Parents.
"""

import json
import random
from uuid import uuid4

import pytest

from tests.people import Community, Person
from tests.sync.braid_reader import BraidStream, Update

STEPS = 60


class Reader:
    """A program that follows messages, and others that write them, for the same account and for another one."""

    def __init__(self, community: Community, chance: random.Random) -> None:
        self.me, self.path = community.member, f"/sync/channels/{community.channel}/messages"
        self._others = [community.member, community.owner]
        self._chance = chance
        self._peer = chance.choice([None, '"p1"'])
        self._known: list[str] = []
        self._ids: dict[str, list[str]] = {person.id: [] for person in self._others}
        self.updates: list[Update] = []
        self.state: dict[str, object] = {}

    async def write(self) -> None:
        person = self._chance.choice(self._others)
        path = f"{self.path}/{self._id_of(person)}"
        body = json.dumps({"content": f"text {self._chance.random()}"})
        answer = await person.call("PUT", path, data=body, headers=self._headers(person))
        assert answer.status == 200, answer.body
        if person is self.me:
            self._known.extend(json.loads(f"[{answer.headers['version']}]"))

    async def read(self, count: int) -> None:
        """Resume, take some updates of those that wait, perhaps a live one, and let the connection break."""
        stream = await BraidStream.open(self.me, self.path + "?limit=1000", Parents=self._parents, Peer=self._peer)
        stream.state, stream.version = self.state, self._last
        [current] = json.loads(f"[{stream.headers['current-version']}]")
        while len(stream.updates) < count and stream.version != current:
            await stream.next()
        if stream.version == current and self._chance.random() < 0.5:
            await self.write()
            await stream.next()
        stream.cut()
        self.state = stream.state
        self.updates.extend(stream.updates)
        self._known.extend(update.version for update in stream.updates)

    @property
    def _last(self) -> str | None:
        return self.updates[-1].version if self.updates else None

    @property
    def _parents(self) -> str | None:
        return json.dumps(self._last) if self.updates else None

    def _id_of(self, person: Person) -> str:
        ids = self._ids[person.id]
        if not ids or self._chance.random() < 0.7:
            ids.append(str(uuid4()))
        return self._chance.choice(ids[-3:])

    def _headers(self, person: Person) -> dict[str, str]:
        """Any name, any Parents: none, none named, the newest known, an older one, or the last write."""
        found = {"Version": json.dumps(f"v-{uuid4()}")}
        if person is self.me and self._known:
            named = self._chance.choice([None, "", *(json.dumps(each) for each in self._known[-4:])])
            found |= {} if named is None else {"Parents": named}
        peer = self._chance.choice([None, '"p1"', '"p2"'])
        return found if peer is None else found | {"Peer": peer}


@pytest.mark.parametrize("round", range(3))
async def test_any_writes_any_cuts(community: Community, round: int) -> None:
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    reader = Reader(community, chance)
    for _ in range(STEPS):
        if chance.random() < 0.7:
            await reader.write()
        else:
            await reader.read(chance.randrange(1, 6))
    await reader.read(10**6)
    first, *patches = reader.updates
    assert first.key is None
    assert all(update.key for update in patches), f"a snapshot, seed {seed}"
    positions = [json.loads(update.body)["version"] for update in patches]
    assert positions == sorted(set(positions)), f"something twice, seed {seed}"
    assert reader.state == (await community.owner.get(reader.path + "?limit=1000")).body, f"missed, seed {seed}"
