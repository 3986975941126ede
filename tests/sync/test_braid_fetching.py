"""A collection as a plain resource: GET, HEAD, OPTIONS, single values, and what pages of other origins can do."""

import asyncio
import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.people import Browser, Community
from tests.serving import LiveServer, serving, settings_for

ORIGIN = "https://page.example"
REQUEST_HEADERS = (
    "authorization subscribe version parents peer heartbeats merge-type patches content-type content-range repr-type "
    "repr-digest multiplex-version multiplex-through if-none-match if-match last-event-id"
)
EXPOSED = (
    "subscribe version parents current-version merge-type heartbeats repr-type repr-digest patches content-range "
    "editable retry-after multiplex-version multiplex-through bad-multiplexer etag"
)


def messages_of(community: Community) -> str:
    return f"/sync/channels/{community.channel}/messages"


def lower(headers: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def words(header: str) -> set[str]:
    return {word.strip().lower() for word in header.split(",")}


async def test_it_works(community: Community) -> None:
    sent = await community.member.send(community.channel, "hello")
    answer = await community.owner.get(messages_of(community))
    headers = lower(answer.headers)
    assert (answer.status, answer.body) == (200, {sent["id"]: sent})
    assert headers["version"] == headers["current-version"] == headers["etag"]
    assert headers["accept-subscribe"] == "true"
    assert {"subscribe", "parents", "version"} <= words(headers["vary"])
    again = await community.owner.get(messages_of(community), headers={"If-None-Match": headers["etag"]})
    assert (again.status, again.body) == (304, "")
    await community.member.send(community.channel, "more")
    assert (await community.owner.get(messages_of(community), headers={"If-None-Match": headers["etag"]})).status == 200


async def test_head_is_get_without_the_object(community: Community) -> None:
    await community.member.send(community.channel, "hello")
    for path in (messages_of(community), f"/sync/servers/{community.server}"):
        head, get = [await community.owner.call(method, path) for method in ("HEAD", "GET")]
        assert (head.status, head.body) == (200, "")
        for name in ("version", "current-version", "content-type", "content-length"):
            assert lower(head.headers)[name] == lower(get.headers)[name]
    assert (await community.outsider.call("HEAD", messages_of(community))).status == 404


async def test_another_version_than_asked_for_says_so_by_not_naming_it(community: Community) -> None:
    old = (await community.owner.get(messages_of(community))).headers["version"]
    assert (await community.owner.get(messages_of(community), headers={"Version": old})).headers["version"] == old
    await community.member.send(community.channel, "hello")
    headers = (await community.owner.get(messages_of(community), headers={"Version": old})).headers
    assert "version" not in headers
    assert headers["current-version"] != old


async def test_one_message(community: Community) -> None:
    sent = await community.member.send(community.channel, "helo")
    path = f"{messages_of(community)}/{sent['id']}"
    first = await community.owner.get(path)
    assert first.body == sent
    await community.member.expect(200, "PATCH", f"/api/messages/{sent['id']}", {"content": "hello"})
    await community.member.send(community.channel, "another")
    second = await community.owner.get(path)
    assert second.body["content"] == "hello"
    assert json.loads(second.headers["version"]).startswith("2@")
    await community.member.expect(204, "DELETE", f"/api/messages/{sent['id']}")
    assert (await community.owner.get(path)).body["deleted"] is True
    assert (await community.outsider.get(path)).status == 404


@pytest.mark.parametrize(("limit", "count"), [("1", 1), ("0", 1), ("2", 2), ("5000", 3)])
async def test_the_limit_of_files(community: Community, limit: str, count: int) -> None:
    for number in range(3):
        await community.member.send(community.channel, f"{number}")
    assert len((await community.owner.get(f"{messages_of(community)}?limit={limit}")).body) == count


@pytest.mark.parametrize("query", ["limit=many", "limit=-1", "format=xml"])
async def test_a_query_that_makes_no_sense(community: Community, query: str) -> None:
    assert (await community.owner.get(f"{messages_of(community)}?{query}")).code == "invalid"


async def test_options_says_what_can_be_done(browser: Browser, community: Community) -> None:
    answer = await browser.call("OPTIONS", messages_of(community))
    headers = lower(answer.headers)
    assert (answer.status, headers["accept-subscribe"]) == (204, "true")
    assert {"get", "head", "put", "delete", "options"} <= words(headers["allow"])
    answer = await browser.call("OPTIONS", f"/sync/documents/{community.channel}")
    assert words(lower(answer.headers)["allow"]) == {"get", "head", "put", "options"}


async def test_another_method_is_refused(community: Community) -> None:
    answer = await community.owner.post(messages_of(community), {"content": "x"})
    assert (answer.status, answer.code) == (405, "method_not_allowed")


@pytest.fixture(scope="module")
async def open_to_a_page(shared_database_url: str) -> Any:
    """A server that pages of one other origin may use."""
    async with serving(settings_for(shared_database_url, ALLOWED_ORIGINS=ORIGIN)) as server:
        yield server


@pytest.mark.parametrize("path", ["/sync/me", "/sync/nothing", "/anything", "/.well-known/multiplexer/m1"])
async def test_pages_of_allowed_origins_may_ask(open_to_a_page: LiveServer, browser: Browser, path: str) -> None:
    asking = {"Origin": ORIGIN, "Access-Control-Request-Method": "MULTIPLEX"}
    page = Browser(open_to_a_page.url, browser.http)
    headers = lower((await page.call("OPTIONS", path, headers=asking)).headers)
    assert headers["access-control-allow-origin"] == ORIGIN
    assert {"get", "head", "put", "post", "patch", "delete", "multiplex"} <= words(
        headers["access-control-allow-methods"]
    )
    assert set(REQUEST_HEADERS.split()) <= words(headers["access-control-allow-headers"])


@pytest.mark.parametrize("path", ["/sync/me", "/sync/nothing", "/.well-known/multiplexer/m1/r1"])
async def test_pages_may_read_every_answer(open_to_a_page: LiveServer, browser: Browser, path: str) -> None:
    page = Browser(open_to_a_page.url, browser.http)
    answer = await page.get(path, headers={"Origin": ORIGIN})
    headers = lower(answer.headers)
    assert answer.status in (401, 404)
    assert headers["access-control-allow-origin"] == ORIGIN
    assert set(EXPOSED.split()) <= words(headers["access-control-expose-headers"])
    assert "origin" in words(headers["vary"])


async def test_a_page_reads_the_stream_too(open_to_a_page: LiveServer, community: Community) -> None:
    headers = {"Origin": ORIGIN, "Subscribe": "true", "Authorization": f"Bearer {community.owner.token}"}
    url = open_to_a_page.url + messages_of(community)
    async with community.owner.http.get(url, headers=headers) as response:
        assert response.status == 209
        assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert {"origin", "subscribe"} <= words(",".join(response.headers.getall("Vary")))


async def test_another_origin_may_not(open_to_a_page: LiveServer, browser: Browser) -> None:
    page = Browser(open_to_a_page.url, browser.http)
    answer = await page.get("/sync/me", headers={"Origin": "https://elsewhere.example"})
    assert "access-control-allow-origin" not in lower(answer.headers)


@pytest.mark.parametrize(
    "method", ["MULTIPLEX /m1", "POST /.well-known/multiplexer/m1", "MULTIPLEX /.well-known/multiplexer/m1"]
)
async def test_a_multiplexer_is_refused_so_that_a_page_can_read_it(open_to_a_page: LiveServer, method: str) -> None:
    """Neither a status nor a header that would make the client retry forever."""
    address = urlsplit(open_to_a_page.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    again = f"{method} HTTP/1.1\r\nHost: x\r\nOrigin: {ORIGIN}\r\nMultiplex-Version: 1.0\r\nContent-Length: 0\r\n\r\n"
    for _ in range(2):
        writer.write(again.encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        assert head.startswith("http/1.1 404 ")
        assert f"access-control-allow-origin: {ORIGIN}\r\n" in head
        assert "retry-after:" not in head
        await reader.readexactly(int(head.partition("content-length: ")[2].partition("\r\n")[0]))
    writer.close()
    await writer.wait_closed()
