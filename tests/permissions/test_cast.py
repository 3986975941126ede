"""Every route and every event with each of ten people: what they are answered, and who receives which event.

It is here because it tests what permissions decide, but it calls the routes of all packages.
"""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

import coterie
from coterie.application import openapi_document
from coterie.database.pool import open_pool
from tests.people import Browser, Person
from tests.permissions.cast import CAST, PEOPLE, Cast, Club
from tests.permissions.events_table import EVENTS, NOT_EVENTS, Scene
from tests.permissions.routes_table import ROUTES
from tests.permissions.table import Row
from tests.serving import serving, settings_for


@pytest.fixture
async def cast(database_url: str, tmp_path: Path) -> AsyncIterator[Cast]:
    """On an instance of their own, of which none of them is the administrator."""
    settings = settings_for(database_url, UPLOAD_DIR=str(tmp_path / "files"))
    pool = await open_pool(settings)
    async with serving(settings) as server, aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        browser = Browser(server.url, http)

        async def register(name: str = "person") -> Person:
            return await Person.register(browser, name)

        yield await Cast.gather(register, browser, pool)
    await pool.close()


def documented() -> set[str]:
    paths = openapi_document(settings_for("postgresql://nowhere/nothing"))["paths"]
    return {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}


def test_every_route_has_a_row() -> None:
    missing, gone = documented() - ROUTES.keys(), ROUTES.keys() - documented()
    assert not missing, f"add a row to the package's routes_table.py in tests for each of: {sorted(missing)}"
    assert not gone, f"these rows of tests/*/routes_table.py are of no route: {sorted(gone)}"


async def test_every_route_answers_everybody_as_the_table_says(cast: Cast) -> None:
    shared = await Club.found(cast)
    wrong = []
    for called, row in ROUTES.items():
        club = await Club.found(cast) if row.is_fresh else shared
        for name in reversed(CAST):  # the owner last, who can delete it all
            status = await tried(club, called, row, name)
            if status != row.expected(name):
                wrong.append(f"{called} answers {name} with {status}, not {row.expected(name)}")
    assert not wrong, "\n" + "\n".join(wrong)


async def tried(club: Club, called: str, row: Row, name: str) -> int:
    """The status with which a route answers one of the cast."""
    ids = {**club.ids, "channel_id": club.ids[row.where], "session_id": club.ids["server_id"]}
    if row.prepare is not None:
        ids.update(await row.prepare(club))
    method, _, path = called.partition(" ")
    asking = club.cast.people[name]
    options: dict[str, Any] = {"headers": {"Authorization": f"Bearer {asking.token}"}} if asking.token else {}
    options |= {"json": row.body(club)} if row.body else {"data": row.form()} if row.form else {}
    async with asking.http.request(method, asking.url + path.format(**ids) + row.query, **options) as response:
        return response.status


def named() -> set[str]:
    """What may be an event, according to the source."""
    texts = [path.read_text() for path in Path(coterie.__file__).parent.rglob("*.py")]
    return {name for text in texts for name in re.findall(r'"([A-Z]+(?:_[A-Z]+)+)"', text)} - NOT_EVENTS


def test_every_event_has_a_row() -> None:
    missing = (named() | {"READY"}) - EVENTS.keys()
    assert not missing, (
        f"add a row to tests/permissions/events_table.py, and what makes it happen, for each of: {sorted(missing)}"
    )


async def test_every_event_is_received_by_whom_the_table_names(cast: Cast) -> None:
    club = await Club.found(cast)
    guest = await Person.register(cast.people["anonymous"], "guest")
    sockets = {name: await cast[name].socket() for name in PEOPLE}
    scene = Scene(club, {**sockets, "guest": await guest.socket()}, guest)
    await scene.happen()
    heard = scene.heard()
    wrong = {
        type: f"heard by {sorted(heard.get(type, ()))}, not by {sorted(EVENTS.get(type, ()))}"
        for type in EVENTS.keys() | heard.keys()
        if heard.get(type, set()) != set(EVENTS.get(type, ()))
    }
    assert not wrong, "\n" + "\n".join(f"{type} is {what}" for type, what in sorted(wrong.items()))
