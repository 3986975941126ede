"""Links in messages: the preview of their target, without a request to anyone but this server."""

import struct
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
import pytest
from playwright.async_api import Locator, expect

from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor
from tests.people import Browser, Community, Person
from tests.serving import gather_community, serving, settings_for
from tests.website import Website, answer, website

PAGE = "<title>Plain</title><meta property=og:title content='The title'><meta property=og:description content='Words'>"


def png(side: int) -> bytes:
    """A picture of one colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + b"\xb3\x44\x1e" * side) * side
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@dataclass(frozen=True, slots=True)
class World:
    site: Website
    cast: Community

    async def enter(self, visit: Visit) -> Visitor:
        visitor = await visit(self.cast.member, url=self.cast.member.url)
        await visitor.open_server("Club")
        await visitor.open_channel("general")
        return visitor


async def world_of(http: aiohttp.ClientSession, url: str, site: Website) -> World:
    return World(site, await gather_community(lambda name: Person.register(Browser(url, http), name)))


@pytest.fixture
async def world(shared_database_url: str, http: aiohttp.ClientSession) -> AsyncIterator[World]:
    async with website() as site:
        settings = settings_for(shared_database_url, COTERIE_OUTGOING_ALLOWED=f"127.0.0.1:{site.port}")
        async with serving(settings) as server:
            yield await world_of(http, server.url, site)


def card(visitor: Visitor, url: str) -> Locator:
    return visitor.log.locator(f'a.card[href="{url}"]')


async def height_of(visitor: Visitor) -> float:
    return float(await visitor.log.evaluate("list => list.firstElementChild.scrollHeight"))


async def test_a_card_shows_what_a_link_leads_to(visit: Visit, world: World) -> None:
    url = f"{world.site.url}/page"
    world.site.pages["/page"] = answer(f"{PAGE}<meta property=og:image content=/a.png>".encode())
    world.site.pages["/a.png"] = answer(png(64))
    world.site.is_open.clear()
    visitor = await world.enter(visit)
    asked: set[str] = set()
    visitor.page.on("request", lambda request: asked.add(request.url.split("/api")[0]))
    await world.cast.owner.send(world.cast.channel, f"look at {url} please")
    await world.site.arrival.wait()
    await expect(card(visitor, url)).to_contain_text("/page")
    height = await height_of(visitor)
    world.site.is_open.set()
    await expect(card(visitor, url)).to_contain_text("The title")
    await expect(card(visitor, url)).to_contain_text("Words")
    picture = card(visitor, url).locator("img")
    await expect(picture).to_be_visible()
    assert await picture.evaluate("async image => { await image.decode(); return image.naturalWidth }") == 64
    assert await height_of(visitor) == height, "nothing moved when the words came"
    assert asked == {world.cast.member.url}, "no request leaves for anywhere else"
    assert world.site.times("/page") == 1


@pytest.mark.extended("a card is shown in the other test here, and tests/previews tries when there is none")
async def test_a_link_without_a_preview_has_no_card(visit: Visit, world: World) -> None:
    url = f"{world.site.url}/missing"
    world.site.is_open.clear()
    visitor = await world.enter(visit)
    await world.cast.owner.send(world.cast.channel, f"{url} and `http://code.example/`")
    await world.site.arrival.wait()
    await expect(card(visitor, url)).to_contain_text("/missing")
    await expect(visitor.log.locator("a.card")).to_have_count(1)
    world.site.is_open.set()
    await expect(visitor.log.locator("a.card")).to_have_count(0)
    await expect(visitor.log.get_by_role("link", name=url)).to_be_visible()


@pytest.mark.extended("a card is shown in the other test here, and tests/previews tries when there is none")
async def test_there_are_no_cards_where_the_operator_wants_none(
    visit: Visit, shared_database_url: str, http: aiohttp.ClientSession
) -> None:
    async with website() as site, serving(settings_for(shared_database_url, LINK_PREVIEWS="off")) as server:
        world = await world_of(http, server.url, site)
        visitor = await world.enter(visit)
        await world.cast.owner.send(world.cast.channel, f"{site.url}/page")
        await visitor.sees(f"{site.url}/page")
        await expect(visitor.log.locator("a.card")).to_have_count(0)
        assert site.connections == 0
