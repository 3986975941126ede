"""Hostile input, sent to a real server: it is refused or ignored, and writes no error into the log."""

import json
import logging
from typing import Any

import aiohttp
import pytest

from tests.people import Browser, Community, Socket
from tests.serving import Register

BEYOND = [2**63, 2**64, 10**30, -(2**63) - 1, -(10**30)]


@pytest.fixture
def errors(capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Any:
    """The error lines written so far: the server's own, and those of the libraries under it."""

    def written() -> list[str]:
        own = [line for line in "".join(capsys.readouterr()).splitlines() if "error" in line.lower()]
        return own + [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]

    return written


async def refused(browser: Browser, path: str, headers: dict[str, str]) -> aiohttp.WSServerHandshakeError:
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await browser.http.ws_connect(browser.url.replace("http", "ws", 1) + path, headers=headers)
    return caught.value


@pytest.mark.parametrize("origin", ["http://[", "http://[]", "http://]x[", "//[::1", "http://[v1.x]", "http://[::1]x"])
async def test_an_origin_that_is_no_address(register: Register, errors: Any, origin: str) -> None:
    person = await register()
    headers = {"Cookie": f"coterie_session={person.token}", "Origin": origin}
    browser = Browser(person.url, person.http)
    assert (await refused(browser, "/ws", headers)).status == 401
    for path in ("/sync/me", "/api/realtime", "/api/servers"):
        assert (await browser.get(path, headers=headers)).status == 401, path
    assert not errors()


@pytest.mark.parametrize(("path", "status"), [("/ws?token=x", 401), ("/ws", 401), ("/nothing", 404), ("/api/ws", 404)])
async def test_a_refused_handshake(browser: Browser, errors: Any, path: str, status: int) -> None:
    refusal = await refused(browser, path, {})
    plain = await browser.get("/api/servers")
    assert refusal.status == status
    assert refusal.headers is not None
    for name in plain.headers.keys() - {"Content-Length", "Date"}:
        assert name in refusal.headers, name
    assert refusal.headers["X-Content-Type-Options"] == "nosniff"
    assert not errors()


async def test_a_position_that_the_database_cannot_hold(community: Community, errors: Any) -> None:
    socket: Socket = await community.member.socket()
    for topic in (community.channel, community.server, community.member.id):
        for position in BEYOND:
            await socket.say("RESUME", {"positions": {topic: position}})
    await socket.settle()
    assert not socket.is_closed
    for position in (2**63 - 1, -(2**63)):
        await socket.say("RESUME", {"positions": {community.channel: position}})
    await community.owner.send(community.channel, "still here")
    await socket.wait_for_type("MESSAGE_CREATE")
    assert not errors()


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "0001-01-01", "9999"])
@pytest.mark.parametrize("side", ["before", "after"])
async def test_a_time_beyond_the_calendar(community: Community, errors: Any, side: str, time: str) -> None:
    member, server = community.member, f"/api/servers/{community.server}/search"
    typed = await member.get(server, params={"q": f"word {side}:{time}"})
    chosen = await member.get(server, params={"q": "word", f"{side}_time": time})
    for answer in (typed, chosen):
        assert answer.status in (200, 400), answer.body
    assert not errors()


@pytest.mark.parametrize("content", ["@" + "a-" * 1_999, "@" + "0a:" * 1_300, "@\n" + "```\n" * 999, "-@" * 2_000])
async def test_a_message_that_is_long_to_read(community: Community, content: str) -> None:
    sent = await community.member.send(community.channel, content)
    assert sent["content"] == content


async def test_json_that_is_nested_without_end(community: Community, errors: Any) -> None:
    socket: Socket = await community.member.socket()
    for text in ("[" * 16_000, '{"op":"RESUME","d":' + "[" * 16_000, json.dumps({"op": "HEARTBEAT", "d": "\ud800"})):
        await socket.socket.send_str(text)
    await socket.settle()
    path = f"/api/channels/{community.channel}/messages"
    answer = await community.member.call("POST", path, data="[" * 60_000, headers={"Content-Type": "application/json"})
    assert answer.status == 422
    assert not errors()


async def test_a_time_in_a_body_beyond_the_calendar(community: Community, errors: Any) -> None:
    time = "0001-01-01T00:00:00+23:59"
    socket = await community.member.socket()
    await socket.say("PRESENCE_UPDATE", {"custom_status": "x", "custom_status_expires_at": time})
    await socket.settle()
    for path, body in {
        "/api/users/@me": {"custom_status": "x", "custom_status_expires_at": time},
        f"/api/channels/{community.channel}/notifications": {"muted_until": time},
    }.items():
        answer = await community.member.call("PUT" if "channels" in path else "PATCH", path, json=body)
        assert answer.status == 422, answer.body
    logs = await community.owner.get(f"/api/servers/{community.server}/audit-logs", params={"before": time})
    assert logs.status == 400
    assert not errors()
