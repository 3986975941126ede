"""What was brought along, as its people find it: by REST, over the gateway, and as the collections tell it."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from coterie.database.pool import OwnConnection
from tests.importing.conftest import Bring
from tests.importing.xfchat_source import PASSWORD, XFChat, id_of
from tests.people import Browser, Person
from tests.serving import LiveServer, serving, settings_for


@pytest.fixture
async def server(database_url: str) -> AsyncIterator[LiveServer]:
    """A server that runs while the import does."""
    async with serving(settings_for(database_url)) as running:
        yield running


async def log_in(server: LiveServer, http: aiohttp.ClientSession, name: str) -> Person:
    browser = Browser(server.url, http)
    return Person(
        browser, await browser.expect(200, "POST", "/api/auth/login", {"username": name, "password": PASSWORD})
    )


async def test_people_go_on_where_they_were(
    xfchat: XFChat, server: LiveServer, http: aiohttp.ClientSession, bring: Bring, here: OwnConnection
) -> None:
    for name in ("ann", "ben"):
        await xfchat.user(name, name)
    place = await xfchat.conversation("talk", "ann", "ben", is_direct_message=True)
    for number in range(60):
        await xfchat.say("talk", "ann", f"message {number}", number)
    await bring("xfchat")
    ann = await log_in(server, http, "ann@example.org")
    assert (await here.fetchval("SELECT password_hash FROM users WHERE id = $1", id_of("ann"))).startswith("$argon2id$")
    socket = await ann.socket()
    await log_in(server, http, "ann")
    await xfchat.say("talk", "ben", "the last word", 100)
    await bring("xfchat")
    told = await socket.wait_for(lambda frame: frame.get("d", {}).get("content") == "the last word")
    assert (told["t"], told["topic"], told["previous"] + 1) == ("DM_MESSAGE_CREATE", str(place), told["position"])
    page = await ann.expect(200, "GET", f"/api/channels/{place}/messages?limit=100")
    assert [message["content"] for message in reversed(page)] == [f"message {number}" for number in range(60)] + [
        "the last word"
    ]
    await ann.expect(201, "POST", f"/api/channels/{place}/messages", {"content": "and on"})
    await socket.close()
