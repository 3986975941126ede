"""Taking along what is yours: the archive is started and saved in the settings, and its pages open from a disk."""

import zipfile
from pathlib import Path

from playwright.async_api import Browser as Chromium
from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.test_accessibility import axe
from tests.browser.test_account import account
from tests.browser.test_export import axe_in
from tests.browser.themes import BY_DAY_AND_NIGHT, found_in_themes
from tests.people import Community

__all__ = ["axe"]


async def test_saved_and_read(visit: Visit, chromium: Chromium, community: Community, axe: str, tmp_path: Path) -> None:
    await community.member.send(community.channel, "to be taken along")
    member = await visit(community.member, place=community.place)
    panel = await account(member, "Your data")
    await panel.get_by_role("button", name="Start export").click()
    download = panel.get_by_role("link", name="Download archive")
    await expect(download).to_be_visible()
    assert await found_in_themes(member, axe, BY_DAY_AND_NIGHT) == []
    async with member.page.expect_download() as started:
        await download.click()
    await (await started.value).save_as(tmp_path / "own.zip")
    with zipfile.ZipFile(tmp_path / "own.zip") as archive:
        archive.extractall(tmp_path)

    context = await chromium.new_context(color_scheme="dark", offline=True)
    page = await context.new_page()
    await page.goto((tmp_path / f"{community.member.username}-export" / "index.html").as_uri())
    await expect(page.get_by_role("heading", level=1)).to_have_text(community.member.username)
    await expect(page.get_by_role("group", name="Servers").get_by_role("cell", name="Club")).to_be_visible()
    assert await axe_in(page, axe) == []
    await page.get_by_role("link", name="1 message").click()
    await page.get_by_role("link", name="UTC").first.click()
    await expect(page.get_by_text("to be taken along")).to_be_visible()
    assert await axe_in(page, axe) == []
    await context.close()
