"""Which answers are compressed: large lists that hold no secret of one user beside the words of another."""

import gzip
import json
from typing import Any

import aiohttp
import pytest

from coterie.features import ROUTES
from coterie.http import compression
from tests.people import PASSWORD, Community

MARKED = {
    "/channels/{channel_id:str}/messages",
    "/channels/{channel_id:str}/messages/{message_id:str}/thread",
    "/channels/{channel_id:str}/pinned-messages",
    "/channels/{channel_id:str}/threads",
    "/conversations/{conversation_id:str}/messages",
    "/dm-channels/{conversation_id:str}/messages",
    "/servers/{server_id:str}/members",
}


async def get(community: Community, path: str, accept: str) -> tuple[aiohttp.ClientResponse, bytes]:
    """The answer as it came over the wire."""
    member = community.member
    headers = {"Authorization": f"Bearer {member.token}", "Accept-Encoding": accept}
    async with (
        aiohttp.ClientSession(auto_decompress=False) as session,
        session.get(member.url + path, headers=headers) as answer,
    ):
        return answer, await answer.read()


@pytest.fixture
async def page(community: Community) -> str:
    """The address of a page of more than 4 kB."""
    for number in range(12):
        await community.owner.send(community.channel, f"message {number}: " + "the same words again " * 10)
    return f"/api/channels/{community.channel}/messages"


def test_which_routes_are_marked() -> None:
    marked = {path: route for route in ROUTES if route.opt.get("compressed") for path in route.paths}
    assert marked.keys() == MARKED
    assert all(route.http_methods == {"GET"} for route in marked.values())


@pytest.mark.parametrize("accept", ["gzip", "br;q=1.0, GZIP;q=0.5", "deflate, gzip, br, zstd"])
async def test_a_page_of_messages(community: Community, page: str, accept: str) -> None:
    plain, body = await get(community, page, "identity")
    packed, packed_body = await get(community, page, accept)
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["content-length"] == str(len(packed_body))
    assert json.loads(gzip.decompress(packed_body)) == json.loads(body)
    assert len(packed_body) < len(body) / 3
    for answer in (plain, packed):
        assert answer.headers["vary"] == "Accept-Encoding"
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("accept", ["identity", "gzip;q=0", "gzip; q=0.0, br", ""])
async def test_what_a_client_does_not_accept(community: Community, page: str, accept: str) -> None:
    answer, body = await get(community, page, accept)
    assert "content-encoding" not in answer.headers
    assert len(json.loads(body)) == 12


async def test_long_and_short_answers(community: Community, page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    short, _ = await get(community, f"{page}?limit=1", "gzip")
    assert "content-encoding" not in short.headers
    monkeypatch.setattr(compression, "LARGE", 100)
    long, body = await get(community, page, "gzip")
    assert long.headers["content-encoding"] == "gzip"
    assert len(json.loads(gzip.decompress(body))) == 12


@pytest.mark.strict
async def test_answers_with_secrets_never(community: Community, page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compression, "SMALLEST", 1)
    answer, _ = await get(community, page, "gzip")
    assert answer.headers["content-encoding"] == "gzip"
    for path in ("/api/users/@me", "/api/auth/sessions", f"/api/servers/{community.server}/channels", "/api/inbox"):
        answer, _ = await get(community, path, "gzip")
        assert (answer.status, "content-encoding" in answer.headers) == (200, False)
    member = community.member
    async with aiohttp.ClientSession(member.url, headers={"Accept-Encoding": "gzip"}) as session:
        login: dict[str, Any] = {"username": member.username, "password": PASSWORD}
        async with session.post("/api/auth/login", json=login) as answer:
            assert (answer.status, "content-encoding" in answer.headers) == (200, False)
            tokens = await answer.json()
        async with session.post("/api/auth/refresh", json={"refresh_token": tokens["refresh_token"]}) as answer:
            assert (answer.status, "content-encoding" in answer.headers) == (200, False)
            assert "refresh_token" in await answer.json()


async def test_a_page_with_an_anonymous_poll_is_not(community: Community, page: str) -> None:
    """Its length would tell what the reader voted. An open poll may be compressed, and words that look like it."""
    path = f"/api/channels/{community.channel}/polls"
    body: dict[str, Any] = {"question": '"is_anonymous":true', "options": ["yes", "no"]}
    await community.owner.expect(201, "POST", path, body)
    answer, _ = await get(community, page, "gzip")
    assert answer.headers["content-encoding"] == "gzip"
    await community.owner.expect(201, "POST", path, body | {"is_anonymous": True})
    answer, plain = await get(community, page, "gzip")
    assert "content-encoding" not in answer.headers
    assert len(json.loads(plain)) == 14
