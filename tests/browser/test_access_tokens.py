"""The section of access tokens in the account settings: a token is shown once, and revoked there."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.test_accessibility import axe
from tests.browser.test_account import account, forgive
from tests.browser.themes import BY_DAY_AND_NIGHT, found_in_themes
from tests.people import PASSWORD, Browser, Community

__all__ = ["axe"]


@pytest.mark.extended("tests/access_tokens makes, uses and ends one; test_bots shows a token in the same way")
async def test_a_token_from_its_making_to_its_end(visit: Visit, community: Community, axe: str) -> None:
    member = await visit(community.member, place=community.place)
    panel = await account(member, "Access tokens")
    await expect(panel.get_by_text("No access tokens yet.")).to_be_visible()
    await panel.get_by_role("button", name="Create access token").click()
    dialog = member.page.get_by_role("dialog", name="Create access token")
    await dialog.get_by_label("Name").fill("Morning report")
    await dialog.get_by_label("Send and change").check()
    await expect(dialog.get_by_label("Administer this instance")).to_have_count(0)
    await dialog.get_by_label("Expires after").select_option(label="90 days")
    await dialog.get_by_label("Your password").fill("not this one")
    await dialog.get_by_role("button", name="Create access token").click()
    await expect(dialog.get_by_role("alert")).to_be_visible()
    forgive(member, "403 (Forbidden)")
    assert await found_in_themes(member, axe, BY_DAY_AND_NIGHT) == []
    await dialog.get_by_label("Your password").fill(PASSWORD)
    await dialog.get_by_role("button", name="Create access token").click()
    shown = panel.get_by_role("region", name="Access token Morning report")
    await expect(shown).to_be_focused()
    token = await shown.locator("code").inner_text()
    assert await found_in_themes(member, axe, BY_DAY_AND_NIGHT) == []
    await panel.get_by_role("button", name="Done").click()
    await expect(panel.get_by_text(token)).to_have_count(0)

    row = panel.get_by_role("listitem").filter(has_text="Morning report")
    await expect(row).to_contain_text(re.compile("Read · Send and change.*never used · expires", re.DOTALL))
    program = Browser(member.url, community.member.http, token)
    await program.expect(201, "POST", f"/api/channels/{community.channel}/messages", {"content": "good morning"})
    await expect(row).to_contain_text("last used")
    await row.get_by_role("button", name="Revoke Morning report").click()
    await member.page.get_by_role("alertdialog").get_by_role("button", name="Revoke").click()
    await expect(panel.get_by_text("No access tokens yet.")).to_be_visible()
    assert (await program.get("/api/servers")).status == 401

    panel = await account(member, "Devices")
    await expect(panel.get_by_text("This device")).to_be_visible()
    await expect(panel.get_by_text("Morning report")).to_have_count(0)
