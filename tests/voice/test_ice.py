"""GET /api/ice-servers, and that a real TURN server takes what it answers."""

import asyncio
import contextlib
import os
import shutil
import socket
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from coterie.settings import Settings
from coterie.voice import ice
from tests.people import Browser, Person
from tests.serving import Register, serving, settings_for
from tests.voice.turn_client import RefusedError, allocate

SECRET = "a secret that only Coterie and the TURN server know"
UNAUTHORIZED = 401


@dataclass(frozen=True, slots=True)
class Turn:
    """A coturn of the test's own."""

    port: int

    @property
    def url(self) -> str:
        return f"turn:127.0.0.1:{self.port}"

    async def allocate(self, server: dict[str, Any]) -> int:
        return await allocate("127.0.0.1", self.port, server["username"], server["credential"])


@pytest.fixture
async def turn(tmp_path: Path) -> AsyncIterator[Turn]:
    """A real coturn, as docs/voice.md has it configured."""
    command = shutil.which("turnserver")
    if command is None:
        give_up = pytest.fail if os.environ.get("REQUIRE_TURN") == "1" else pytest.skip
        give_up("no turnserver on PATH, so no TURN server was asked (Debian and Ubuntu: apt-get install coturn)")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    given = ["--use-auth-secret", f"--static-auth-secret={SECRET}", "--realm=chat.example.org"]
    local = [f"--listening-port={port}", "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", "--log-file=stdout"]
    kept = [f"--userdb={tmp_path / 'turndb'}", f"--pidfile={tmp_path / 'pid'}"]
    process = await asyncio.create_subprocess_exec(
        command, "-n", "--no-cli", "--no-tls", "--no-dtls", *given, *local, *kept, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        yield Turn(port)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def test_there_is_none_by_default(register: Register) -> None:
    """Nobody's address is told to strangers unless the operator says so."""
    answer = await (await register()).expect(200, "GET", "/api/ice-servers")
    assert answer == {"iceServers": [], "ttl": 86_400}


async def test_who_is_not_logged_in(browser: Browser) -> None:
    assert (await browser.get("/api/ice-servers")).status == 401


async def test_what_is_configured_is_answered(database_url: str, http: aiohttp.ClientSession) -> None:
    given = {"STUN_URLS": "stun:a.example:3478, stun:b.example", "TURN_URL": "turn:c.example", "TURN_SECRET": SECRET}
    async with serving(settings_for(database_url, **given)) as server:
        person = await Person.register(Browser(server.url, http))
        servers = (await person.expect(200, "GET", "/api/ice-servers"))["iceServers"]
    assert servers[:2] == [{"urls": "stun:a.example:3478"}, {"urls": "stun:b.example"}]
    [turn] = servers[2:]
    expires, _, name = turn["username"].partition(":")
    assert (turn["urls"], name) == ("turn:c.example", person.username)
    assert 0 < int(expires) - time.time() <= 86_400
    assert turn["credential"] == ice.credential(SECRET, turn["username"])


async def test_a_real_turn_server_takes_the_credentials(
    turn: Turn, database_url: str, http: aiohttp.ClientSession
) -> None:
    async with serving(settings_for(database_url, TURN_URL=turn.url, TURN_SECRET=SECRET)) as server:
        person = await Person.register(Browser(server.url, http))
        [given] = (await person.expect(200, "GET", "/api/ice-servers"))["iceServers"]
    assert 1_024 < await turn.allocate(given) < 65_536
    with pytest.raises(RefusedError) as refused:
        await turn.allocate({**given, "credential": ice.credential("another secret", given["username"])})
    assert refused.value.args == (UNAUTHORIZED,)


async def test_a_real_turn_server_refuses_expired_ones(turn: Turn) -> None:
    settings = Settings(turn_url=turn.url, turn_secret=SECRET)
    for age, is_good in ((ice.LIFETIME_SECONDS - 60, True), (ice.LIFETIME_SECONDS + 60, False)):
        [server] = ice.servers(settings, "alice", time.time() - age).ice_servers
        asking = turn.allocate({"username": server.username, "credential": server.credential})
        if is_good:
            assert await asking
        else:
            with pytest.raises(RefusedError):
                await asking
