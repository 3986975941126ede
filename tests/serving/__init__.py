"""A real server for the tests: the application behind uvicorn on a free port, and the cast that talks to it."""

import asyncio
import contextlib
import socket
import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any, Final

import aiohttp
import asyncpg
import pytest
from litestar import Litestar, Router

from coterie.application import _routers, create_application
from coterie.database.pool import OwnConnection
from coterie.feature import Feature
from coterie.features import FEATURES
from coterie.serving.server import listen, server_for
from coterie.settings.record import Settings
from coterie.voice.keeper import RHYTHM, Keeper
from tests.people import Browser, Community, Person

Lifespan = Callable[[Litestar], AbstractAsyncContextManager[None]]
Register = Callable[..., Awaitable[Person]]


@dataclass(frozen=True, slots=True)
class LiveServer:
    """A server that answers at `url`."""

    url: str
    settings: Settings


FILES: Final = tempfile.TemporaryDirectory(prefix="coterie-files-")
"""Of all servers that are given no other directory."""


def settings_for(database_url: str, **given: str) -> Settings:
    """Production settings, except for the rate limits and a free port."""
    return Settings.read(
        {
            "DATABASE_URL": database_url,
            "JWT_SECRET": "a secret of the tests, long enough to be taken",
            "RATE_LIMITS": "off",
            "SERVER_PORT": "0",
            "COTERIE_POOL_SIZE": "8",
            "UPLOAD_DIR": FILES.name,
            **given,
        }
    )


@contextlib.asynccontextmanager
async def serving(settings: Settings, features: Sequence[Feature] = FEATURES) -> AsyncIterator[LiveServer]:
    """A server in this process, in this event loop, over a real socket."""
    listener: socket.socket = listen(settings)
    server = server_for(create_application(settings, features), settings)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:
        assert not task.done(), "the server did not start"
        await asyncio.sleep(0.01)
    try:
        yield LiveServer(f"http://127.0.0.1:{listener.getsockname()[1]}", settings)
    finally:
        server.stop()
        await task


class ReusedRoutes:
    """Replaces `Litestar`: a server takes over the routes of one that has stopped, if there is one.

    Litestar needs about 200 ms of processor time to register them, most of what a server in the tests' process costs.
    """

    def __init__(self) -> None:
        self._idle: Final[defaultdict[int, list[Litestar]]] = defaultdict(list)

    def __call__(self, *, lifespan: list[Lifespan], request_max_body_size: int, **options: Any) -> Litestar:
        """Everything else is the same for all servers."""
        idle = self._idle[request_max_body_size]
        application = idle.pop() if idle else Litestar(request_max_body_size=request_max_body_size, **options)

        @contextlib.asynccontextmanager
        async def until_reusable(application: Litestar) -> AsyncIterator[None]:
            async with contextlib.AsyncExitStack() as stack:
                for each in lifespan:
                    await stack.enter_async_context(each(application))
                yield
            idle.append(application)

        application._lifespan_managers = [until_reusable]
        return application


@pytest.fixture(scope="session", autouse=True)
def reused_routes() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("coterie.application.Litestar", ReusedRoutes())
        patch.setattr("coterie.application._routers", _routers_made_once)
        yield


def _routers_made_once(body_limit: int, features: Sequence[Feature]) -> list[Router]:
    """They can be shared, since `Litestar` copies them."""
    return _routers_of_all(body_limit) if features is FEATURES else _routers(body_limit, features)


@cache
def _routers_of_all(body_limit: int) -> list[Router]:
    return _routers(body_limit, FEATURES)


@pytest.fixture(scope="session")
def bus_url(request: pytest.FixtureRequest) -> str:
    """The bus of the live server: PostgreSQL's own, or the one that `over_both_buses` asks for."""
    return str(request.getfixturevalue("nats_url")) if getattr(request, "param", "") == "nats" else ""


_extended: Final = pytest.mark.extended("the same over NATS; processes talk to each other over both buses each time")

over_both_buses: Final = pytest.mark.parametrize(
    "bus_url", ["postgresql", pytest.param("nats", marks=_extended)], indirect=True, scope="session"
)
"""Marks tests that run with PostgreSQL's notifications, and in `make test-all` again with NATS."""

always_over_both_buses: Final = pytest.mark.parametrize(
    "bus_url", ["postgresql", "nats"], indirect=True, scope="session"
)
"""Marks tests that stand for all others over NATS."""


@pytest.fixture(scope="session")
async def live_server(
    shared_database_url: str, bus_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[LiveServer]:
    """One server for all tests of a worker; each test registers its own users. It sweeps and beats quickly."""
    settings = settings_for(
        shared_database_url, BUS_URL=bus_url, UPLOAD_DIR=str(tmp_path_factory.mktemp("files") / "kept")
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("coterie.services.running.SWEEP_SECONDS", 0.2)
        patch.setattr("coterie.services.making.Keeper", partial(Keeper, rhythm=replace(RHYTHM, beat_seconds=0.5)))
        async with serving(settings) as server:
            yield server


@pytest.fixture(scope="session")
async def rows(shared_database_url: str) -> AsyncIterator[OwnConnection]:
    """The database behind `live_server`, to check what was stored and to move times into the past."""
    connection = await asyncpg.connect(shared_database_url)
    yield connection
    await connection.close()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """Connections without cookies, so that only the token identifies a user."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


@pytest.fixture
def browser(live_server: LiveServer, http: aiohttp.ClientSession) -> Browser:
    """An anonymous caller."""
    return Browser(live_server.url, http)


@pytest.fixture
def register(browser: Browser) -> Register:
    """Registers a user: `await register("alice")`."""

    async def make(name: str = "person", **fields: object) -> Person:
        return await Person.register(browser, name, **fields)

    return make


@pytest.fixture
async def community(register: Register) -> Community:
    """A public server with a text and a voice channel, its owner, a member, and an outsider."""
    return await gather_community(register)


@pytest.fixture(scope="session")
async def shared_community(live_server: LiveServer) -> AsyncIterator[Community]:
    """The cast for tests that change nothing of it: made once for each worker, with tokens that outlast the run."""

    async def lasting(name: str) -> Person:
        person = await Person.register(Browser(live_server.url, session), name, lasting=True)
        person.token = person.login["token"]
        return person

    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield await gather_community(lasting)


async def gather_community(register: Register) -> Community:
    owner = await register("owner")  # alone: the first user of a database becomes its administrator
    member, outsider = await asyncio.gather(register("member"), register("outsider"))
    server = (await owner.expect(201, "POST", "/api/servers", {"name": "Club", "is_public": True}))["id"]
    channels = f"/api/servers/{server}/channels"
    text = await owner.expect(201, "POST", channels, {"name": "general", "type": "text"})
    voice, _ = await asyncio.gather(
        owner.expect(201, "POST", channels, {"name": "Lounge", "type": "voice"}),
        member.expect(201, "POST", f"/api/servers/{server}/join"),
    )
    return Community(owner, member, outsider, server, text["id"], voice["id"])
