"""The laws of the gateway, whatever frames come, in whatever order, and whatever they name.

A member and an outsider send frames made at random over two servers: known kinds with ids of everything that there is,
unknown kinds, values of wrong types, text that is no frame. Nobody loses their socket, each message is acknowledged or
refused and stored once or not at all, who may not see it receives nothing, and those who only listen miss nothing.
`LAWS_SEED` repeats a run.
"""

import asyncio
import contextlib
import json
import os
import random
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any, Final
from uuid import uuid4

import aiohttp
import asyncpg
import pytest

from coterie.database.pool import OwnConnection
from tests.patience import PATIENCE
from tests.people import Browser, Community, Person, Socket, befriend
from tests.serving import gather_community, serving, settings_for

FRAMES: Final = 250
"""Of each of the two."""

UNREADABLE: Final = "\ud800"
"""Half a character, with which a frame is no JSON: it is ignored, since its nonce cannot be read."""

NONSENSE: Final[tuple[Any, ...]] = (
    "",
    "x",
    None,
    True,
    -1,
    2**63,
    1.5,
    [],
    {},
    ["x"],
    {"a": None},
    "\0",
    UNREADABLE,
    "👋" * 50,
)
TEXTS: Final = ("", "null", "[]", "{", '{"op":1}', '{"op":"HEARTBEAT"', "[" * 5_000, '{"op":"RESUME","d":' + "[" * 500)
KINDS: Final = ("HEARTBEAT", "TYPING_START", "DELIVERED", "PRESENCE_UPDATE", "VOICE_SIGNAL", "RESUME", "NO_SUCH_KIND")


@pytest.fixture
async def rows(database_url: str) -> AsyncIterator[OwnConnection]:
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


class Sender:
    """Someone who sends frames at random over one socket. `asked` has the nonces of messages that can be read."""

    def __init__(self, socket: Socket, chance: random.Random, ids: list[str]) -> None:
        self._socket, self._chance, self._ids = socket, chance, ids
        self.asked: set[str] = set()

    async def send(self) -> None:
        chance = self._chance
        for number in range(FRAMES):
            if chance.random() < 0.1:
                await self._socket.socket.send_str(chance.choice(TEXTS))
            elif chance.random() < 0.4:
                await self._socket.socket.send_str(json.dumps({"op": "MESSAGE_SEND", "d": self._message(number)}))
            else:
                op = chance.choice(KINDS)
                await self._socket.socket.send_str(json.dumps({"op": op, "d": self._data(op)}))

    def answered(self) -> set[str]:
        return {frame["d"]["nonce"] for frame in self._of("MESSAGE_ACK", "MESSAGE_REFUSED")}

    def acknowledged(self) -> dict[str, str]:
        """The id of the message for each acknowledged nonce, which is the same each time."""
        found: dict[str, str] = {}
        for frame in self._of("MESSAGE_ACK"):
            nonce, id = frame["d"]["nonce"], frame["d"]["message"]["id"]
            assert found.setdefault(nonce, id) == id
        return found

    def _of(self, *ops: str) -> list[dict[str, Any]]:
        return [frame for frame in self._socket.frames if frame.get("op") in ops]

    def _message(self, number: int) -> dict[str, Any]:
        """One in five repeats a nonce, and one in five has a field of a wrong type."""
        chance = self._chance
        nonce = f"n-{number if chance.random() < 0.8 else chance.randrange(number + 1)}"
        body: dict[str, Any] = {"channel_id": chance.choice(self._ids), "content": f"said {number}", "nonce": nonce}
        if chance.random() < 0.2:
            body[chance.choice(["reply_to", "thread_id"])] = chance.choice(self._ids)
        if chance.random() < 0.2:
            body[chance.choice(["channel_id", "content", "reply_to", "thread_id"])] = chance.choice(NONSENSE)
        if UNREADABLE not in body.values():
            self.asked.add(nonce)
        return body

    def _data(self, op: str) -> Any:
        chance = self._chance
        if chance.random() < 0.2:
            return chance.choice(NONSENSE)
        value = chance.choice([*self._ids, *NONSENSE])
        if op == "RESUME":
            chosen = chance.sample(self._ids, chance.randrange(len(self._ids)))
            return {"positions": {id: chance.choice([0, 1, 5, -1, 2**62]) for id in chosen}}
        if op == "PRESENCE_UPDATE":
            return {chance.choice(["status", "activity", "x"]): chance.choice(["online", "dnd", value])}
        if op == "VOICE_SIGNAL":
            return {"channel_id": value, "to": chance.choice(self._ids), "data": value}
        return {"channel_id": value, "message_id": chance.choice(self._ids)}


async def known_ids(club: Community) -> tuple[list[str], str]:
    """What a frame can name, and the member's conversation with the owner."""
    await befriend(club.owner, club.member)
    body = {"participant_ids": [club.member.id]}
    conversation = (await club.owner.expect(200, "POST", "/api/conversations", body))["id"]  # the friendship made it
    said = [(await club.owner.send(place, "before"))["id"] for place in (club.channel, conversation)]
    people = [person.id for person in (club.owner, club.member, club.outsider)]
    return [club.channel, club.voice, club.server, conversation, *said, *people, str(uuid4())], conversation


async def test_whatever_frames_come(database_url: str, rows: OwnConnection, capsys: pytest.CaptureFixture[str]) -> None:
    seed = int(os.environ.get("LAWS_SEED", random.randrange(2**32)))
    print(f"LAWS_SEED={seed}")  # noqa: T201
    chance = random.Random(seed)
    async with contextlib.AsyncExitStack() as stack:
        http = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()))
        urls = [(await stack.enter_async_context(serving(settings_for(database_url)))).url for _ in range(2)]
        club = await gather_community(lambda name="person": Person.register(Browser(chance.choice(urls), http), name))
        ids, conversation = await known_ids(club)
        places = {club.channel, conversation}
        listener, inside, outside = [await each.socket() for each in (club.owner, club.member, club.outsider)]
        senders = [Sender(inside, chance, ids), Sender(outside, random.Random(seed + 1), ids)]
        await asyncio.gather(*(sender.send() for sender in senders))
        async with asyncio.timeout(PATIENCE):
            while any(sender.asked - sender.answered() for sender in senders):  # noqa: ASYNC110 (each comes by itself)
                await asyncio.sleep(0.02)
        for socket in (listener, inside, outside):
            await socket.settle()
            assert not socket.is_closed
        await check_stored(rows, club, senders)
        check_received(listener, await stored(rows, places))
        hidden = {club.channel, club.voice, club.server, conversation}
        assert not [frame for frame in outside.frames if frame.get("topic") in hidden]
    assert not [line for line in capsys.readouterr().out.splitlines() if "[error" in line]


async def check_stored(rows: OwnConnection, club: Community, senders: list[Sender]) -> None:
    """What was acknowledged is there once, and nothing else of theirs; the outsider wrote nothing."""
    for person, sender in zip((club.member, club.outsider), senders, strict=True):
        found = await rows.fetch("SELECT id::text, nonce FROM messages WHERE author_id = $1", person.id)
        assert sorted((row["nonce"], row["id"]) for row in found) == sorted(sender.acknowledged().items())
    assert senders[0].acknowledged()
    assert not senders[1].acknowledged()


async def stored(rows: OwnConnection, places: set[str]) -> set[tuple[str, int]]:
    """Every position of a message, with its channel."""
    found = await rows.fetch(
        "SELECT channel_id::text, version FROM messages WHERE channel_id = ANY($1::uuid[])", list(places)
    )
    return {(row["channel_id"], row["version"]) for row in found}


def check_received(listener: Socket, messages: set[tuple[str, int]]) -> None:
    """A listener has received every message, and each topic's events without a hole."""
    events = [frame for frame in listener.frames if "position" in frame and "topic" in frame]
    received = {(frame["topic"], frame["position"]) for frame in events}
    begun = {(topic, position) for topic, position in messages if position > listener.ready["positions"][topic]}
    assert received >= begun
    for topic in {frame["topic"] for frame in events}:
        steps = [(frame["previous"], frame["position"]) for frame in events if frame["topic"] == topic]
        assert all(before[1] == after[0] for before, after in pairwise(steps)), steps
