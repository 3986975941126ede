"""The Python client: it keeps its session alive, and survives what passes."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Final
from uuid import uuid4

import pytest

from coterie.client import Client, Event, RefusedError
from coterie.database.pool import OwnConnection
from tests.browser.cable import cable
from tests.patience import PATIENCE
from tests.people import PASSWORD, Community
from tests.serving import LiveServer

REFUSAL: Final = b"HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"


class Follower:
    """A bot that follows everything."""

    def __init__(self, client: Client) -> None:
        self.client: Final = client
        self.events: Final[asyncio.Queue[Event]] = asyncio.Queue()
        self.following: Final = asyncio.create_task(self._follow())

    async def _follow(self) -> None:
        async for event in self.client.events():
            self.events.put_nowait(event)

    async def receives(self, type: str) -> Event:
        async with asyncio.timeout(PATIENCE):
            while True:
                event = await self.events.get()
                if event.type == type:
                    return event


@contextlib.asynccontextmanager
async def following(url: str) -> AsyncIterator[Follower]:
    async with Client(url) as client:
        await client.register(f"bot_{uuid4().hex[:16]}", PASSWORD)
        follower = Follower(client)
        try:
            await follower.receives("READY")
            yield follower
        finally:
            follower.following.cancel()
            await asyncio.gather(follower.following, return_exceptions=True)


async def test_an_access_token_instead_of_a_password(community: Community) -> None:
    body = {"name": "script", "scopes": ["read", "write"], "current_password": PASSWORD}
    made = await community.member.expect(201, "POST", "/api/auth/access-tokens", body)
    async with Client(community.member.url, token=made["token"]) as client:
        follower = Follower(client)
        await follower.receives("READY")
        sent = await client.send(community.channel, "by a script")
        assert (await follower.receives("MESSAGE_CREATE")).data["id"] == sent["id"]
        await community.member.expect(204, "DELETE", f"/api/auth/sessions/{made['session']['id']}")
        async with asyncio.timeout(PATIENCE):
            with pytest.raises(RefusedError, match="401"):
                await follower.following


@pytest.mark.parametrize("status", [429, 502, 503])
async def test_a_refusal_that_passes_does_not_end_it(live_server: LiveServer, status: int) -> None:
    """The connection breaks while the database is away, and the access token has to be refreshed meanwhile."""
    is_refusing, asked = False, asyncio.Event()
    async with cable(live_server.url) as wire:
        carry = wire.carry

        async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if not is_refusing:
                await carry(reader, writer)
                return
            await reader.readuntil(b"\r\n\r\n")
            writer.write(REFUSAL % status)
            await writer.drain()
            writer.close()
            asked.set()

        listener = await asyncio.start_server(refuse, "127.0.0.1", 0)
        async with listener, following(f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}") as bot:
            is_refusing = True
            bot.client._fresh_until = 0.0
            wire.cut()
            async with asyncio.timeout(PATIENCE):
                await asked.wait()
            wire.mend()
            is_refusing = False
            await bot.receives("READY")


async def test_it_ends_with_its_session(live_server: LiveServer, rows: OwnConnection) -> None:
    async with following(live_server.url) as bot:
        await bot.client.call("POST", "/api/auth/logout")
        with pytest.raises(RefusedError) as refused:
            async with asyncio.timeout(PATIENCE):
                await bot.following
        assert refused.value.status == 401


async def test_a_refused_access_token_is_exchanged(live_server: LiveServer) -> None:
    """A new secret makes all access tokens invalid, and ends no session."""
    async with cable(live_server.url) as wire, following(wire.url) as bot:
        bot.client._access_token = "of another secret"
        wire.cut()
        wire.mend()
        await bot.receives("READY")


async def test_a_bot_that_only_listens_keeps_its_session(
    live_server: LiveServer, rows: OwnConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coterie.client.HEARTBEAT_SECONDS", 0.05)
    async with following(live_server.url) as bot:
        await rows.execute(
            "UPDATE sessions SET expires_at = now() + interval '1 hour' WHERE user_id = $1", bot.client.user["id"]
        )
        bot.client._fresh_until = 0.0
        event = await bot.receives("SESSION_UPDATE")
        days = await rows.fetchval(
            "SELECT extract(epoch FROM expires_at - now()) / 86400 FROM sessions WHERE id = $1", event.data["id"]
        )
        assert days > 6.9
