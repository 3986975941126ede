"""Nothing that was written is lost or doubled, whichever side is killed in the middle of it."""

import contextlib
import os
import random
import re
import signal
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest
from playwright.async_api import BrowserContext, FilePayload, Playwright, async_playwright, expect

from tests.browser.cable import Cable, cable
from tests.browser.conftest import Visit, arguments, inside, path_of_chromium
from tests.browser.test_installed import cached
from tests.browser.test_offline import WAITING, keeps
from tests.browser.visitor import Visitor
from tests.laws.world import Server, servers
from tests.people import Browser, Community, Person
from tests.serving import LiveServer, gather_community

pytestmark = pytest.mark.extended("killed processes; the laws kill them each time")

TEXTS: Final = 24
KILLS: Final = 2


async def stored(person: Person, channel: str) -> list[str]:
    """All messages of a channel, oldest first."""
    page: list[dict[str, Any]] = await person.expect(200, "GET", f"/api/channels/{channel}/messages?limit=100")
    return [each["content"] for each in reversed(page)]


async def test_the_server_is_killed_while_a_user_types_and_sends(visit: Visit, database_url: str) -> None:
    async with servers(database_url, 1) as [server], aiohttp.ClientSession() as http:
        community = await gather_community(lambda name: Person.register(Browser(server.url, http), name))
        member = await inside(await visit(community.member, url=server.url))
        chance = random.Random(7)
        fatal = {chance.randrange(round * TEXTS // KILLS, (round + 1) * TEXTS // KILLS) for round in range(KILLS)}
        texts = [f"text {number}" for number in range(TEXTS)]
        for number, text in enumerate(texts):
            await member.say(text)
            if number in fatal:
                await member.composer().fill("in the middle of a")
                await restart(server)
                await expect(member.composer()).to_have_value("in the middle of a")
        await member.page.evaluate("dispatchEvent(new Event('online'))")
        for text in texts:
            await member.sent(text)
        community.member.token = await fresh_token(server, http, community.member)
        assert await stored(community.member, community.channel) == texts


async def restart(server: Server) -> None:
    await server.end(signal.SIGKILL)
    await server.start()


async def fresh_token(server: Server, http: aiohttp.ClientSession, person: Person) -> str:
    login = {"username": person.username, "password": "correct horse battery"}
    answer = await Browser(server.url, http).post("/api/auth/login", login)
    return str(answer.body["access_token"])


def processes_with(argument: str) -> list[int]:
    """The ids of the processes that were started with an argument."""
    listed = subprocess.run(["ps", "-eww", "-o", "pid=,args="], capture_output=True, text=True, check=True).stdout
    return [int(line.split()[0]) for line in listed.splitlines() if argument in line.split()]


class Profile:
    """A browser with a directory of its own, which can be ended like a program and killed like a process."""

    def __init__(self, playwright: Playwright, directory: Path) -> None:
        self._playwright: Final = playwright
        self._directory: Final = directory
        self._context: BrowserContext | None = None

    async def open(self, url: str) -> Visitor:
        self._context = await self._playwright.chromium.launch_persistent_context(
            self._directory, executable_path=path_of_chromium(), args=arguments(), reduced_motion="reduce"
        )
        visitor = Visitor(self._context.pages[0], url)
        await visitor.page.goto(url)
        return visitor

    async def close(self) -> None:
        if self._context is not None:
            await self._context.close()

    async def kill(self) -> None:
        """End all its processes at once, which are known by their directory."""
        for number in processes_with(f"--user-data-dir={self._directory}"):
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        assert self._context is not None
        with contextlib.suppress(Exception):
            await self._context.close()


@pytest.fixture
async def profile(tmp_path: Path) -> AsyncIterator[Profile]:
    async with async_playwright() as playwright:
        made = Profile(playwright, tmp_path / "profile")
        yield made
        await made.close()


@pytest.fixture
async def line(live_server: LiveServer) -> AsyncIterator[Cable]:
    async with cable(live_server.url) as made:
        yield made


async def test_the_browser_is_killed_with_unsent_messages(profile: Profile, line: Cable, community: Community) -> None:
    first = await profile.open(line.url)
    await first.log_in(community.member.username)
    await inside(first)
    place = first.page.url
    await community.owner.send(community.channel, "before")
    await first.sees("before")
    await keeps(first.page, "before")
    await profile.close()  # a browser writes its cookies to the disk some seconds late, or at its end
    second = await profile.open(place)
    await second.sees("before")
    await cached(second.page)
    line.cut()
    for text in ("one", "two"):
        await second.say(text)
        await expect(second.message(text)).to_contain_text(WAITING)
    notes: FilePayload = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"as it was picked"}
    await second.page.locator("main input[type=file]").set_input_files([notes])
    await second.say("with a file")
    await expect(second.message("with a file")).to_contain_text(WAITING)
    await second.composer().fill("half a thought")
    await keeps(second.page, "half a thought")
    await profile.kill()
    third = await profile.open(place)
    for text in ("one", "two", "with a file"):
        await expect(third.message(text)).to_contain_text(WAITING)
    await expect(third.composer()).to_have_value("half a thought")
    line.mend()
    await third.page.evaluate("dispatchEvent(new Event('online'))")
    for text in ("one", "two", "with a file"):
        await third.sent(text)
    await expect(third.message("with a file").get_by_role("link", name=re.compile("notes.txt"))).to_be_visible()
    assert await stored(community.member, community.channel) == ["before", "one", "two", "with a file"]
    page = await community.member.expect(200, "GET", f"/api/channels/{community.channel}/messages?limit=1")
    [attachment] = page[0]["attachments"]
    file = await community.member.get("/api" + attachment["url"])
    assert (file.status, file.body) == (200, "as it was picked")
    assert not third.complaints
