"""GET /api/link-preview and its picture, through a real server that asks a real site."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from http.cookies import SimpleCookie
from urllib.parse import quote

import aiohttp
import pytest

from tests.people import Answer, Browser, Person
from tests.serving import serving, settings_for
from tests.shapes import Shape, assert_shape, is_text, nullable
from tests.website import Website, answer, website

PREVIEW: Shape = {
    "url": is_text,
    "title": nullable(is_text),
    "description": nullable(is_text),
    "image": nullable(is_text),
    "site_name": nullable(is_text),
}
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 100
PAGE = b"<title>A page</title><meta name=description content='About it'><meta property=og:image content=/a.png>"


@dataclass(frozen=True, slots=True)
class World:
    reader: Person
    site: Website

    async def preview(self, path: str, reader: Browser | None = None) -> Answer:
        return await self.of(self.site.url + path, reader)

    async def of(self, url: str, reader: Browser | None = None) -> Answer:
        return await (reader or self.reader).get(f"/api/link-preview?url={quote(url, safe='')}")

    async def picture(self, path: str, reader: Browser | None = None, **options: object) -> Answer:
        target = quote(self.site.url + path, safe="")
        return await (reader or self.reader).get(f"/api/link-preview/image?url={target}", **options)


@pytest.fixture
async def world(shared_database_url: str, http: aiohttp.ClientSession) -> AsyncIterator[World]:
    async with website() as site:
        settings = settings_for(shared_database_url, COTERIE_OUTGOING_ALLOWED=f"127.0.0.1:{site.port}")
        async with serving(settings) as server:
            yield World(await Person.register(Browser(server.url, http)), site)


async def test_it_works(world: World) -> None:
    world.site.pages["/page"] = answer(PAGE)
    found = await world.preview("/page")
    assert found.status == 200
    assert_shape(found.body, PREVIEW)
    assert found.body == {
        "url": f"{world.site.url}/page",
        "title": "A page",
        "description": "About it",
        "image": f"{world.site.url}/a.png",
        "site_name": "127.0.0.1",
    }
    assert found.headers["Cache-Control"] == "private, max-age=86400"


async def test_it_needs_a_login(world: World) -> None:
    anonymous = Browser(world.reader.url, world.reader.http)
    assert (await world.preview("/page", anonymous)).status == 401
    assert (await world.picture("/page", anonymous)).status == 401
    assert world.site.connections == 0


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("nonsense", "url_invalid"),
        ("ftp://example.org/", "url_invalid"),
        ("http://user@example.org/", "url_invalid"),
        ("http://127.0.0.1/", "address_refused"),
        ("http://[::1]:443/", "address_refused"),
        ("http://169.254.169.254/latest/", "address_refused"),
        ("http://localhost/", "address_refused"),
    ],
)
async def test_refusals(world: World, url: str, code: str) -> None:
    found = await world.of(url)
    assert (found.status, found.code) == (400, code)


async def test_a_url_is_needed(world: World) -> None:
    found = await world.reader.get("/api/link-preview")
    assert (found.status, found.code) == (400, "invalid")


async def test_a_site_that_fails(world: World) -> None:
    world.site.pages["/large"] = answer(content_length=str(1024 * 1024 + 1))
    world.site.pages["/data"] = answer(b"{}", content_type="application/json")
    found = [await world.preview(path) for path in ("/missing", "/large", "/data")]
    assert [(each.status, each.code) for each in found] == [
        (400, "unreachable"),
        (400, "answer_too_large"),
        (400, "unreachable"),
    ]


async def test_a_page_is_asked_once_for_all_readers(world: World) -> None:
    world.site.pages["/page"] = answer(PAGE)
    readers = [world.reader, await Person.register(world.reader), await Person.register(world.reader)]
    world.site.is_open.clear()
    waiting = asyncio.gather(*(world.preview("/page#part", reader) for reader in readers for _ in range(5)))
    await world.site.arrival.wait()
    world.site.is_open.set()
    assert {found.status for found in await waiting} == {200}
    assert (await world.preview("/page")).body["title"] == "A page"
    assert world.site.times("/page") == 1


async def test_sending_asks_nobody(world: World) -> None:
    """The preview is made for the reader: a link that is only sent is not followed."""
    server = await world.reader.expect(201, "POST", "/api/servers", {"name": "Club"})
    channel = await world.reader.expect(
        201, "POST", f"/api/servers/{server['id']}/channels", {"name": "links", "type": "text"}
    )
    await world.reader.send(channel["id"], f"look: {world.site.url}/page")
    assert world.site.connections == 0


async def test_the_picture(world: World) -> None:
    world.site.pages["/page"] = answer(PAGE)
    world.site.pages["/a.png"] = answer(PNG, content_type="text/html")
    target = f"{world.reader.url}/api/link-preview/image?url={quote(world.site.url + '/page', safe='')}"
    for _ in range(2):
        async with world.reader.http.get(target, headers={"Authorization": f"Bearer {world.reader.token}"}) as found:
            assert (found.status, await found.read()) == (200, PNG)
            assert found.headers["Content-Type"] == "image/png", "what it is, not what the site says"
            assert found.headers["X-Content-Type-Options"] == "nosniff"
            assert found.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
            assert found.headers["Cross-Origin-Resource-Policy"] == "same-origin"
            assert found.headers["Cache-Control"] == "private, max-age=86400"
    assert world.site.times("/a.png") == world.site.times("/page") == 1


@pytest.mark.parametrize("type", ["image/svg+xml", "text/html"])
@pytest.mark.parametrize("body", [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<script>alert(1)</script>", b""])
async def test_only_pixels_are_pictures(world: World, type: str, body: bytes) -> None:
    world.site.pages["/page"] = answer(PAGE)
    world.site.pages["/a.png"] = answer(body, content_type=type)
    found = await world.picture("/page")
    assert (found.status, found.code) == (400, "no_picture")


async def test_pictures_that_are_not_to_be_had(world: World) -> None:
    world.site.pages["/none"] = answer(b"<title>x</title>")
    world.site.pages["/inside"] = answer(b"<meta property=og:image content=http://10.0.0.1/a.png>")
    world.site.pages["/large"] = answer(b"<meta property=og:image content=/large.png>")
    world.site.pages["/large.png"] = answer(PNG + b"\0" * 4 * 1024 * 1024, connection="close")
    found = [await world.picture(path) for path in ("/none", "/inside", "/large", "/missing")]
    assert [(each.status, each.code) for each in found] == [
        (400, "no_picture"),
        (400, "address_refused"),
        (400, "answer_too_large"),
        (400, "unreachable"),
    ]


async def test_the_web_client_shows_pictures_by_its_cookie(world: World) -> None:
    world.site.pages["/page"] = answer(PAGE)
    world.site.pages["/a.png"] = answer(b"GIF89a")
    anonymous = Browser(world.reader.url, world.reader.http)
    cookie = SimpleCookie({"coterie_session": str(world.reader.token)}).output(header="").strip()
    from_here = {"Cookie": cookie, "Sec-Fetch-Site": "same-origin"}
    from_elsewhere = {"Cookie": cookie, "Sec-Fetch-Site": "cross-site"}
    assert (await world.picture("/page", anonymous, headers=from_elsewhere)).status == 401
    assert (await world.picture("/page", anonymous, headers=from_here)).status == 200
    other = f"/api/link-preview?url={quote(world.site.url, safe='')}"
    assert (await anonymous.get(other, headers=from_here)).status == 401, "the cookie is for pictures only"


async def test_an_operator_can_do_without(shared_database_url: str, http: aiohttp.ClientSession) -> None:
    async with website() as site:
        given = {"COTERIE_OUTGOING_ALLOWED": f"127.0.0.1:{site.port}", "LINK_PREVIEWS": "off"}
        async with serving(settings_for(shared_database_url, **given)) as server:
            world = World(await Person.register(Browser(server.url, http)), site)
            for found in (await world.preview("/page"), await world.picture("/page")):
                assert (found.status, found.code) == (400, "link_previews_off")
        assert site.connections == 0
