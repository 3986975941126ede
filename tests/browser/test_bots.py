"""The section of bots in the account settings: the token is shown once, replaced and revoked there."""

from playwright.async_api import Locator, expect

from tests.bots.test_bots import Robot
from tests.browser.conftest import Visit
from tests.browser.test_accessibility import axe
from tests.browser.themes import BY_DAY_AND_NIGHT, found_in_themes
from tests.browser.visitor import Visitor
from tests.people import Community

__all__ = ["axe"]


async def bots_of(visitor: Visitor) -> Locator:
    await visitor.button("Your account and status").click()
    await visitor.page.get_by_role("menuitem", name="Account settings").click()
    await visitor.page.get_by_role("tab", name="Bots").click()
    return visitor.page.get_by_role("tabpanel")


async def shown_token(panel: Locator) -> str:
    shown = panel.get_by_role("region", name="Token of Helper")
    await expect(shown).to_be_focused()
    token = await shown.locator("code").inner_text()
    assert len(bytes.fromhex(token)) == 32
    return token


async def test_a_bot_from_its_token_to_its_end(visit: Visit, community: Community, axe: str) -> None:
    owner = await visit(community.owner, place=community.place)
    panel = await bots_of(owner)
    await expect(panel.get_by_text("No bots yet.")).to_be_visible()
    await panel.get_by_label("Name").fill("Helper")
    await panel.get_by_label("Description").fill("Answers questions")
    await panel.get_by_role("button", name="Create bot").click()
    token = await shown_token(panel)
    await panel.get_by_role("button", name="Copy token").click()
    assert await found_in_themes(owner, axe, BY_DAY_AND_NIGHT) == []
    await panel.get_by_role("button", name="Done").click()
    await expect(panel.get_by_text(token)).to_have_count(0)

    robot = Robot(community.owner.url, community.owner.http, token)
    await robot.expect(201, "POST", f"/api/servers/{community.server}/join")
    await robot.expect(201, "POST", f"/api/channels/{community.channel}/messages", {"content": "beep"})
    row = panel.get_by_role("listitem").filter(has_text="Helper")
    await row.get_by_role("button", name="Activity of Helper").click()
    await expect(row.get_by_text("Wrote: beep")).to_be_visible()
    assert await found_in_themes(owner, axe, BY_DAY_AND_NIGHT) == []

    await row.get_by_role("button", name="Edit Helper").click()
    dialog = owner.page.get_by_role("dialog", name="Edit the bot Helper")
    await dialog.get_by_label("Description").fill("")
    await dialog.get_by_role("button", name="Save").click()
    await expect(row.get_by_text("Answers questions")).to_have_count(0)

    await row.get_by_role("button", name="New token for Helper").click()
    await owner.page.get_by_role("alertdialog").get_by_role("button", name="Create token").click()
    renewed = await shown_token(panel)
    assert renewed != token
    await robot.expect(401, "GET", "/api/users/@me")
    await row.get_by_role("button", name="Revoke Helper").click()
    await owner.page.get_by_role("alertdialog").get_by_role("button", name="Revoke bot").click()
    await expect(row.get_by_text("Revoked", exact=False).first).to_be_visible()
    await Robot(robot.url, robot.http, renewed).expect(401, "GET", "/api/users/@me")
    await owner.page.get_by_role("tab", name="Security").click()
    await expect(panel.get_by_text("New token for a bot")).to_be_visible()
    await owner.page.keyboard.press("Escape")
    await expect(owner.message("beep")).to_contain_text("Bot")
    await expect(owner.page.get_by_role("button", name="Helper Bot")).to_be_visible()
