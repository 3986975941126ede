"""GET /api/ice-servers, and that a real TURN server accepts its credentials."""

import asyncio
import contextlib
import ipaddress
import os
import re
import shutil
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from coterie.permissions.bits import Permission
from coterie.settings.record import Settings
from coterie.voice import ice
from tests.people import Browser, Person
from tests.ports import reserved_port
from tests.serving import Register, gather_community, serving, settings_for
from tests.voice.turn_client import RefusedError, allocate, answers

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
    """A real coturn, as docs/operating/voice.md has it configured."""
    command = shutil.which("turnserver")
    if command is None:
        give_up = pytest.fail if os.environ.get("REQUIRE_TURN") == "1" else pytest.skip
        give_up("no turnserver on PATH, so no TURN server was asked (Debian and Ubuntu: apt-get install coturn)")
    async with _running(command, tmp_path) as turn:
        assert await answers("127.0.0.1", turn.port), "coturn did not answer"
        yield turn


@contextlib.asynccontextmanager
async def _running(command: str, directory: Path) -> AsyncIterator[Turn]:
    port = reserved_port()
    given = ["--use-auth-secret", f"--static-auth-secret={SECRET}", "--realm=chat.example.org"]
    local = [f"--listening-port={port}", "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", "--log-file=stdout"]
    kept = [f"--userdb={directory / f'{port}.turndb'}", f"--pidfile={directory / f'{port}.pid'}"]
    quiet = ["-n", "--no-cli", "--no-tcp", "--no-tls", "--no-dtls"]
    process = await asyncio.create_subprocess_exec(
        command, *quiet, *given, *local, *kept, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        yield Turn(port)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def server_with_voice(owner: Person) -> tuple[str, str]:
    server = (await owner.expect(201, "POST", "/api/servers", {"name": "calls"}))["id"]
    body = {"name": "voice", "type": "voice"}
    return server, (await owner.expect(201, "POST", f"/api/servers/{server}/channels", body))["id"]


async def in_a_call(browser: Browser) -> Person:
    person = await Person.register(browser)
    _, voice = await server_with_voice(person)
    await person.socket()
    await person.expect(201, "POST", f"/api/channels/{voice}/voice")
    return person


async def turns(person: Person) -> int:
    return len((await person.expect(200, "GET", "/api/ice-servers"))["iceServers"])


async def test_credentials_are_for_users_who_are_in_a_call_or_can_join_one(
    database_url: str, http: aiohttp.ClientSession
) -> None:
    given = {"TURN_URL": "turn:c.example", "TURN_SECRET": SECRET}
    async with serving(settings_for(database_url, **given)) as server:
        owner, member, outsider = [await Person.register(Browser(server.url, http)) for _ in range(3)]
        place, voice = await server_with_voice(owner)
        code = (await owner.expect(201, "POST", f"/api/servers/{place}/invites", {}))["code"]
        await member.expect(201, "POST", f"/api/invites/{code}/accept")
        assert [await turns(each) for each in (owner, member, outsider)] == [0, 0, 0]
        socket = await owner.socket()
        await owner.expect(201, "POST", f"/api/channels/{voice}/voice")
        assert [await turns(each) for each in (owner, member, outsider)] == [1, 1, 0]
        await member.expect(204, "DELETE", f"/api/servers/{place}/leave")
        assert await turns(member) == 0, "credentials end with the membership"
        await owner.expect(204, "DELETE", f"/api/channels/{voice}/voice")
        assert await turns(owner) == 0
        conversation = (await owner.expect(201, "POST", "/api/dm-channels", {"user_id": outsider.id}))["id"]
        await owner.expect(201, "POST", f"/api/channels/{conversation}/voice")
        assert [await turns(each) for each in (owner, member, outsider)] == [1, 0, 1]
        await socket.close()


async def test_a_call_that_a_member_cannot_join_brings_no_credentials(
    database_url: str, http: aiohttp.ClientSession
) -> None:
    given = {"TURN_URL": "turn:c.example", "TURN_SECRET": SECRET}
    async with serving(settings_for(database_url, **given)) as server:
        browser = Browser(server.url, http)
        community = await gather_community(lambda name="person": Person.register(browser, name))
        owner, member = community.owner, community.member
        await owner.socket()
        await owner.expect(201, "POST", f"/api/channels/{community.voice}/voice")
        for denied, count in ((Permission.VIEW_CHANNEL, 0), (Permission.CONNECT_VOICE, 0), (0, 1)):
            body = {"user_id": member.id, "allow": 0, "deny": int(denied)}
            await owner.expect(200, "PUT", f"/api/channels/{community.voice}/overrides", body)
            assert [await turns(each) for each in (owner, member)] == [1, count], denied
        timeout = f"/api/servers/{community.server}/members/{member.id}/timeout"
        await owner.expect(200, "POST", timeout, {"duration_minutes": 5})
        assert await turns(member) == 0, "members who are timed out cannot join"


async def test_an_operator_can_ask_for_relays_alone(database_url: str, http: aiohttp.ClientSession) -> None:
    given = {"STUN_URLS": "stun:a.example", "TURN_URL": "turn:c.example", "TURN_SECRET": SECRET}
    async with serving(settings_for(database_url, **given, COTERIE_RELAY_ONLY="on")) as server:
        person = await in_a_call(Browser(server.url, http))
        answer = await person.expect(200, "GET", "/api/ice-servers")
    assert [each["urls"] for each in answer["iceServers"]] == ["turn:c.example"]
    assert (answer["relay_only"], answer["missing"]) == (True, [])


PRIVATE = [
    "100.64.0.1",
    "192.0.0.8",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "10.1.2.3",
    "172.31.0.1",
    "127.0.0.1",
]
PRIVATE += ["169.254.169.254", "192.168.1.1", "0.0.0.0", "::1", "::", "fe80::1", "fd00::1", "64:ff9b::a00:1", "ff02::1"]
PRIVATE += ["::ffff:10.0.0.1", "2002:a00:1::", "2001:0:1::", "64:ff9b:1::1"]


def test_the_sample_for_coturn_denies_networks_that_are_not_public() -> None:
    page = (Path(__file__).parents[2] / "docs/operating/voice.md").read_text()
    denied = [re.split("-", each) for each in re.findall(r"^denied-peer-ip=(\S+)$", page, re.MULTILINE)]
    ranges = [tuple(map(ipaddress.ip_address, each)) for each in denied]
    for each in map(ipaddress.ip_address, PRIVATE):
        assert any(a.version == each.version and int(a) <= int(each) <= int(b) for a, b in ranges), each
    for public in map(ipaddress.ip_address, ("8.8.8.8", "2a00:1450::1")):
        assert not any(a.version == public.version and int(a) <= int(public) <= int(b) for a, b in ranges)
    assert "\nuser-quota=" in page
    assert "\ntotal-quota=" in page


async def test_there_is_none_by_default(register: Register) -> None:
    """Strangers do not learn a user's address unless the operator allows it."""
    answer = await (await register()).expect(200, "GET", "/api/ice-servers")
    assert answer == {"iceServers": [], "ttl": 3_600, "missing": ["stun", "turn"], "relay_only": False}


async def test_who_is_not_logged_in(browser: Browser) -> None:
    assert (await browser.get("/api/ice-servers")).status == 401


async def test_what_is_configured_is_answered(database_url: str, http: aiohttp.ClientSession) -> None:
    given = {"STUN_URLS": "stun:a.example:3478, stun:b.example", "TURN_URL": "turn:c.example", "TURN_SECRET": SECRET}
    async with serving(settings_for(database_url, **given)) as server:
        person = await in_a_call(Browser(server.url, http))
        servers = (await person.expect(200, "GET", "/api/ice-servers"))["iceServers"]
    assert servers[:2] == [{"urls": "stun:a.example:3478"}, {"urls": "stun:b.example"}]
    [turn] = servers[2:]
    expires, _, name = turn["username"].partition(":")
    assert (turn["urls"], name) == ("turn:c.example", person.username)
    assert 0 < int(expires) - time.time() <= 3_600
    assert turn["credential"] == ice.credential(SECRET, turn["username"])


async def test_a_real_turn_server_takes_the_credentials(
    turn: Turn, database_url: str, http: aiohttp.ClientSession
) -> None:
    async with serving(settings_for(database_url, TURN_URL=turn.url, TURN_SECRET=SECRET)) as server:
        person = await in_a_call(Browser(server.url, http))
        [given] = (await person.expect(200, "GET", "/api/ice-servers"))["iceServers"]
    assert 1_024 < await turn.allocate(given) < 65_536
    with pytest.raises(RefusedError) as refused:
        await turn.allocate({**given, "credential": ice.credential("another secret", given["username"])})
    assert refused.value.args == (UNAUTHORIZED,)


async def test_a_real_turn_server_refuses_expired_ones(turn: Turn) -> None:
    settings = Settings(turn_url=turn.url, turn_secret=SECRET)
    for age, is_good in ((ice.LIFETIME_SECONDS - 60, True), (ice.LIFETIME_SECONDS + 60, False)):
        server = ice.turn(settings, "alice", time.time() - age)
        asking = turn.allocate({"username": server.username, "credential": server.credential})
        if is_good:
            assert await asking
        else:
            with pytest.raises(RefusedError):
                await asking
