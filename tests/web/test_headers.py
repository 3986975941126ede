"""Headers of every answer, and which pages of other origins may read it."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.people import Answer, Browser, Community
from tests.serving import LiveServer, serving, settings_for

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
async def test_browsers_are_told_to_be_careful(shared_community: Community, path: str) -> None:
    headers = (await shared_community.owner.get(path)).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "Strict-Transport-Security" not in headers, "this one is reached by plain http"


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


async def test_a_browser_asks_before_and_is_told(page: Browser) -> None:
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
