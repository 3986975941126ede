"""What an account has made itself: it is bounded, and reading all of it costs the account its size."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from uuid import UUID, uuid4

import aiohttp
import pytest

from coterie.channels.limits import CHANNELS
from coterie.errors import CoterieError
from coterie.http.account_turns import AccountTurns
from coterie.http.rate_limits import SOCKETS, Limiter, Limits, Rate
from coterie.messages.limits import READINGS
from coterie.servers.limits import SERVERS
from tests.charges import charges
from tests.patience import PATIENCE
from tests.people import Browser, Community, Person, Socket
from tests.rates import set_rate
from tests.serving import gather_community, serving, settings_for


async def opened(person: Person) -> int:
    """The status of a stream of /realtime, which is closed again."""
    headers = {"Accept": "text/event-stream", "Authorization": f"Bearer {person.token}"}
    async with person.http.get(f"{person.url}/realtime", headers=headers) as answer:
        return answer.status


async def ready_or_ended(socket: Socket) -> int | None:
    """200 if READY came, or the code with which the server closed the socket."""
    async with asyncio.timeout(PATIENCE), socket.arrived:
        await socket.arrived.wait_for(lambda: socket.frames or socket.is_closed)
    return 200 if socket.frames else socket.socket.close_code


async def test_realtime_waits_for_its_turn_and_counts_as_a_socket(
    community: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns: list[AccountTurns] = []
    turn = AccountTurns.turn

    @asynccontextmanager
    async def counted(admission: AccountTurns, user_id: UUID) -> AsyncIterator[None]:
        turns.append(admission)
        async with turn(admission, user_id):
            yield

    monkeypatch.setattr(AccountTurns, "turn", counted)
    sockets = charges(monkeypatch, SOCKETS)
    assert await opened(community.member) == 200
    assert (len(turns), sockets) == (1, [1])


async def test_what_is_read_together_costs_its_size(
    monkeypatch: pytest.MonkeyPatch, database_url: str, http: aiohttp.ClientSession
) -> None:
    """The owner follows themself, a server and its two channels, which is more than what is left."""
    set_rate(monkeypatch, READINGS, Rate(0.001, 3))
    async with serving(settings_for(database_url, RATE_LIMITS="on")) as server:
        cast = await gather_community(partial(Person.register, Browser(server.url, http)))
        socket = await cast.owner.socket()
        answer = await cast.owner.get("/api/users/@me/unread")
        assert (answer.status, answer.code) == (429, "rate_limited")
        assert await opened(cast.owner) == 429
        with pytest.raises(aiohttp.WSServerHandshakeError, match="429"):
            await cast.owner.socket()
        await cast.outsider.expect(200, "GET", "/api/users/@me/unread")
        await socket.close()


async def test_overrides_cost_too(community: Community, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coterie.sync.live_connection.OVERRIDES_A_TOPIC", 1)
    readings: list[float] = []
    monkeypatch.setattr(Limits, "charge", lambda _, limit, user_id, cost: readings.append(cost))
    await (await community.owner.socket()).close()
    for target in ({"user_id": community.member.id}, {"role_id": community.server}):
        body = {**target, "allow": 0, "deny": 0}
        await community.owner.expect(200, "PUT", f"/api/channels/{community.channel}/overrides", body)
    await (await community.owner.socket()).close()
    before, after = readings
    assert after == before + 2


async def test_readings_that_begin_together_are_limited(
    monkeypatch: pytest.MonkeyPatch, database_url: str, http: aiohttp.ClientSession
) -> None:
    """All pass the handshake before the first has been counted; then one is read, which uses up the limit."""
    set_rate(monkeypatch, READINGS, Rate(0.001, 3))
    everyone, one, waiting = asyncio.Event(), asyncio.Lock(), list[AccountTurns]()

    @asynccontextmanager
    async def turn(admission: AccountTurns, _: UUID) -> AsyncIterator[None]:
        waiting.append(admission)
        if len(waiting) == 5:
            everyone.set()
        await everyone.wait()
        async with one:
            yield

    async with serving(settings_for(database_url, RATE_LIMITS="on")) as server:
        cast = await gather_community(partial(Person.register, Browser(server.url, http)))
        monkeypatch.setattr(AccountTurns, "turn", turn)
        streams = [asyncio.create_task(opened(cast.owner)) for _ in range(2)]
        sockets = await asyncio.gather(*(Socket.open(cast.owner) for _ in range(3)))
        statuses = await asyncio.gather(*streams)
        ended = await asyncio.gather(*(ready_or_ended(socket) for socket in sockets))
    assert {*statuses, *ended} == {200, 429, 1013}
    assert [*statuses, *ended].count(200) == 1, "one reading"


def test_a_cost_that_shows_afterwards_is_paid_before_the_next() -> None:
    now = 0.0
    limiter = Limiter(Rate(1, 10), lambda: now)
    limiter.check("ann", 0)
    limiter.charge("ann", 14)
    with pytest.raises(CoterieError) as refusal:
        limiter.check("ann", 0)
    assert refusal.value.retry_after == 4
    limiter.check("ben", 0)
    now = 4.0
    limiter.check("ann", 0)
    limiter.charge("ann", 1_000)
    now = 14.0
    limiter.check("ann", 0)  # the longest wait is the time in which the bucket fills


async def test_making_servers_and_channels_is_counted(community: Community, monkeypatch: pytest.MonkeyPatch) -> None:
    servers, channels = charges(monkeypatch, SERVERS), charges(monkeypatch, CHANNELS)
    server = await community.owner.expect(201, "POST", "/api/servers", {"name": "Second"})
    body = {"name": "more", "type": "text"}
    await community.owner.expect(201, "POST", f"/api/servers/{server['id']}/channels", body)
    assert (servers, channels) == ([1], [1])


async def test_an_account_follows_so_many_topics(community: Community, monkeypatch: pytest.MonkeyPatch) -> None:
    owner, outsider = community.owner, community.outsider
    await owner.expect(200, "PATCH", f"/api/servers/{community.server}", {"is_public": True, "require_invite": False})
    monkeypatch.setattr("coterie.permissions.topic_limit.TOPIC_LIMIT", 3)
    refused = [
        await owner.post("/api/servers", {"name": "Second"}),
        await owner.post(f"/api/servers/{community.server}/channels", {"name": "more", "type": "text"}),
        await owner.post("/api/conversations", {"participant_ids": [outsider.id], "name": uuid4().hex}),
    ]
    assert [(answer.status, answer.code) for answer in refused] == [(400, "too_many_topics")] * 3
    monkeypatch.setattr("coterie.permissions.topic_limit.TOPIC_LIMIT", 2)
    answer = await outsider.post(f"/api/servers/{community.server}/join")
    assert (answer.status, answer.code) == (400, "too_many_topics"), "two channels, and the server"
    monkeypatch.setattr("coterie.permissions.topic_limit.TOPIC_LIMIT", 4)
    assert (await outsider.post(f"/api/servers/{community.server}/join")).status in (200, 201)
    await owner.expect(201, "POST", f"/api/servers/{community.server}/channels", {"name": "more", "type": "text"})
