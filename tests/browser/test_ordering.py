"""Channels, categories and roles are reordered: by the pointer, by keys, and at once for everyone."""

from typing import Final

import pytest
from playwright.async_api import Locator, expect

from tests.browser.test_settings import settings
from tests.browser.visitor import Visitor
from tests.people import Community

# The library looks where the pointer is five times a second, and shows a gap where the item would be put.
GAP_IS_AT: Final = """(y) => {
  const gap = document.querySelector("[data-is-dnd-shadow-item-internal]")?.getBoundingClientRect();
  return gap && gap.top <= y && y <= gap.bottom;
}"""


async def drag(visitor: Visitor, what: Locator, to: Locator) -> None:
    """Drags as a hand would: a few pixels first, then all the way, and releases."""
    begin, end = await what.bounding_box(), await to.bounding_box()
    assert begin is not None
    assert end is not None
    mouse = visitor.page.mouse
    await mouse.move(begin["x"] + begin["width"] / 2, begin["y"] + begin["height"] / 2)
    await mouse.down()
    await mouse.move(begin["x"] + begin["width"] / 2, begin["y"] - 4, steps=4)
    await mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] / 2, steps=12)
    await visitor.page.wait_for_function(GAP_IS_AT, arg=end["y"] + end["height"] / 2)
    await mouse.up()


@pytest.mark.extended("test_menus_move_as_the_mouse_does drags a channel")
async def test_channels_are_pulled_to_their_places(owner: Visitor, member: Visitor, community: Community) -> None:
    for name in ("alpha", "beta"):
        body = {"name": name, "type": "text", "category": "Letters"}
        await community.owner.expect(201, "POST", f"/api/servers/{community.server}/channels", body)
    panel = await settings(owner, "Channels")
    handle = panel.get_by_role("button", name="Move beta: drag, or use the arrow keys")
    await drag(owner, handle, panel.get_by_role("button", name="Move alpha: drag, or use the arrow keys"))
    await expect(member.page.get_by_role("navigation", name="Channels")).to_contain_text("beta")
    await expect(
        member.page.get_by_role("navigation", name="Channels").get_by_role("list").last.get_by_role("listitem")
    ).to_have_text(["beta", "alpha"])


async def test_channels_are_moved_by_keys_and_keep_the_focus(
    owner: Visitor, member: Visitor, community: Community
) -> None:
    for name in ("alpha", "beta"):
        body = {"name": name, "type": "text", "category": "Letters"}
        await community.owner.expect(201, "POST", f"/api/servers/{community.server}/channels", body)
    panel = await settings(owner, "Channels")
    handle = panel.get_by_role("button", name="Move beta: drag, or use the arrow keys")
    await handle.focus()
    await owner.page.keyboard.press("ArrowUp")
    await expect(panel.get_by_role("status")).to_have_text("beta: position 1 of 2 in Letters")
    await expect(
        member.page.get_by_role("navigation", name="Channels").get_by_role("list").last.get_by_role("listitem")
    ).to_have_text(["beta", "alpha"])
    await expect(handle).to_be_focused()
    await owner.page.keyboard.press("ArrowUp")
    await expect(panel.get_by_role("status")).not_to_contain_text("Letters")
    await expect(member.page.get_by_role("navigation", name="Channels").get_by_role("list").last).to_have_text("alpha")


@pytest.mark.extended("channels are moved in the other tests here")
async def test_categories_are_renamed_moved_and_deleted(owner: Visitor, member: Visitor, community: Community) -> None:
    body = {"name": "alpha", "type": "text", "category": "Letters"}
    await community.owner.expect(201, "POST", f"/api/servers/{community.server}/channels", body)
    panel = await settings(owner, "Channels")
    headings = member.page.get_by_role("navigation", name="Channels").get_by_role("heading")
    await expect(headings.last).to_have_text("Letters")
    await panel.get_by_role("button", name="Move the category Letters up").click()
    await expect(headings.first).to_have_text("Letters")
    await panel.get_by_role("button", name="Rename the category Letters").click()
    await owner.page.get_by_label("Category name").fill("Runes")
    await owner.button("Save").click()
    await expect(headings.first).to_have_text("Runes")
    await panel.get_by_role("button", name="Delete the category Runes").click()
    await owner.page.get_by_role("alertdialog").get_by_role("button", name="Delete category").click()
    await expect(member.channel("alpha")).to_be_visible()
    await expect(headings.filter(has_text="Runes")).to_have_count(0)


@pytest.mark.extended("channels are moved in the other tests here")
async def test_roles_are_put_in_order(owner: Visitor, community: Community) -> None:
    path = f"/api/servers/{community.server}/roles"
    low, _, _ = [await community.owner.expect(201, "POST", path, {"name": name}) for name in ("Low", "Middle", "High")]
    panel = await settings(owner, "Roles")
    shown = panel.get_by_role("list", name="Roles").get_by_role("listitem")
    await expect(shown).to_have_text(["High", "Middle", "Low"])
    await panel.get_by_role("button", name="Move Low up").click()
    await expect(shown).to_have_text(["High", "Low", "Middle"])
    await expect(panel.get_by_role("button", name="Move Low up")).to_be_focused()
    handle = panel.get_by_role("button", name="Move Low: drag, or use the arrow keys")
    async with owner.page.expect_response(lambda answer: low["id"] in answer.url and answer.ok):
        await drag(owner, handle, panel.get_by_role("button", name="Move High: drag, or use the arrow keys"))
    await expect(shown).to_have_text(["Low", "High", "Middle"])
    await expect(panel.get_by_role("button", name="Move Low down")).to_be_enabled()  # all of it is saved
    roles = await community.owner.expect(200, "GET", path)
    assert [role["name"] for role in roles] == ["Low", "High", "Middle"]
