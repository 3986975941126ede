"""Headers of every response, and which pages of other origins can read it."""

import re
from collections.abc import AsyncIterator
from uuid import UUID

import aiohttp
import pytest

from coterie.http.static_files import DIRECTORY
from tests.people import PASSWORD, Answer, Browser, Community
from tests.serving import LiveServer, serving, settings_for

COMPLETE = {
    "Content-Security-Policy": "default-src 'none'",
    "Cache-Control": "",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "-origin",
    "Referrer-Policy": "strict-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""Each header, and what it contains at least."""

NEEDS_CLIENT = pytest.mark.skipif(not (DIRECTORY / "index.html").exists(), reason="the web client is not built")
FRIEND, STRANGER = "https://friend.example.org", "https://stranger.example.org"


@pytest.fixture(scope="module")
async def friendly(shared_database_url: str) -> AsyncIterator[LiveServer]:
    """A server reached by https, that lets one other origin read."""
    settings = settings_for(shared_database_url, ALLOWED_ORIGINS=FRIEND, COTERIE_PUBLIC_URL="https://chat.example.org")
    async with serving(settings) as server:
        yield server


@pytest.fixture
def page(friendly: LiveServer, http: aiohttp.ClientSession) -> Browser:
    return Browser(friendly.url, http)


@pytest.mark.parametrize("path", ["/api/servers", "/api/nothing", "/api/instance/registration-mode"])
async def test_security_headers(shared_community: Community, path: str) -> None:
    headers = (await shared_community.owner.get(path)).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "Strict-Transport-Security" not in headers, "this one is reached by plain http"


async def test_every_route_answers_with_all_headers(community: Community) -> None:
    """Whatever a route answers, here mostly refusals. It is stored nowhere unless the route says for how long."""
    owner = community.owner
    document = await owner.expect(200, "GET", "/api/openapi.json")
    calls = [(method, path) for path, operations in document["paths"].items() for method in operations]
    assert len(calls) > 120
    calls.sort(key=lambda call: "/auth/" in call[1])  # some of these end the session
    for method, path in calls:
        concrete = re.sub(r"\{[^}]*\}", str(UUID(int=7)), path)
        for browser in (owner, Browser(owner.url, owner.http)):
            answer = await browser.call(method.upper(), concrete)
            missing = {name for name, value in COMPLETE.items() if value not in answer.headers.get(name, "")}
            assert not missing, f"{method} {path}: {answer.status} {answer.headers}"
            values = [name.lower() for name in answer.headers]
            assert len(values) == len(set(values))


async def test_tokens_are_not_stored_by_caches(page: Browser) -> None:
    account = {"username": "uncached", "password": PASSWORD}
    for path in ("/api/auth/register", "/api/auth/login"):
        answer = await page.post(path, account)
        assert answer.body["access_token"]
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", [pytest.param("/", marks=NEEDS_CLIENT), "/api/docs"])
async def test_pages_load_no_plugins_and_keep_their_base(page: Browser, path: str) -> None:
    answer = await page.get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert answer.status == 200
    assert "object-src 'none'" in policy
    assert "base-uri 'none'" in policy
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"


async def test_an_instance_reached_by_https_says_so(page: Browser) -> None:
    headers = (await page.get("/api/servers")).headers
    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


async def from_page(page: Browser, origin: str, method: str, path: str, **headers: str) -> Answer:
    return await page.call(method, path, headers={"Origin": origin, **headers})


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/instance/registration-mode", 200),
        ("GET", "/api/servers", 401),
        ("GET", "/api/nothing", 404),
        ("PUT", "/api/servers", 405),
        ("POST", "/api/auth/login", 400),
    ],
)
async def test_a_friend_reads_every_answer_and_a_stranger_none(
    page: Browser, method: str, path: str, status: int
) -> None:
    friendly = await from_page(page, FRIEND, method, path)
    assert friendly.status == status
    assert friendly.headers["Access-Control-Allow-Origin"] == FRIEND
    assert "Origin" in friendly.headers["Vary"]
    assert "Retry-After" in friendly.headers["Access-Control-Expose-Headers"]
    strange = await from_page(page, STRANGER, method, path)
    assert strange.status == status
    assert not [name for name in strange.headers if name.lower().startswith("access-control")]
    for answer in (friendly, strange):
        assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize("origin", ["null", "http://friend.example.org", f"{FRIEND}:444", f"{FRIEND}.evil.org", "*"])
async def test_nearly_a_friend_is_none(page: Browser, origin: str) -> None:
    answer = await from_page(page, origin, "GET", "/api/instance/registration-mode")
    assert "Access-Control-Allow-Origin" not in answer.headers


async def test_a_preflight_request_is_answered(page: Browser) -> None:
    asked = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "authorization,content-type"}
    friendly = await from_page(page, FRIEND, "OPTIONS", "/api/servers", **asked)
    assert (friendly.status, friendly.body) == (204, "")
    assert friendly.headers["Access-Control-Allow-Origin"] == FRIEND
    methods = {method.strip() for method in friendly.headers["Access-Control-Allow-Methods"].split(",")}
    assert {"GET", "POST", "PUT", "PATCH", "DELETE"} <= methods
    assert {"authorization", "content-type"} <= {
        name.strip().lower() for name in friendly.headers["Access-Control-Allow-Headers"].split(",")
    }
    strange = await from_page(page, STRANGER, "OPTIONS", "/api/servers", **asked)
    assert "Access-Control-Allow-Origin" not in strange.headers


async def test_in_development_every_page_reads(database_url: str, http: aiohttp.ClientSession) -> None:
    async with serving(settings_for(database_url, APP_ENV="development")) as server:
        answer = await from_page(Browser(server.url, http), STRANGER, "GET", "/api/instance/registration-mode")
    assert answer.headers["Access-Control-Allow-Origin"] == STRANGER


async def test_no_address_answers_trace(page: Browser) -> None:
    """Which would show scripts the headers that they cannot read."""
    for path, status in {"/": 405, "/api/servers": 405, "/sync/me": 401, "/realtime": 405, "/metrics": 404}.items():
        answer = await page.call("TRACE", path, headers={"X-Sent": "sent"})
        assert answer.status == status, path
        assert "sent" not in str(answer.body)
