"""Every address and every frame beside REST, with everybody: what each of the cast may do there."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, get_args
from uuid import UUID, uuid4

import aiohttp
import pytest

from coterie.application import MESSENGER, create_rest
from coterie.chat_room.queries import set_chat_room
from coterie.database.connection import Database
from coterie.database.pool import open_pool
from coterie.http.request_metrics import Requests
from coterie.metrics.routes import Metrics
from coterie.sync import addresses
from coterie.viewer import Viewer
from tests.access.streams_table import CALLS, OPS, Said, Try
from tests.people import Browser, Person, Socket
from tests.permissions.cast import CAST, NOBODY, PEOPLE, Cast, Club
from tests.permissions.routes_table import ROUTES
from tests.serving import serving, settings_for
from tests.voice.routes_table import in_voice

SOURCE = Path(addresses.__file__).parents[1]
PREFIXES = {"/api", "/sync/", "/collab/", "/ws", "/.well-known/multiplexer/", "/"}
"""What the application tells requests apart by, besides the messenger's addresses; each has rows."""


def routes() -> set[str]:
    """Every method and path of the framework, as the application is made, described or not."""
    settings = settings_for("postgresql://nowhere/nothing")
    made = create_rest(settings, Metrics(Requests(settings))).routes
    found = {(method, route.path) for route in made for method in getattr(route, "methods", ())}
    return {f"{method} {re.sub(r':[a-z]+}', '}', path)}" for method, path in found if method != "OPTIONS"}


pytestmark = pytest.mark.longer

VIEWER = Viewer(UUID(int=1), UUID(int=2), "ann", is_admin=False)


def test_every_route_of_the_framework_has_a_row() -> None:
    missing = routes() - ROUTES.keys() - {called for called, _ in CALLS}
    assert not missing, f"add a row for each of: {sorted(missing)}"


def test_every_address_beside_rest_has_a_row() -> None:
    rows = {called.partition(" ")[2] for called, _ in CALLS}
    for path in MESSENGER:
        assert {path, f"/api{path}"} <= rows
    named = set(re.findall(r'"(/[a-z./-]*)"', (SOURCE / "application.py").read_text()))
    assert named == PREFIXES | set(MESSENGER), "a new address needs rows, and its prefix in PREFIXES"
    for prefix in PREFIXES:
        assert any(path.startswith(prefix) for path in (*rows, *(row.partition(" ")[2] for row in ROUTES))), prefix


def test_every_collection_has_a_row() -> None:
    paths = [called.partition(" ")[2] for called, _ in CALLS]
    found = [addresses.ADDRESS.fullmatch(re.sub("{[a-z_]+}", str(uuid4()), path)) for path in paths]
    named = [addresses.target(each[0], None, VIEWER).kind for each in found if each]
    assert set(named) == set(get_args(addresses.AddressKind))


def test_every_frame_of_the_gateway_has_a_row() -> None:
    text = (SOURCE / "sync" / "client_frames.py").read_text()
    taken = set(re.findall(r'frame\.op == "([A-Z_]+)"', text))
    assert len(taken) == text.count("frame.op ==")
    assert taken == OPS.keys(), "add a row to OPS"


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Database]:
    pool = await open_pool(settings_for(database_url))
    yield pool
    await pool.close()


@pytest.fixture
async def cast(database_url: str, pool: Database, tmp_path: Path) -> AsyncIterator[Cast]:
    """On an instance of their own, of which none of them is the administrator."""
    settings = settings_for(database_url, UPLOAD_DIR=str(tmp_path / "files"))
    async with serving(settings) as server, aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        browser = Browser(server.url, http)

        async def register(name: str = "person") -> Person:
            return await Person.register(browser, name)

        yield await Cast.gather(register, browser, pool)


async def test_every_address_answers_everybody_as_the_table_says(cast: Cast, pool: Database) -> None:
    club = await Club.found(cast)
    await set_chat_room(pool, UUID(club.ids["channel_id"]))
    wrong = []
    for called, each in CALLS:
        for name in reversed(CAST):
            status = await tried(club, called, each, name)
            if status != each.row.expected(name):
                wrong.append(f"{called} {each.headers} answers {name} with {status}, not {each.row.expected(name)}")
    assert not wrong, "\n" + "\n".join(wrong)


async def tried(club: Club, called: str, each: Try, name: str) -> int:
    """The status of an answer, whose body is not waited for."""
    made = await each.row.prepare(club) if each.row.prepare else {}
    method, _, path = called.partition(" ")
    asking = club.cast.people[name]
    url = asking.url + path.format(**{**club.ids, "path": "nothing", **made})
    headers = each.headers | ({"Authorization": f"Bearer {asking.token}"} if asking.token else {})
    if path == "/ws":
        return await handshake(asking, url)
    options: dict[str, Any] = {"json": each.row.body(club)} if each.row.body else {"data": each.data}
    async with asking.http.request(method, url, headers=headers, **options) as response:
        return response.status


async def handshake(asking: Browser, url: str) -> int:
    try:
        await (await asking.http.ws_connect(f"{url}?token={asking.token or ''}")).close()
    except aiohttp.WSServerHandshakeError as refusal:
        return refusal.status
    return 101


async def test_every_frame_does_what_the_table_says(cast: Cast) -> None:
    club = await Club.found(cast)
    sockets = {name: await cast[name].socket() for name in PEOPLE}
    victim = await cast.victim.socket()
    await in_voice(club)
    club.ids["said_id"] = (await cast.victim.send(club.ids["conversation_id"], "hello"))["id"]
    for op, said in OPS.items():
        assert await wrong(club, op, said, sockets, victim) == [], f"{op} has an effect for whom it must have none"
    assert not set(NOBODY) & sockets.keys(), "they get no socket, as the row of /ws says"


async def wrong(club: Club, op: str, said: Said, sockets: dict[str, Socket], victim: Socket) -> list[str]:
    """For which of those who may not a frame has an effect; they send it first, and then those who may, and wait."""
    refused = [name for name in PEOPLE if name not in said.to]
    hearing = {name: victim if said.is_heard else sockets[name] for name in PEOPLE}
    for socket in hearing.values():
        socket.frames.clear()
    for name in (*refused, *said.to):
        await sockets[name].say(op, said.data(club, name))
        if name in said.to:
            await hearing[name].wait_for(said.shown(club, name))
    for name in refused:
        await hearing[name].settle()
    return [name for name in refused if any(said.shows(frame, club, name) for frame in hearing[name].frames)]
