"""GET /health/live and /health/ready, also under /api"""

import asyncio

import aiohttp
import asyncpg
import pytest

from tests.conftest import sibling
from tests.nats_server import nats_server
from tests.patience import PATIENCE
from tests.people import Answer, Browser
from tests.serving import Register, serving, settings_for


@pytest.mark.parametrize("prefix", ["", "/api"])
async def test_it_works(browser: Browser, prefix: str) -> None:
    assert await browser.expect(200, "GET", f"{prefix}/health/live") == {"alive": True}
    ready = await browser.expect(200, "GET", f"{prefix}/health/ready")
    assert ready == {"ready": True, "checks": {"database": {"ok": True}}}
    health = await browser.expect(200, "GET", f"{prefix}/health")
    assert (health["status"], health["service"], health["database"]["status"]) == ("ok", "coterie", "ok")


async def test_the_database_is_asked_once_for_all(database_url: str, http: aiohttp.ClientSession) -> None:
    async with serving(settings_for(database_url)) as server:
        browser = Browser(server.url, http)
        answers = [
            answer
            for _ in range(10)
            for answer in await asyncio.gather(*(browser.get(path) for path in ["/health", "/health/ready"] * 10))
        ]
    assert {answer.status for answer in answers} == {200}
    latencies = {answer.body["database"]["latency_ms"] for answer in answers if "database" in answer.body}
    assert len(latencies) < 20, "each question takes a time of its own"


async def test_it_counts_the_sockets(browser: Browser, register: Register) -> None:
    socket = await (await register()).socket()
    assert (await browser.expect(200, "GET", "/health"))["connections"]["websocket"] >= 1
    await socket.close()


async def answered(browser: Browser, status: int) -> Answer:
    """What /health answers when it answers with this status."""
    async with asyncio.timeout(PATIENCE):
        while True:
            answer = await browser.get("/health")
            if answer.status == status:
                return answer
            await asyncio.sleep(0.05)


async def test_programs_on_the_machine_learn_more(browser: Browser) -> None:
    inside = await browser.expect(200, "GET", "/health")
    assert inside["pool"]["limit"] == 8
    assert 0 <= inside["pool"]["in_use"] <= 8
    assert inside["bus"]["connected"] is True
    assert inside["disks"]["files"]["free_bytes"] <= inside["disks"]["files"]["size_bytes"]
    assert inside["last_backup"] is None
    stranger = (await browser.get("/health", headers={"X-Forwarded-For": "192.0.2.1"})).body
    assert [stranger[name] for name in ("version", "pool", "bus", "disks", "last_backup")] == [None] * 5
    assert stranger["connections"] == {"websocket": None}
    assert stranger.keys() == inside.keys()


async def test_without_its_bus_a_process_is_degraded_and_ready(database_url: str, http: aiohttp.ClientSession) -> None:
    with nats_server() as nats:
        async with serving(settings_for(database_url, BUS_URL=nats.url)) as server:
            browser = Browser(server.url, http)
            assert (await answered(browser, 200)).body["bus"]["connected"] is True
            nats.kill()
            health = await answered(browser, 503)
            assert (health.status, health.body["status"], health.body["database"]["status"]) == (503, "degraded", "ok")
            assert health.body["bus"]["connected"] is False
            assert (await browser.get("/health/ready")).status == 200


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
