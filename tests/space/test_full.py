"""While a place is full, writes are refused over every interface; reading, deleting and logging in go on."""

import asyncio
import re
import shutil
from collections import namedtuple
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

from coterie.settings.record import Settings
from coterie.space.disks import Disk
from coterie.space.space import Space, reserve_of
from tests.files.conftest import upload
from tests.patience import PATIENCE
from tests.people import PASSWORD, Browser, Person
from tests.serving import serving, settings_for

SIZES = namedtuple("SIZES", "total used free")
GIB = 1024**3


@pytest.fixture
async def before(database_url: str, http: aiohttp.ClientSession) -> dict[str, Any]:
    """What was there before the place was full: a channel with two messages, and its owner's login."""
    async with serving(settings_for(database_url)) as server:
        owner = await Person.register(Browser(server.url, http), "owner")
        place = await owner.expect(201, "POST", "/api/servers", {"name": "Club"})
        path = f"/api/servers/{place['id']}/channels"
        channel = (await owner.expect(201, "POST", path, {"name": "news", "type": "text"}))["id"]
        sent = [await owner.send(channel, f"message {number}") for number in range(2)]
        return {"name": owner.username, "server": place["id"], "channel": channel, "sent": sent}


@pytest.fixture
async def owner(before: dict[str, Any], database_url: str, http: aiohttp.ClientSession) -> AsyncIterator[Person]:
    """At a server whose database has reached its limit."""
    async with serving(settings_for(database_url, COTERIE_DATABASE_LIMIT="1000")) as server:
        browser = Browser(server.url, http)
        async with asyncio.timeout(PATIENCE):
            while (await browser.get("/health")).body["full"] != ["database"]:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        login = {"username": before["name"], "password": PASSWORD, "lasting": True}
        yield Person(browser, await browser.expect(200, "POST", "/api/auth/login", login))


async def test_writes_are_refused(owner: Person, before: dict[str, Any]) -> None:
    channel, message = before["channel"], before["sent"][0]["id"]
    other, braid = str(uuid4()), f"/sync/channels/{channel}/messages"
    for method, path, body in [
        ("POST", f"/api/channels/{channel}/messages", {"content": "more"}),
        ("PATCH", f"/api/messages/{message}", {"content": "longer"}),
        ("PUT", f"/api/channels/{channel}/messages/{message}/reactions/x", None),
        ("POST", "/api/servers", {"name": "Another"}),
        ("POST", f"/api/channels/{channel}/documents", {"title": "plan"}),
        ("PUT", f"{braid}/{other}", {"content": "more"}),
        ("POST", f"/api/servers/{before['server']}/export", None),
        ("GET", f"/api/servers/{before['server']}/export", None),
    ]:
        answer = await owner.call(method, path, json=body)
        assert (answer.status, answer.code, answer.headers["Retry-After"]) == (503, "disk_full", "30"), path
    refused = await upload(owner, message, ("a.txt", b"a"))
    assert (refused.status, refused.code) == (503, "disk_full")
    stranger = {"username": "stranger", "password": PASSWORD}
    assert (await owner.call("POST", "/api/auth/register", json=stranger)).code == "disk_full"
    socket = await owner.socket()
    await socket.say("MESSAGE_SEND", {"channel_id": channel, "content": "more", "nonce": "n-1"})
    refusal = await socket.wait_for(lambda frame: frame.get("op") == "MESSAGE_REFUSED")
    assert (refusal["d"]["nonce"], refusal["d"]["code"]) == ("n-1", "disk_full")
    await socket.close()


async def test_reading_and_deleting_go_on(owner: Person, before: dict[str, Any]) -> None:
    channel, sent = before["channel"], before["sent"]
    page = await owner.expect(200, "GET", f"/api/channels/{channel}/messages")
    assert [message["id"] for message in page] == [message["id"] for message in reversed(sent)]
    await owner.expect(204, "POST", f"/api/channels/{channel}/ack")
    await owner.expect(204, "DELETE", f"/api/messages/{sent[0]['id']}")
    assert (await owner.call("DELETE", f"/sync/channels/{channel}/messages/{sent[1]['id']}")).status == 200
    await owner.expect(204, "DELETE", f"/api/servers/{before['server']}/channels/{channel}")
    await owner.expect(204, "POST", "/api/auth/logout", {})


async def test_it_shows(owner: Person) -> None:
    health = await owner.get("/health")
    assert (health.status, health.body["status"], health.body["full"]) == (200, "ok", ["database"])
    stranger = await owner.get("/health", headers={"X-Forwarded-For": "192.0.2.1"})
    assert stranger.body["full"] is None
    metrics = str((await owner.get("/metrics")).body)
    full = dict(re.findall(r'coterie_space_full\{[^}]*place="(\w+)"[^}]*\} (\d)', metrics))
    assert full == {"database": "1", "files": "0"}


@pytest.mark.parametrize(
    ("size", "free", "is_full"),
    [(500 * GIB, GIB - 1, True), (500 * GIB, GIB, False), (10 * GIB, GIB // 2 - 1, True), (10 * GIB, GIB // 2, False)],
)
async def test_a_part_of_each_disk_stays_free(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, free: int, is_full: bool
) -> None:
    """A full disk of files refuses uploads only; one of the database everything."""
    assert (free < reserve_of(Disk(free, size), GIB)) == is_full
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SIZES(size, size - free, free))

    class Silent:
        async def figures(self) -> None:
            return None

    space = Space(Settings(upload_dir=tmp_path), Silent())  # type: ignore[arg-type]
    await space.look()
    assert space.full == ({"files"} if is_full else set())
    space.check()
    if is_full:
        with pytest.raises(Exception, match="disk_full"):
            space.check(is_upload=True)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SIZES(size, 0, size))
    await space.look()
    assert space.full == set()
