"""How many sockets and connections one account and one address may hold."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from coterie.http import open_places
from coterie.http.open_places import SOCKETS_LIMIT
from coterie.http.rate_limits import LOGIN, SOCKETS, Rate
from tests.people import Browser, Person, Socket
from tests.rates import set_rate
from tests.serving import serving, settings_for


@pytest.fixture
async def limited(
    database_url: str, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Browser]:
    """With the limits of production, except that sockets may be opened quickly."""
    set_rate(monkeypatch, SOCKETS, Rate(1000, 1000))
    set_rate(monkeypatch, LOGIN, Rate(1000, 1000))
    settings = settings_for(database_url, RATE_LIMITS="on", COTERIE_TRUSTED_PROXIES="127.0.0.1")
    async with serving(settings) as server:
        yield Browser(server.url, http)


async def refused(person: Person, headers: dict[str, str]) -> int | None:
    """The status that a handshake is refused with; None if it is not."""
    try:
        socket = await person.http.ws_connect(f"{person.url}/ws?token={person.token}", headers=headers)
    except aiohttp.WSServerHandshakeError as error:
        return error.status if error.headers and "Retry-After" in error.headers else None
    KEPT.append(socket)
    return None


KEPT: list[aiohttp.ClientWebSocketResponse] = []


async def test_one_account_holds_no_more_than_its_sockets(limited: Browser) -> None:
    person, other = await Person.register(limited), await Person.register(limited)
    statuses = await asyncio.gather(*(refused(person, {}) for _ in range(300)))
    assert sorted(statuses, key=str) == [429] * (300 - SOCKETS_LIMIT) + [None] * SOCKETS_LIMIT
    assert await refused(other, {}) is None
    await KEPT.pop().close()
    await KEPT.pop().close()
    while await refused(person, {}) is not None:  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    for socket in KEPT:
        await socket.close()
    KEPT.clear()


async def test_one_address_holds_no_more_than_its_share(
    database_url: str, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of sockets and streams, for many accounts together, by the address that a trusted proxy forwards."""
    monkeypatch.setattr(open_places, "LEAST_SHARE", 4)
    settings = settings_for(
        database_url, RATE_LIMITS="on", COTERIE_TRUSTED_PROXIES="127.0.0.1", COTERIE_CONNECTION_LIMIT="16"
    )
    async with serving(settings) as server:
        people = [await Person.register(Browser(server.url, http)) for _ in range(5)]
        here, there = {"X-Forwarded-For": "198.51.100.7"}, {"X-Forwarded-For": "198.51.100.8"}
        following = {**here, "Authorization": f"Bearer {people[0].token}", "Subscribe": "true"}
        stream = await http.get(f"{server.url}/sync/me", headers=following)
        assert stream.status == 209
        assert [await refused(person, here) for person in people] == [None, None, None, 429, 429]
        answer = await people[4].call("GET", "/sync/me", headers=here)
        assert (answer.status, answer.code) == (429, "rate_limited")
        assert await refused(people[4], there) is None
        stream.close()
        while await refused(people[4], here) is not None:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        for socket in KEPT:
            await socket.close()
        KEPT.clear()


async def test_without_a_proxy_connections_are_counted_before_anything_is_read(
    database_url: str, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_places, "LEAST_SHARE", 2)
    settings = settings_for(database_url, RATE_LIMITS="on", COTERIE_CONNECTION_LIMIT="10")
    async with serving(settings) as server:
        person = await Person.register(Browser(server.url, http))
        socket = await Socket.open(person)
        host, port = server.url.removeprefix("http://").split(":")
        _, held = await asyncio.open_connection(host, int(port))
        reader, writer = await asyncio.open_connection(host, int(port))
        assert (await reader.read()).startswith(b"HTTP/1.1 503 ")
        await socket.close()
        held.close()
        writer.close()
        status = b""
        while b" 200 " not in status:  # until both have left
            reader, writer = await asyncio.open_connection(host, int(port))
            writer.write(b"GET /api/health/live HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            status = await reader.readline()
            writer.close()
