"""Deleting your own account in the client: asking for it, the banner, and keeping the account after all."""

from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.test_accessibility import axe
from tests.browser.test_account import account, forgive
from tests.browser.themes import BY_DAY_AND_NIGHT, found_in_themes
from tests.people import PASSWORD, Community

__all__ = ["axe"]


async def test_from_asking_to_keeping(visit: Visit, community: Community, axe: str) -> None:
    visitor = await visit(community.member)
    panel = await account(visitor, "Delete account")
    await panel.get_by_role("button", name="Delete my account").click()
    dialog = visitor.page.get_by_role("dialog", name="Delete my account")
    await dialog.get_by_label("They are deleted").check()
    await dialog.get_by_label("Current password").fill("not the password")
    await dialog.get_by_role("button", name="Delete my account").click()
    await expect(dialog.get_by_text("current password is wrong")).to_be_visible()
    forgive(visitor, "403")
    await dialog.get_by_label("Current password").fill(PASSWORD)
    assert await found_in_themes(visitor, axe, BY_DAY_AND_NIGHT) == []
    await dialog.get_by_role("button", name="Delete my account").click()
    await expect(panel.get_by_text("Your messages are deleted with it.")).to_be_visible()
    assert await found_in_themes(visitor, axe, BY_DAY_AND_NIGHT) == []
    await visitor.page.keyboard.press("Escape")
    banner = visitor.page.get_by_role("status").filter(has_text="Your account will be deleted on")
    await expect(banner).to_be_visible()
    await visitor.page.reload()
    await expect(banner).to_be_visible()
    await banner.get_by_role("button", name="Keep my account").click()
    await expect(banner).to_have_count(0)
    panel = await account(visitor, "Security")
    await expect(panel.get_by_text("Account kept after all")).to_be_visible()
    me = await community.member.expect(200, "GET", "/api/users/@me")
    assert me["deletion_due_at"] is None


async def test_owners_are_told_which_servers_to_hand_over(visit: Visit, community: Community) -> None:
    visitor = await visit(community.owner)
    panel = await account(visitor, "Delete account")
    await expect(panel.get_by_text("First transfer or delete the servers that you own: Club.")).to_be_visible()
    await expect(panel.get_by_role("button", name="Delete my account")).to_be_disabled()
