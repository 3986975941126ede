"""Retention in the server's and a channel's settings, and what members see of it."""

import pytest
from playwright.async_api import expect

from coterie.database.pool import OwnConnection
from tests.browser.test_accessibility import axe
from tests.browser.test_settings import settings
from tests.browser.themes import BY_DAY_AND_NIGHT, found_in_themes
from tests.browser.visitor import Visitor
from tests.people import Community

__all__ = ["axe"]


async def test_it_is_previewed_switched_on_and_seen_by_members(
    owner: Visitor, member: Visitor, community: Community, axe: str, rows: OwnConnection
) -> None:
    sent = await community.member.send(community.channel, "long ago")
    await rows.execute("UPDATE messages SET created_at = now() - interval '40 days' WHERE id = $1", sent["id"])
    panel = await settings(owner, "Retention")
    await panel.get_by_role("switch", name="Remove old messages").press("Space")
    await panel.get_by_label("Days that messages stay").fill("50")
    await panel.get_by_role("button", name="Show what would go now").click()
    await expect(panel.get_by_role("status").filter(has_text="Nothing would go now.")).to_be_visible()
    await panel.get_by_label("Days that messages stay").fill("35")
    await panel.get_by_role("button", name="Show what would go now").press("Enter")
    await expect(panel).to_contain_text("1 message would go now, with")
    assert await found_in_themes(owner, axe, BY_DAY_AND_NIGHT) == []
    await owner.page.set_viewport_size({"width": 360, "height": 740})
    assert await owner.page.evaluate("document.querySelector('dialog').scrollWidth") <= 360
    assert await found_in_themes(owner, axe, BY_DAY_AND_NIGHT) == []
    await panel.get_by_role("button", name="Save").click()
    await expect(panel.get_by_text("Saved.")).to_be_visible()
    await expect(member.page.get_by_text("Messages here are deleted after 35 days.")).to_be_visible()

    path = f"/api/servers/{community.server}/channels/{community.channel}"
    await community.owner.expect(200, "PATCH", path, {"retention_days": 1})
    await expect(member.page.get_by_text("Messages here are deleted after 1 day.")).to_be_visible()
    await community.owner.expect(200, "PATCH", path, {"retention_days": 0})
    await expect(member.page.get_by_text("Messages here are deleted after")).to_have_count(0)


@pytest.mark.extended("tests/retention tries channels; the other test here has the same page")
async def test_a_channel_is_kept_and_held(owner: Visitor, community: Community) -> None:
    panel = await settings(owner, "Channels")
    await panel.get_by_role("button", name="Edit general").click()
    dialog = owner.page.get_by_role("dialog", name="Edit #general")
    await dialog.get_by_label("Old messages").select_option("Remove after 90 days")
    await dialog.get_by_role("switch", name="On hold").press("Space")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog).to_have_count(0)
    [channel] = [
        each
        for each in await community.owner.expect(200, "GET", f"/api/servers/{community.server}/channels")
        if each["id"] == community.channel
    ]
    assert (channel["retention_days"], channel["on_hold"]) == (90, True)
