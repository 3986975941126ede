"""GET /metrics"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable

import aiohttp
import pytest

from tests.metrics.scraping import Scrape, scrape
from tests.patience import PATIENCE
from tests.people import Browser, Community
from tests.serving import LiveServer, Register, serving, settings_for


@pytest.fixture
async def live_server(database_url: str) -> AsyncIterator[LiveServer]:
    """A server of the test's own: the one that tests share also counts what the test before has left to end."""
    async with serving(settings_for(database_url)) as server:
        yield server


async def scraped(http: aiohttp.ClientSession, url: str, until: Callable[[Scrape], bool]) -> Scrape:
    """The first scrape that meets a condition; live metrics may follow a moment after the response to a request."""
    async with asyncio.timeout(PATIENCE):
        while True:
            if until(found := await scrape(http, url)):
                return found
            await asyncio.sleep(0.05)


async def test_it_works(live_server: LiveServer, http: aiohttp.ClientSession) -> None:
    found = await scraped(http, live_server.url, lambda each: "coterie_bus_lag_seconds" in each.names)
    for name in ("coterie_process_up", "coterie_bus_connected", "coterie_database_up"):
        assert found.value(name) == 1
    assert found.value("coterie_pool_limit", process="1") == int(live_server.settings.pool_size)
    assert found.value("coterie_query_seconds_count") > 0
    assert found.value("coterie_pool_wait_seconds_count") > 0
    assert found.value("coterie_database_size_bytes") > 1_000_000
    assert found.value("coterie_disk_free_bytes", place="files") > 0
    assert found.value("process_resident_memory_bytes", process="1") > 10_000_000


async def test_requests_by_route_method_and_status(
    live_server: LiveServer, community: Community, http: aiohttp.ClientSession
) -> None:
    route = "/api/channels/{channel_id}/messages"
    before = await scrape(http, live_server.url)
    await community.member.send(community.channel, "Hello")
    await community.outsider.expect(404, "GET", f"/api/channels/{community.channel}/messages")
    await community.member.expect(404, "GET", "/api/no/such/place")
    after = await scrape(http, live_server.url)

    def grown(name: str, **labels: str) -> float:
        return after.value(name, **labels) - before.value(name, **labels)

    assert grown("coterie_requests_total", route=route, method="POST", status="201") == 1
    assert grown("coterie_requests_total", route=route, method="GET", status="404") == 1
    assert grown("coterie_requests_total", route="(none)", status="404") == 1
    assert grown("coterie_request_seconds_count", route=route, method="POST") == 1
    assert grown("coterie_request_seconds_bucket", route=route, method="POST", le="+Inf") == 1
    assert 0 < grown("coterie_request_seconds_sum", route=route, method="POST") < 10
    assert after.value("coterie_requests_in_progress") == 1, "the scrape itself"


async def test_no_label_shows_who_requested_what(
    live_server: LiveServer, community: Community, http: aiohttp.ClientSession
) -> None:
    for path in ("/sync/channels/{}/messages", "/emojis/{}", "/api/servers/{}", "/{}"):
        await community.owner.get(path.format(community.server))
    await community.owner.call("PROPFIND", "/api/servers")
    text = (await scrape(http, live_server.url)).text
    assert community.server not in text
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}", text)
    assert 'method="other"' in text


async def test_what_is_live(live_server: LiveServer, community: Community, http: aiohttp.ClientSession) -> None:
    before = await scrape(http, live_server.url)
    socket = await community.owner.socket()
    sent = await community.member.send(community.channel, "Hello")
    await socket.wait_for(lambda frame: frame.get("t") == "MESSAGE_CREATE" and frame["d"]["id"] == sent["id"])
    await socket.say("RESUME", {"positions": {community.channel: 0, community.outsider.id: 1}})
    await socket.wait_for_type("TOPIC_GONE")
    during = await scrape(http, live_server.url)
    await socket.close()

    def grown(name: str, **labels: str) -> float:
        return during.value(name, **labels) - before.value(name, **labels)

    assert grown("coterie_subscribers", kind="gateway") == 1
    assert grown("coterie_deliveries_total", kind="log") >= 1
    assert grown("coterie_bus_notifications_total") >= 1
    assert grown("coterie_writer_batch_size_count", writer="messages") == 1
    assert grown("coterie_writer_batch_size_sum", writer="messages") == 1
    assert grown("coterie_resumes_total", door="gateway", outcome="replayed") == 1
    assert grown("coterie_resumes_total", door="gateway", outcome="gone") == 1
    open_before = before.value("coterie_subscribers", kind="gateway")
    await scraped(http, live_server.url, lambda each: each.value("coterie_subscribers", kind="gateway") == open_before)


async def test_an_open_stream(live_server: LiveServer, community: Community, http: aiohttp.ClientSession) -> None:
    path = f"/sync/channels/{community.channel}/messages"
    before = await scrape(http, live_server.url)
    first = await community.owner.get(path)
    headers = {
        "Authorization": f"Bearer {community.owner.token}",
        "Subscribe": "true",
        "Parents": first.headers["version"],
    }
    async with http.get(live_server.url + path, headers=headers) as stream:
        assert stream.status == 209
        during = await scrape(http, live_server.url)
        assert (
            during.value("coterie_subscribers", kind="stream") - before.value("coterie_subscribers", kind="stream") == 1
        )
    resumed = {"door": "stream", "outcome": "replayed"}
    assert during.value("coterie_resumes_total", **resumed) - before.value("coterie_resumes_total", **resumed) == 1
    counted = {"route": "/sync", "method": "GET", "status": "209"}
    grown = during.value("coterie_requests_total", **counted) - before.value("coterie_requests_total", **counted)
    assert grown == 1, "counted when its answer began"


async def test_documents_at_hand(live_server: LiveServer, community: Community, http: aiohttp.ClientSession) -> None:
    before = await scrape(http, live_server.url)
    body = {"title": "Rules", "text": "Be kind. " * 1_000}
    made = await community.owner.expect(201, "POST", f"/api/channels/{community.channel}/documents", body)
    await community.owner.get(f"/sync/documents/{made['id']}")
    during = await scrape(http, live_server.url)
    assert during.value("coterie_document_memory_bytes") >= before.value("coterie_document_memory_bytes") + 9_000


async def test_strangers_find_nothing(browser: Browser) -> None:
    unknown = await browser.get("/api/no/such/place")
    for headers in ({"X-Forwarded-For": "192.0.2.1"}, {"Host": "chat.example.org"}):
        answer = await browser.get("/metrics", headers=headers)
        assert (answer.status, answer.body) == (404, unknown.body)
    assert (await browser.get("/api/metrics")).status == 404
    assert (await browser.post("/metrics")).status == 405


async def test_with_a_token(database_url: str, http: aiohttp.ClientSession) -> None:
    token = "a token for the one who watches"
    token = token.replace(" ", "-")
    async with serving(settings_for(database_url, COTERIE_METRICS_TOKEN=token)) as server:
        browser = Browser(server.url, http)
        assert (await browser.get("/metrics")).status == 404
        assert (await browser.get("/metrics", headers={"Authorization": "Bearer wrong"})).status == 404
        right = {"Authorization": f"Bearer {token}", "X-Forwarded-For": "192.0.2.1", "Host": "chat.example.org"}
        assert "coterie_info" in (await browser.get("/metrics", headers=right)).body
        assert (await browser.get("/health")).body["pool"] is None
        assert (await browser.get("/health", headers=right)).body["pool"]["limit"] == 8


async def test_an_account_is_no_token(register: Register) -> None:
    person = await register("admin")
    answer = await person.get("/metrics", headers={"X-Forwarded-For": "192.0.2.1"})
    assert answer.status == 404
