"""A real Chromium against a real server: each visitor is a browser profile of its own."""

import contextlib
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

import pytest
from playwright.async_api import Browser as Chromium
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import async_playwright

from coterie.http.static_files import DIRECTORY
from tests.browser.visitor import Visitor
from tests.patience import STARTS
from tests.people import Community, Person
from tests.serving import LiveServer

NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
HOW_TO_GET_ONE: Final = (
    "no Chromium on PATH, so nothing was tried in a browser. Install one and run again "
    "(Debian and Ubuntu: apt-get install chromium; Fedora: dnf install chromium; macOS: brew install chromium)"
)
QUIET: Final = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
]

DEVICES: Final = (
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--allow-loopback-in-peer-connection",
)
"""A camera and a microphone that beep and move by themselves."""

KEPT: Final = ("test_connection", "test_documents", "test_installed", "test_killed", "test_offline")
"""The files with tests of what a browser keeps. In others it has no service worker, as on plain http in a home network:
each profile would fetch the whole program for it, which takes more than most tests."""

Visit = Callable[..., Awaitable[Visitor]]


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Chromium]:
    """The machine's own Chromium. Without one the tests are skipped, or fail where REQUIRE_BROWSER=1."""
    async with launched() as browser:
        yield browser


@contextlib.asynccontextmanager
async def launched(*more: str, is_desktop: bool = False) -> AsyncIterator[Chromium]:
    """A Chromium of its own, with more arguments than the usual."""
    path = path_of_chromium(is_desktop=is_desktop)
    async with contextlib.AsyncExitStack() as stack:
        yield await _launch(stack, path, *more)


async def _launch(stack: contextlib.AsyncExitStack, path: str, *more: str) -> Chromium:
    """A start that fails is tried again, with another driver and profile: all tests of a worker depend on it."""
    for number in range(STARTS):
        async with contextlib.AsyncExitStack() as held:
            try:
                playwright = await held.enter_async_context(async_playwright())
                browser = await playwright.chromium.launch(executable_path=path, args=arguments(*more))
            except PlaywrightError:
                if number == STARTS - 1:
                    raise
                continue
            held.push_async_callback(browser.close)
            stack.push_async_exit(held.pop_all())
            return browser
    raise AssertionError  # for the type checker: the last attempt returns or raises


def path_of_chromium(*, is_desktop: bool = False) -> str:
    """Of the browser that CHROMIUM names, which must be there, or else of the first of the usual names.

    `is_desktop` if it has to be one of these: a browser without its desktop parts forgets which devices it had.
    """
    if (wanted := os.environ.get("CHROMIUM")) and not is_desktop:
        return shutil.which(wanted) or pytest.fail(f"CHROMIUM={wanted} is no program")
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        give_up = pytest.fail if os.environ.get("REQUIRE_BROWSER") == "1" else pytest.skip
        give_up(HOW_TO_GET_ONE)
    assert path is not None
    if not (DIRECTORY / "index.html").exists():
        pytest.fail("the web client is not built: run `npm ci && npm run build` in web/, or `make setup`")
    return path


def arguments(*more: str) -> list[str]:
    return [*QUIET, *more, *(["--no-sandbox"] if os.geteuid() == 0 else [])]


@pytest.fixture(scope="session")
async def talking_chromium() -> AsyncIterator[Chromium]:
    async with launched(*DEVICES, is_desktop=True) as browser:
        yield browser


@pytest.fixture
async def call(talking_chromium: Chromium, live_server: LiveServer) -> AsyncIterator[Visit]:
    """As `visit`, with a camera and a microphone."""
    async with visits(talking_chromium, live_server.url) as visit:
        yield visit


@pytest.fixture
async def visit(chromium: Chromium, live_server: LiveServer, request: pytest.FixtureRequest) -> AsyncIterator[Visit]:
    """Opens the page: `await visit()`, or `await visit(person)` for a user with an account."""
    is_kept = request.path.name.startswith(KEPT)
    async with visits(chromium, live_server.url, is_kept=is_kept) as open_page:
        yield open_page


@pytest.fixture
async def owner(visit: Visit, community: Community) -> Visitor:
    """The owner of "Club", who looks at its channel "general"."""
    return await visit(community.owner, place=community.place)


@pytest.fixture
async def member(visit: Visit, community: Community) -> Visitor:
    """A member of "Club", who looks at its channel "general"."""
    return await visit(community.member, place=community.place)


async def inside(visitor: Visitor) -> Visitor:
    await visitor.open_server("Club")
    await visitor.open_channel("general")
    return visitor


@contextlib.asynccontextmanager
async def visits(chromium: Chromium, address: str, *, is_kept: bool = True) -> AsyncIterator[Visit]:
    """Opens pages for people. Whatever the browser complained of by the end fails the test.

    `place` is the address of a channel within the client, if they do not begin at home. Further arguments are
    Playwright's for the context. Unless `is_kept`, the browsers have no service workers.
    """
    visitors: list[Visitor] = []

    async def open_page(
        person: Person | None = None, *, url: str = address, place: str = "", **options: Any
    ) -> Visitor:
        known = {"storage_state": known_here(person, url)} if person else {}
        context = await chromium.new_context(**{"reduced_motion": "reduce", **known, **options})
        if not is_kept:
            await context.add_init_script("delete Navigator.prototype.serviceWorker")
        visitor = Visitor(await context.new_page(), url)
        visitors.append(visitor)
        if person is None:
            await visitor.page.goto(url)
        else:
            await visitor.come_back(person.username, place)
        return visitor

    yield open_page
    complaints = [complaint for visitor in visitors for complaint in visitor.complaints]
    for visitor in visitors:
        await visitor.page.context.close()
    assert not complaints


def known_here(person: Person, url: str) -> dict[str, Any]:
    """What tells the client that a user is logged in with this browser."""
    mark = {"name": "coterie-signed-in", "value": person.id}
    return {"origins": [{"origin": url, "localStorage": [mark]}]}
