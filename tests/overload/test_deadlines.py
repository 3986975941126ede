"""The deadline of a request, at a real server: what is cut off, and what may take its time."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import pytest
from msgspec.structs import replace

from coterie.features import ROUTES
from coterie.http.deadlines import Deadlines, take_time
from coterie.http.injection import UPLOADING
from coterie.process.turns import awaiting_turn
from tests.patience import PATIENCE
from tests.people import Community
from tests.serving import LiveServer, serving, settings_for

DEADLINE = 0.1
"""Seconds that a request may take here."""


@pytest.fixture
async def hurried(database_url: str) -> AsyncIterator[LiveServer]:
    async with serving(settings_for(database_url, COTERIE_REQUEST_DEADLINE="0.5")) as server:
        yield server


async def send_slowly(url: str, head: str) -> str:
    """A request whose body never ends; returns the response until the server closes the connection."""
    host, _, port = url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"{head}\r\nhost: x\r\ncontent-length: 100\r\n\r\n{{".encode())
    async with asyncio.timeout(PATIENCE):
        answer = (await reader.read()).decode()
    writer.close()
    return answer


async def test_a_body_that_does_not_come_ends_the_request(hurried: LiveServer) -> None:
    answer = await send_slowly(hurried.url, "POST /api/auth/login HTTP/1.1\r\ncontent-type: application/json")
    assert answer.startswith("HTTP/1.1 408 ")
    assert '"code":"request_timeout"' in answer
    assert "x-content-type-options: nosniff" in answer, "as every answer"


async def test_a_body_that_does_not_come_ends_a_write_over_braid(live_server: LiveServer, community: Community) -> None:
    path = f"/sync/channels/{community.channel}/messages/{uuid4()}"
    head = f"PUT {path} HTTP/1.1\r\nauthorization: Bearer {community.owner.token}"
    async with serving(replace(live_server.settings, request_deadline=0.5)) as hurried:
        assert (await send_slowly(hurried.url, head)).startswith("HTTP/1.1 408 ")


def test_uploads_have_limits_of_their_own() -> None:
    assert UPLOADING["deadline"] is False
    unlimited = [handler for handler in ROUTES if handler.request_max_body_size is None]
    assert len(unlimited) > 3
    assert all(handler.opt.get("deadline") is False for handler in unlimited), "a large body takes its time"


Doing = Callable[[], Any]


async def answered(doing: Doing, *, starts: bool = False) -> list[dict[str, Any]]:
    """The response to a request with a deadline of a tenth of a second."""
    sent: list[dict[str, Any]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if starts:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        await doing()
        if not starts:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        raise AssertionError("it has no body")

    async with asyncio.timeout(PATIENCE):
        await Deadlines(DEADLINE, app)({"type": "http", "method": "GET", "path": "/"}, receive, send)
    return sent


def status_of(sent: list[dict[str, Any]]) -> list[int]:
    assert len(sent) == 2, "one answer, whole"
    return [message["status"] for message in sent if message["type"] == "http.response.start"]


async def sleeping() -> None:
    await asyncio.sleep(3 * DEADLINE)


async def test_what_takes_too_long_is_answered_once() -> None:
    assert status_of(await answered(sleeping)) == [408]


async def test_an_answer_that_has_begun_continues() -> None:
    assert status_of(await answered(sleeping, starts=True)) == [200]


async def test_requests_with_limits_of_their_own_continue() -> None:
    async def unhurried() -> None:
        take_time()
        await sleeping()

    assert status_of(await answered(unhurried)) == [200]


async def test_what_had_no_turn_may_come_back() -> None:
    async def waiting() -> None:
        with awaiting_turn():
            await asyncio.sleep(PATIENCE)

    assert status_of(await answered(waiting)) == [503]


async def test_what_had_its_turn_was_too_slow_itself() -> None:
    async def after_its_turn() -> None:
        with awaiting_turn():
            await asyncio.sleep(0)
        await asyncio.sleep(PATIENCE)

    assert status_of(await answered(after_its_turn)) == [408]


async def test_the_answer_does_not_wait_for_what_cannot_be_cut_off() -> None:
    ends = asyncio.Event()

    async def stubborn() -> None:
        try:
            await asyncio.sleep(PATIENCE)
        finally:
            await ends.wait()

    sent: list[Any] = []
    running = asyncio.create_task(collect(stubborn, sent))
    async with asyncio.timeout(PATIENCE):
        while len(sent) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert not running.done()
    ends.set()
    await running
    assert status_of(sent) == [408]


async def collect(doing: Doing, sent: list[Any]) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await doing()

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        raise AssertionError("it has no body")

    await Deadlines(DEADLINE, app)({"type": "http", "method": "GET", "path": "/"}, receive, send)
