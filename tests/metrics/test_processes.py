"""Two server processes on one port, as `coterie serve` runs them: one scrape sees both, and their logs keep secrets."""

import asyncio
import json
import re
import signal
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import pytest
import structlog

from coterie.metrics.siblings import Siblings
from tests.metrics.scraping import Scrape, scrape
from tests.patience import PATIENCE
from tests.people import PASSWORD, SETUP_CODE, Answer, Browser, Person
from tests.startup.conftest import SECRET, Running

pytestmark = pytest.mark.extended("killed processes; the laws kill them each time")

TOKEN = "the-token-of-who-watches"
WORDS = "only-for-your-eyes"
PROXY_ID = "from-the.proxy_1"


@dataclass
class Instance:
    """The running command, and connections to it of which each takes one request, so that both processes get some."""

    running: Running
    browser: Browser

    async def scraped(self, until: Callable[[Scrape], bool]) -> Scrape:
        """The first scrape that meets a condition."""
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    if until(
                        found := await scrape(self.browser.http, self.browser.url, Authorization=f"Bearer {TOKEN}")
                    ):
                        return found
                except aiohttp.ClientError:  # the process that took the connection is the one that ended
                    pass
                await asyncio.sleep(0.05)

    def child(self, start_time: float) -> psutil.Process:
        """The process that started then; both may have started at once."""
        children = psutil.Process(self.running.process.pid).children()
        return next(each for each in children if abs(each.create_time() - start_time) < 0.005)


@pytest.fixture
async def instance(database_url: str, tmp_path: Path) -> AsyncIterator[Instance]:
    variables = {
        "DATABASE_URL": database_url,
        "UPLOAD_DIR": str(tmp_path / "files"),
        "COTERIE_SETUP_CODE": SETUP_CODE,
        "COTERIE_PROCESSES": "2",
        "COTERIE_POOL_SIZE": "3",
        "COTERIE_ALLOW_UNSAFE_DATABASE": "on",
        "COTERIE_LOG_LEVEL": "debug",
        "COTERIE_SLOW_QUERY_MS": "0.001",
        "COTERIE_METRICS_TOKEN": TOKEN,
        "COTERIE_TRUSTED_PROXIES": "127.0.0.1",
        "RATE_LIMITS": "off",
        "STARTUP_TIMEOUT": "20",
    }
    running = Running([sys.executable, "-m", "coterie", "serve"], variables, tmp_path)
    try:
        url = json.loads(await asyncio.to_thread(running.line, '"ready"'))["address"]
        connector = aiohttp.TCPConnector(force_close=True)
        async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as http:
            yield Instance(running, Browser(url, http))
    finally:
        running.clean_up()


def request_id(answer: Answer) -> str:
    return next(value for name, value in answer.headers.items() if name.lower() == "x-request-id")


async def test_one_scrape_sees_both_processes_and_says_when_one_is_down(instance: Instance) -> None:
    def asked(found: Scrape, **labels: str) -> float:
        return found.value("coterie_requests_total", route="/api/health/live", **labels)

    before = await instance.scraped(lambda found: found.value("coterie_process_up") == 2)
    for _ in range(40):
        await instance.browser.expect(200, "GET", "/api/health/live")
    after = await instance.scraped(lambda found: found.value("coterie_process_up") == 2)
    assert after.values_of("coterie_process_up", "process") == {"1", "2"}
    assert asked(after) - asked(before) == 40
    assert asked(after, process="1") + asked(after, process="2") == asked(after)
    assert after.text.count("# TYPE coterie_requests_total ") == 1
    assert len([one for one in after.samples if one.name == "coterie_database_size_bytes"]) == 1

    frozen = instance.child(after.value("process_start_time_seconds", process="2"))
    frozen.send_signal(signal.SIGSTOP)
    down = await instance.scraped(lambda found: found.value("coterie_process_up") == 1)
    [one] = [name for name in ("1", "2") if not down.value("coterie_process_up", process=name)]
    assert down.value("coterie_pool_limit") == 3
    frozen.send_signal(signal.SIGKILL)
    again = await instance.scraped(lambda found: found.value("coterie_process_up") == 2)
    assert again.value("process_start_time_seconds", process=one) > frozen.create_time() + 0.005


def test_the_start_continues_without_a_directory_for_sockets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))
    with structlog.testing.capture_logs() as lines:
        assert Siblings.made(2) is None
    assert [line["event"] for line in lines] == ["metrics.no_siblings"]
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    made = Siblings.made(2)
    assert made is not None
    [directory] = tmp_path.iterdir()
    assert directory.stat().st_mode & 0o777 == 0o700
    assert sorted(path.name for path in directory.iterdir()) == ["1", "2"]
    made.remove()
    assert not directory.exists()


async def test_what_the_log_says_and_what_it_does_not(instance: Instance) -> None:
    person = await Person.register(instance.browser)
    server = await person.expect(201, "POST", "/api/servers", {"name": WORDS})
    channel = await person.expect(
        201, "POST", f"/api/servers/{server['id']}/channels", {"name": "talk", "type": "text"}
    )
    socket = await person.socket()
    sent = await person.call(
        "POST",
        f"/api/channels/{channel['id']}/messages",
        json={"content": f"{WORDS} {WORDS}"},
        headers={"X-Request-Id": PROXY_ID},
    )
    assert (sent.status, request_id(sent)) == (201, PROXY_ID)
    assert (await person.get("/api/servers", headers={"X-Request-Id": PROXY_ID})).status == 200
    await socket.wait_for_type("MESSAGE_CREATE")
    await socket.say("MESSAGE_SEND", {"channel_id": channel["id"], "content": WORDS, "nonce": "n1"})
    await socket.wait_for(lambda frame: frame.get("op") == "MESSAGE_ACK")
    await person.get(f"/api/search/messages?query={WORDS}&q={WORDS}")
    await instance.browser.post("/api/auth/login", {"username": person.username, "password": WORDS})
    await instance.browser.get(f"/api/users/@me?token={person.token}&password={WORDS}")
    await instance.scraped(lambda found: found.value("coterie_slow_queries_by_name_total") > 0)
    refused = await person.get("/api/users/@me", headers={"X-Request-Id": "x" * 65})
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]+", request_id(refused))
    await socket.close()
    instance.running.end()

    log = "\n".join(instance.running.lines)
    for secret in (WORDS, PASSWORD, str(person.token), person.login["refresh_token"], TOKEN, SECRET):
        assert secret not in log
    lines: list[dict[str, Any]] = [json.loads(line) for line in instance.running.lines]
    asked = [line for line in lines if line.get("route")]
    assert {line["request_id"] for line in asked if line["event"] == "request"} >= {PROXY_ID}
    of_one = [line for line in lines if line.get("request_id") == PROXY_ID]
    assert {line["event"] for line in of_one} >= {"request", "database.slow_query"}
    slow = [line for line in lines if line["event"] == "database.slow_query"]
    assert all(re.fullmatch(r"[a-z_.]+", line["query"]) for line in slow)
    [storing, *_] = [line for line in slow if line["query"] == "messages.sending.insert_plain.insert_plain"]
    assert "request_id" not in storing, "it is done for many"
