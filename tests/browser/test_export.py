"""The export of a server: started and saved in the client, and its pages read from a disk, without any server."""

import posixpath
import re
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import aiohttp
import pytest
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page, expect

from coterie.commands.people import opened
from coterie.demo.seed import PASSWORD, seed
from coterie.exporting import subjects
from tests.browser.conftest import Visit
from tests.browser.test_accessibility import axe
from tests.browser.test_settings import settings
from tests.browser.themes import BY_DAY_AND_NIGHT, found_in_themes
from tests.exporting.conftest import Exported, exported
from tests.files.conftest import PNG, uploaded
from tests.people import Browser, Community, Person
from tests.serving import serving, settings_for

__all__ = ["axe"]

NOW = datetime(2026, 3, 12, 0, 20, tzinfo=UTC)


async def test_started_saved_and_deleted(visit: Visit, community: Community, axe: str, tmp_path: Path) -> None:
    """By keyboard alone, on a narrow screen."""
    await community.member.send(community.channel, "to be taken along")
    owner = await visit(community.owner, place=community.place)
    panel = await settings(owner, "Overview")
    await owner.page.set_viewport_size({"width": 360, "height": 740})
    section = panel.get_by_role("region", name="Export")
    await section.get_by_role("button", name="Start export").focus()
    await owner.page.keyboard.press("Enter")
    download = section.get_by_role("link", name="Download archive")
    await expect(download).to_be_visible()
    await expect(section.get_by_role("button", name="Export again")).to_be_focused()
    await expect(owner.page.get_by_role("status").get_by_text("The archive is ready.")).to_have_count(1)
    await expect(section.get_by_text("It can be downloaded until")).to_be_visible()
    assert await found_in_themes(owner, axe, BY_DAY_AND_NIGHT) == []
    width = "document.documentElement.scrollWidth"
    assert await owner.page.evaluate(width) <= 360

    await download.focus()
    async with owner.page.expect_download() as started:
        await owner.page.keyboard.press("Enter")
    saved = await started.value
    assert saved.suggested_filename.startswith("club-export-")
    await saved.save_as(tmp_path / "saved.zip")
    with zipfile.ZipFile(tmp_path / "saved.zip") as archive:
        assert "club-export/index.html" in archive.namelist()

    await section.get_by_role("button", name="Delete archive").click()
    await expect(section.get_by_role("button", name="Start export")).to_be_visible()
    await expect(download).to_have_count(0)


@pytest.mark.extended("tests/exporting stops and fails")
async def test_progress_a_stop_and_a_failure(
    visit: Visit, community: Community, axe: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process that makes the archive is replaced: by one that stays at 42 %, then by one that fails."""
    program = "print('progress 0.42', flush=True); import time; time.sleep(60)"
    monkeypatch.setattr(subjects, "WORK", ("-c", program))
    owner = await visit(community.owner, place=community.place)
    section = (await settings(owner, "Overview")).get_by_role("region", name="Export")
    await section.get_by_role("button", name="Start export").click()
    bar = section.get_by_role("progressbar", name="Preparing the archive")
    await expect(bar).to_have_attribute("value", "42")
    await expect(section.get_by_text("42%")).to_be_visible()
    assert await found_in_themes(owner, axe, BY_DAY_AND_NIGHT) == []
    await section.get_by_role("button", name="Stop").click()
    await expect(section.get_by_role("button", name="Start export")).to_be_enabled()
    await expect(bar).to_have_count(0)

    monkeypatch.setattr(subjects, "WORK", ("-c", "raise SystemExit('no more space')"))
    await section.get_by_role("button", name="Start export").click()
    await expect(section.get_by_role("alert")).to_have_text("The export failed. Try again.")
    await expect(section.get_by_role("button", name="Start export")).to_be_enabled()
    assert await found_in_themes(owner, axe, BY_DAY_AND_NIGHT) == []


@pytest.mark.extended("tests/exporting tries who may start one")
async def test_only_the_owner_finds_it(visit: Visit, community: Community) -> None:
    role = {"name": "Admins", "permissions": 1 << 13}
    made = await community.owner.expect(201, "POST", f"/api/servers/{community.server}/roles", role)
    path = f"/api/servers/{community.server}/members/{community.member.id}/roles/{made['id']}"
    await community.owner.expect(204, "PUT", path)
    member = await visit(community.member, place=community.place)
    panel = await settings(member, "Overview")
    await expect(panel.get_by_role("region", name="Export")).to_have_count(0)


@pytest.fixture
async def demo(database_url: str, http: aiohttp.ClientSession, tmp_path: Path) -> AsyncIterator[Exported]:
    """The export of the demo community, with a picture, a reply and a thread added."""
    given = settings_for(database_url, APP_ENV="development", UPLOAD_DIR=str(tmp_path / "files"))
    async with opened(given) as accounts:
        await seed(accounts, NOW)
    async with serving(given) as server:
        browser = Browser(server.url, http)
        login = {"username": "alice", "password": PASSWORD}
        alice = Person(browser, await browser.expect(200, "POST", "/api/auth/login", login))
        [squad] = [each for each in await alice.expect(200, "GET", "/api/servers") if each["owner_id"] == alice.id]
        channels = await alice.expect(200, "GET", f"/api/servers/{squad['id']}/channels")
        general = next(each["id"] for each in channels if each["name"] == "general")
        sent = await alice.send(general, "a picture <b>of red</b>, see https://example.com/?a=1&b=2")
        await uploaded(alice, sent["id"], ("red.png", PNG))
        for number in range(500):
            await alice.send(general, f"counting {number}")
        await alice.send(general, "back to the picture", reply_to=sent["id"])
        yield await exported(alice, squad["id"])


@pytest.mark.extended("tests/exporting opens what it writes")
async def test_the_pages_open_from_a_disk(chromium: Chromium, demo: Exported, tmp_path: Path, axe: str) -> None:
    demo.zip.extractall(tmp_path / "unpacked")
    context = await chromium.new_context(java_script_enabled=True, color_scheme="dark", offline=True)
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto((tmp_path / "unpacked" / demo.folder / "index.html").as_uri())
    await expect(page.get_by_role("heading", name="Gaming Squad")).to_be_visible()
    assert await background(page) == "rgb(23, 23, 28)"
    await page.emulate_media(color_scheme="light")
    assert await background(page) == "rgb(255, 255, 255)"

    await page.get_by_role("link", name="#general").click()
    await page.get_by_role("listitem").last.get_by_role("link").click()
    answer = page.get_by_role("article").filter(has_text="back to the picture")
    await expect(answer).to_be_visible()
    await answer.get_by_role("link", name="Reply to alice").click()
    target = page.locator("article:target")
    await expect(target).to_contain_text("a picture <b>of red</b>, see")
    await expect(target.get_by_role("link", name="https://example.com/?a=1&b=2")).to_have_count(1)
    picture = target.get_by_role("img", name="red.png")
    await picture.scroll_into_view_if_needed()
    await expect(picture).to_have_js_property("naturalWidth", 30)
    assert await axe_in(page, axe) == []
    await page.get_by_role("link", name="All pages").first.click()
    await page.get_by_role("listitem").first.get_by_role("link").click()
    await page.get_by_role("link", name="Next page").first.click()
    await page.get_by_role("link", name="Previous page").first.click()
    assert page.url.endswith("/0001.html")
    await page.get_by_role("link", name="Gaming Squad").first.click()
    assert await axe_in(page, axe) == []
    await page.get_by_role("link", name="members").click()
    await expect(page.get_by_text("@alice")).to_be_visible()
    assert await axe_in(page, axe) == []
    assert every_link_leads_somewhere(demo) > 10
    assert complaints == []
    await context.close()


async def background(page: Page) -> str:
    colour: str = await page.evaluate("getComputedStyle(document.body).backgroundColor")
    return colour


async def axe_in(page: Page, axe: str) -> list[str]:
    """The pages allow no scripts, so the check is run beside their policy."""
    await page.evaluate(axe)
    found: list[str] = await page.evaluate(
        "axe.run({preload: false}).then(({violations}) => violations.map((each) => each.id))"
    )
    return found


def every_link_leads_somewhere(demo: Exported) -> int:
    """Every link and picture of every page is in the archive; returns how many there are."""
    counted = 0
    for name in demo.names:
        if not name.endswith(".html"):
            continue
        for address in re.findall(r'(?:href|src)="([^"]*)"', demo.text(name)):
            plain = unquote(unescape(address).partition("#")[0])
            if plain.startswith("https://"):
                continue
            target = posixpath.normpath(posixpath.join(posixpath.dirname(name), plain)) if plain else name
            assert target in demo.names, (name, address)
            counted += 1
    return counted
