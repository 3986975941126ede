"""Requests to resume that are made to be expensive: each costs its account what it costs the server."""

import json
from collections.abc import AsyncIterator
from functools import partial
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID, uuid4

import aiohttp
import pytest

from coterie.client import Client
from coterie.errors import RATE_LIMITED, CoterieError
from coterie.http.rate_limits import ACCOUNT, Limits, Rate, paced
from coterie.log.hub import Hub
from coterie.sync import client_frames
from coterie.sync.limits import REPLAYS
from coterie.sync.live_connection import LiveConnection
from coterie.sync.records import RESUMED_TOPICS
from coterie.viewer import Viewer
from tests.charges import charges
from tests.people import Browser, Community, Person
from tests.rates import set_rate
from tests.serving import gather_community, serving, settings_for

TOO_LARGE = 1009


@pytest.fixture
async def limited(
    monkeypatch: pytest.MonkeyPatch, database_url: str, http: aiohttp.ClientSession
) -> AsyncIterator[Browser]:
    """An account may make 100 requests, and no more; frames may come as fast as they like."""
    set_rate(monkeypatch, ACCOUNT, Rate(0.001, 100))
    monkeypatch.setattr(client_frames, "FRAMES_PER_SECOND", 10**9)
    async with serving(settings_for(database_url, RATE_LIMITS="on")) as server:
        yield Browser(server.url, http)


async def test_unknown_topics_are_answered_together(community: Community) -> None:
    socket = await community.member.socket()
    asked = [str(uuid4()) for _ in range(900)]
    await socket.say("RESUME", {"positions": dict.fromkeys([*asked, community.channel], 0)})
    gone = await socket.wait_for_type("TOPIC_GONE")
    assert (sorted(gone["d"]["topics"]), gone["d"]["topic"] in asked) == (sorted(asked), True)
    await socket.settle()
    assert len(socket.of("TOPIC_GONE")) == 1
    await socket.close()


def test_requests_that_wait_are_merged() -> None:
    live = SimpleNamespace(hub=Hub(cast("Any", None), cast("Any", None)), log=None)
    connection = LiveConnection(Viewer(uuid4(), uuid4(), "ann", is_admin=False), cast("Any", live))
    topic = uuid4()
    connection.positions[topic] = 9
    for position in (7, 3, 5):
        for _ in range(1_000):
            connection.rewind({topic: position, **{uuid4(): 0 for _ in range(5)}})
    assert (connection.waiting, connection.ending) == (1, None)
    rewind = connection._next()
    assert rewind.positions == {topic: 3}  # type: ignore[union-attr]
    assert len(rewind.unknown) == RESUMED_TOPICS  # type: ignore[union-attr]


async def test_every_frame_counts_as_a_request(limited: Browser) -> None:
    person = await Person.register(limited)
    socket = await person.socket()
    for _ in range(100):
        await socket.say("HEARTBEAT")
    await socket.wait_for(lambda _: sum(frame["op"] == "HEARTBEAT_ACK" for frame in socket.frames) == 100)
    answer = await person.get("/api/servers")
    assert (answer.status, answer.code) == (429, "rate_limited")
    await socket.say("HEARTBEAT")
    await socket.wait_for(lambda _: sum(frame["op"] == "HEARTBEAT_ACK" for frame in socket.frames) == 101)
    await socket.close()


async def test_a_resume_costs_its_size(community: Community, monkeypatch: pytest.MonkeyPatch) -> None:
    """The topics are not even known, and it is counted before they are read."""
    costs: list[int] = []
    account = Limits.account

    def counted(limits: Limits, user_id: UUID, *, is_bot: bool = False, cost: int = 1) -> None:
        costs.append(cost)
        account(limits, user_id, is_bot=is_bot, cost=cost)

    socket = await community.member.socket()
    monkeypatch.setattr(Limits, "account", counted)
    for count in (1, 40, 900):
        await socket.say("RESUME", {"positions": {str(uuid4()): 0 for _ in range(count)}})
    await socket.say("HEARTBEAT")
    await socket.wait_for(lambda frame: frame["op"] == "HEARTBEAT_ACK")
    assert costs == [1, 1, 19, 1]
    await socket.close()


async def test_what_is_repeated_has_a_price(limited: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    charged = charges(monkeypatch, REPLAYS)
    cast = await gather_community(partial(Person.register, limited))
    for number in range(3):
        await cast.owner.send(cast.channel, f"{number}")
    socket = await cast.member.socket()
    for count in (3, 6):
        await socket.say("RESUME", {"positions": {cast.channel: 0}})
        await socket.wait_for_count("MESSAGE_CREATE", count)
    assert charged == [3, 3]
    await socket.say("RESUME", {"positions": {cast.channel: 3}})
    await socket.say("HEARTBEAT")
    await socket.wait_for(lambda frame: frame["op"] == "HEARTBEAT_ACK")
    assert charged == [3, 3], "nothing was missed"
    await socket.close()


async def test_what_is_over_the_limit_waits() -> None:
    refusals = [CoterieError(RATE_LIMITED, retry_after=0.001) for _ in range(3)]

    def count() -> None:
        if refusals:
            raise refusals.pop()

    await paced(count)
    assert not refusals


@pytest.mark.parametrize(("count", "padding"), [(RESUMED_TOPICS + 1, 0), (1, 65_000)], ids=["topics", "bytes"])
async def test_a_request_has_bounds(community: Community, count: int, padding: int) -> None:
    socket = await community.member.socket()
    topics = {str(uuid4()): 0 for _ in range(count)}
    frame = {"op": "RESUME", "d": {"positions": topics, "x": "x" * padding}, "t": "x" * 1_000}
    await socket.socket.send_str(json.dumps(frame))
    assert await socket.wait_for_close() == TOO_LARGE


async def test_the_python_client_asks_in_parts() -> None:
    sent: list[dict[str, Any]] = []

    class Recorder:
        async def send_json(self, frame: dict[str, Any], **_: object) -> None:
            sent.append(frame)

        async def send_str(self, text: str) -> None:
            sent.append(json.loads(text))

    client = Client("http://nowhere.example")
    await client._ask(cast("Any", Recorder()), {str(number): number for number in range(2_500)})
    assert [len(frame["d"]["positions"]) for frame in sent] == [1_000, 1_000, 500]
