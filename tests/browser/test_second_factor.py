"""The second factor in the client: turned on in the account settings, asked for at the next login, turned off again."""

import time
from pathlib import Path

import pytest
from playwright.async_api import Locator, expect

from coterie.second_factor import totp
from tests.browser.conftest import Visit
from tests.browser.test_accessibility import axe
from tests.browser.test_account import account, forgive
from tests.browser.themes import BY_DAY_AND_NIGHT, found_in_themes
from tests.browser.visitor import Visitor
from tests.people import PASSWORD, Community

__all__ = ["axe"]

WRONG = "12345"
"""No code of an app, which has six digits."""


async def change(visitor: Visitor, panel: Locator, action: str) -> None:
    """Choose an action, and confirm it with the password, by the keyboard alone."""
    await panel.get_by_role("button", name=action).press("Enter")
    dialog = visitor.page.get_by_role("dialog", name=action)
    await dialog.get_by_label("Current password").fill(PASSWORD)
    await visitor.page.keyboard.press("Enter")
    await expect(dialog).to_have_count(0)


async def kept_codes(visitor: Visitor, panel: Locator, directory: Path) -> list[str]:
    """The recovery codes that are shown now, which are also in the file."""
    shown = panel.get_by_role("region", name="Your recovery codes")
    await expect(shown).to_be_focused()
    codes = (await shown.locator("code").inner_text()).split("\n")
    async with visitor.page.expect_download() as downloading:
        await shown.get_by_role("button", name="Download").click()
    await (await downloading.value).save_as(directory / "codes.txt")
    assert (directory / "codes.txt").read_text().split() == codes
    assert len(codes) == 10
    return codes


async def ask(visitor: Visitor, name: str) -> Locator:
    """Log in with the password, and wait until a code is asked for."""
    await visitor.page.get_by_label("Username or email").fill(name)
    await visitor.page.get_by_label("Password", exact=True).fill(PASSWORD)
    await visitor.page.keyboard.press("Enter")
    code = visitor.page.get_by_role("textbox", name="Code")
    await expect(code).to_be_focused()
    return code


async def test_from_turning_it_on_to_turning_it_off(
    visit: Visit, community: Community, axe: str, tmp_path: Path
) -> None:
    owner = await visit(community.owner)
    panel = await account(owner, "Security")
    await change(owner, panel, "Turn on")
    await expect(panel.get_by_role("img", name="QR code with the key")).to_be_visible()
    await expect(panel.get_by_text("Scan this with an authenticator app.")).to_be_focused()
    key = (await panel.locator("code").inner_text()).replace(" ", "")
    assert await found_in_themes(owner, axe, BY_DAY_AND_NIGHT) == []

    code = panel.get_by_role("textbox", name="Code")
    await code.fill(WRONG)
    await owner.page.keyboard.press("Enter")
    await expect(panel.get_by_text("This code is wrong.")).to_be_visible()
    forgive(owner, "400")
    await code.fill(totp.code(key, int(time.time()) // totp.PERIOD + 1))
    await owner.page.keyboard.press("Enter")
    former = await kept_codes(owner, panel, tmp_path)
    assert await found_in_themes(owner, axe, BY_DAY_AND_NIGHT) == []
    await panel.get_by_role("button", name="Done").click()
    await expect(panel.get_by_text("10 recovery codes left, 0 used.")).to_be_visible()
    assert await found_in_themes(owner, axe, BY_DAY_AND_NIGHT) == []
    await change(owner, panel, "New recovery codes")
    codes = await kept_codes(owner, panel, tmp_path)
    await owner.page.keyboard.press("Escape")
    await owner.log_out()

    asked = await ask(owner, owner.name)
    assert await found_in_themes(owner, axe, BY_DAY_AND_NIGHT) == []
    await asked.fill(former[0])
    await owner.page.keyboard.press("Enter")
    await expect(owner.page.get_by_text("This code is wrong, too old or already used.")).to_be_visible()
    await owner.button("Back").click()
    asked = await ask(owner, owner.name)
    await asked.fill(codes[0].upper())
    await owner.page.keyboard.press("Enter")
    await owner.is_home()

    panel = await account(owner, "Security")
    await expect(panel.get_by_text("9 recovery codes left, 1 used.")).to_be_visible()
    await expect(panel.get_by_text("Recovery code used to log in")).to_be_visible()
    await change(owner, panel, "Turn off")
    await expect(panel.get_by_role("button", name="Turn on")).to_be_visible()
    await owner.page.keyboard.press("Escape")
    await owner.log_out()
    await owner.log_in(owner.name)


@pytest.mark.extended("the same steps are taken above")
async def test_on_a_small_screen_from_right_to_left(visit: Visit, community: Community, axe: str) -> None:
    made = await community.member.expect(201, "POST", "/api/auth/second-factor", {"current_password": PASSWORD})
    code = totp.code(made["secret"], int(time.time()) // totp.PERIOD + 1)
    codes = await community.member.expect(200, "POST", "/api/auth/second-factor/confirm", {"code": code})
    visitor = await visit(viewport={"width": 360, "height": 740}, locale="ar")
    visitor.has_left = True  # the first answer to the password is a 401
    await visitor.page.get_by_role("textbox").first.fill(community.member.username)
    await visitor.page.locator("input[type=password]").fill(PASSWORD)
    await visitor.page.keyboard.press("Enter")
    asked = visitor.page.locator("input[autocomplete=one-time-code]")
    await expect(asked).to_be_focused()
    assert await found_in_themes(visitor, axe, BY_DAY_AND_NIGHT) == []
    assert await visitor.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await asked.fill(codes["recovery_codes"][0])
    await visitor.page.keyboard.press("Enter")
    await expect(visitor.page.get_by_role("main")).to_contain_text(community.member.username)
