"""What a credential without a scope is refused at every interface, whatever its account may do."""

import re
from collections.abc import AsyncIterator
from typing import Any, get_args
from uuid import UUID

import aiohttp
import pytest
from msgspec.structs import replace

from coterie.application import create_rest
from coterie.bots.credentials import BotTokens
from coterie.callers.guard import CHANGING
from coterie.http.credentials import Credential
from coterie.http.request_metrics import Requests
from coterie.metrics.routes import Metrics
from coterie.services import making
from coterie.sync.client_frames import WRITING
from coterie.viewer import KINDS, SCOPES, Viewer, ViewerScope
from tests.access.streams_table import OPS
from tests.people import Browser, Person
from tests.serving import serving, settings_for

UNTOUCHED = str(UUID(int=7))
"""Names nothing, so no request has an effect."""


class ScopedTokens(BotTokens):
    """Reads an access token behind the scopes that it is limited to, as `read+write:<token>`."""

    async def viewer(self, credential: Credential) -> Viewer:
        named, _, token = credential.token.partition(":")
        viewer = await self._authentication.viewer(Credential("Bearer", token))
        return replace(viewer, scopes=SCOPES & set(named.split("+")))


@pytest.fixture
async def person(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Person]:
    """The administrator of an instance that knows scoped tokens."""
    monkeypatch.setattr(making, "BotTokens", ScopedTokens)
    async with serving(settings_for(database_url)) as server, aiohttp.ClientSession() as http:
        yield await Person.register(Browser(server.url, http), "person")


def needed() -> dict[str, ViewerScope]:
    """The scope that each route needs of a person's credential."""
    settings = settings_for("postgresql://nowhere/nothing")
    found: dict[str, ViewerScope] = {}
    for route in create_rest(settings, Metrics(Requests(settings))).routes:
        for method, (handler, _) in getattr(route, "route_handler_map", {}).items():
            options = handler.opt
            is_private = handler.fn.__module__.startswith("coterie.") and not options.get("public")
            if is_private and "session" in options.get("kinds", KINDS) and method not in ("HEAD", "OPTIONS"):
                usual = "write" if method in CHANGING else "read"
                found[f"{method} {route.path}"] = options.get("scope", usual)
    return found


async def code(person: Person, scopes: str, method: str, path: str) -> str | None:
    """The code with which a request is refused."""
    url = person.url + re.sub(r"{\w+(:\w+)?}", UNTOUCHED, path)
    headers = {"Authorization": f"Bot {scopes}:{person.token}"}
    async with person.http.request(method, url, headers=headers, json={}) as response:
        text = await response.text()
        return "missing_scope" if response.status == 403 and "missing_scope" in text else None


async def test_a_route_needs_its_scope(person: Person) -> None:
    wrong = []
    for route, scope in needed().items():
        method, _, path = route.partition(" ")
        others = "+".join(sorted(SCOPES - {scope}))
        if await code(person, others, method, path) != "missing_scope":
            wrong.append(f"{route} works without {scope}")
    assert not wrong, "\n".join(wrong)
    me = f"/api/users/{person.id}"
    assert [await code(person, each, "GET", me) for each in ("read", "write", "")] == [None, *["missing_scope"] * 2]


def test_what_administers_and_what_concerns_the_account_is_marked() -> None:
    routes = needed()
    assert {scope for route, scope in routes.items() if "/api/admin/" in route} == {"administration"}
    auth = {scope for route, scope in routes.items() if "/api/auth/" in route and route != "GET /api/auth/me"}
    assert auth == {"account", "administration"}
    assert {scope for route, scope in routes.items() if "/api/bots" in route} == {"account"}
    assert set(routes.values()) == set(get_args(ViewerScope))


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/sync/me", "read"),
        ("PUT", "/sync/me", "write"),
        ("GET", "/realtime", "read"),
        ("POST", "/typing", "write"),
        ("PUT", "/chat", "write"),
        ("PUT", f"/collab/{UNTOUCHED}", "write"),
    ],
)
async def test_streams_need_theirs(person: Person, method: str, path: str, scope: ViewerScope) -> None:
    assert await code(person, "+".join(SCOPES - {scope}), method, path) == "missing_scope"


async def test_a_socket_reads_and_only_writes_with_the_scope(person: Person) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
        await person.http.ws_connect(f"{person.url}/ws?bot_token=write:{person.token}")
    watching = await person.socket()
    async with person.http.ws_connect(f"{person.url}/ws?bot_token=read:{person.token}") as socket:
        assert (await socket.receive_json())["t"] == "READY"
        await socket.send_json({"op": "PRESENCE_UPDATE", "d": {"custom_status": "busy"}})
        sent: dict[str, Any] = {"channel_id": str(UUID(int=1)), "content": "hello", "nonce": "one"}
        await socket.send_json({"op": "MESSAGE_SEND", "d": sent})
        refused = await answer_to(socket, "MESSAGE_REFUSED")
        assert (refused["d"]["nonce"], refused["d"]["code"]) == ("one", "missing_scope")
    await person.expect(200, "PATCH", "/api/users/@me", {"bio": "after"})
    update = await watching.wait_for_type("USER_UPDATE")
    assert (update["d"]["bio"], update["d"]["custom_status"]) == ("after", None)


async def answer_to(socket: aiohttp.ClientWebSocketResponse, op: str) -> Any:
    while (frame := await socket.receive_json())["op"] != op:
        pass
    return frame


def test_every_frame_that_changes_something_needs_to_write() -> None:
    assert OPS.keys() - {"HEARTBEAT", "RESUME", "DELIVERED"} == WRITING
