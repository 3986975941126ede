"""GET /health/live and /health/ready, also under /api"""

import aiohttp
import asyncpg
import pytest

from tests.conftest import sibling
from tests.people import Browser
from tests.serving import Register, serving, settings_for


@pytest.mark.parametrize("prefix", ["", "/api"])
async def test_it_works(browser: Browser, prefix: str) -> None:
    assert await browser.expect(200, "GET", f"{prefix}/health/live") == {"alive": True}
    ready = await browser.expect(200, "GET", f"{prefix}/health/ready")
    assert ready == {"ready": True, "checks": {"database": {"ok": True}}}
    health = await browser.expect(200, "GET", f"{prefix}/health")
    assert (health["status"], health["service"], health["database"]["status"]) == ("ok", "coterie", "ok")


async def test_it_counts_the_sockets(browser: Browser, register: Register) -> None:
    socket = await (await register()).socket()
    assert (await browser.expect(200, "GET", "/health"))["connections"]["websocket"] >= 1
    await socket.close()


async def test_without_its_database_a_process_lives_but_is_not_ready(
    database_url: str, cluster_url: str, http: aiohttp.ClientSession
) -> None:
    name = database_url.partition("@/")[2].partition("?")[0]
    admin = await asyncpg.connect(sibling(cluster_url, "postgres"))
    async with serving(settings_for(database_url)) as server:
        browser = Browser(server.url, http)
        await admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        try:
            await admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
            answer = await browser.get("/health/ready")
            health = await browser.expect(503, "GET", "/health")
            assert await browser.expect(200, "GET", "/health/live") == {"alive": True}
        finally:
            await admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    await admin.close()
    assert (health["status"], health["database"]["status"]) == ("degraded", "unavailable")
    assert answer.status == 503
    assert answer.body["ready"] is False
    check = answer.body["checks"]["database"]
    assert check["ok"] is False
    assert check["error"].isidentifier(), "the kind of trouble, and nothing of the inside"
