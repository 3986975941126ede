"""GET /api/giphy/search, through a real server that asks a real service"""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from tests.people import Browser, Person
from tests.serving import serving, settings_for
from tests.website import Website, answer, website

KEY = "the-key-of-the-operator"


@dataclass(frozen=True, slots=True)
class World:
    reader: Person
    service: Website


@pytest.fixture
async def world(shared_database_url: str, http: aiohttp.ClientSession) -> AsyncIterator[World]:
    async with website() as site:
        settings = settings_for(
            shared_database_url,
            COTERIE_OUTGOING_ALLOWED=f"127.0.0.1:{site.port}",
            GIPHY_API_KEY=KEY,
            COTERIE_GIPHY_URL=f"{site.url}/search",
        )
        async with serving(settings) as server:
            yield World(await Person.register(Browser(server.url, http)), site)


def found(count: int) -> bytes:
    image = {"url": "https://media.example.org/a.gif", "width": "480", "height": "270", "size": "12"}
    data: list[dict[str, Any]] = [
        {"title": f"cat {number}", "images": {"original": image, "fixed_width_small": image}} for number in range(count)
    ]
    return answer(json.dumps({"data": data}).encode(), content_type="application/json")


def address(words: str, limit: int = 15) -> str:
    return f"/search?api_key={KEY}&q={words}&limit={limit}&rating=pg-13"


async def test_it_works(world: World) -> None:
    world.service.pages[address("cat")] = found(2)
    gifs = await world.reader.expect(200, "GET", "/api/giphy/search?q=cat")
    assert gifs[1] == {
        "url": "https://media.example.org/a.gif",
        "preview_url": "https://media.example.org/a.gif",
        "title": "cat 1",
        "width": 480,
        "height": 270,
    }


async def test_how_many_is_bounded(world: World) -> None:
    world.service.pages[address("cat", 25)] = found(30)
    assert len(await world.reader.expect(200, "GET", "/api/giphy/search?q=cat&limit=1000")) == 25


@pytest.mark.parametrize(
    "page", [answer(b"no json"), answer(b'{"data":[{}]}'), answer(status="401 Unauthorized"), answer(b"\xff\xfe")]
)
async def test_a_service_that_answers_nonsense(world: World, page: bytes) -> None:
    world.service.pages[address("cat")] = page
    refusal = await world.reader.get("/api/giphy/search?q=cat")
    assert (refusal.status, refusal.code) == (503, "gifs_unavailable")
    assert KEY not in str(refusal.body)


async def test_without_words_or_a_login(world: World) -> None:
    assert (await world.reader.get("/api/giphy/search")).status == 400
    assert (await world.reader.get("/api/giphy/search?q=")).status == 400
    assert (await Browser(world.reader.url, world.reader.http).get("/api/giphy/search?q=cat")).status == 401


async def test_where_the_operator_has_no_key(register: Any) -> None:
    refusal = await (await register()).get("/api/giphy/search?q=cat")
    assert (refusal.status, refusal.code) == (501, "gifs_off")
