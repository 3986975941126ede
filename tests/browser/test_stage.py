"""The call view: beside the messages or a tile above them, with everybody in it and the controls within reach."""

import pytest
from playwright.async_api import FloatRect, Locator, expect

from tests.browser.calling import enter, hears
from tests.browser.conftest import Visit
from tests.browser.test_accessibility import axe
from tests.browser.themes import found_in_themes
from tests.browser.visitor import Visitor
from tests.people import Community

pytestmark = pytest.mark.extended("voice needs a browser with a microphone; tests/voice tests the same over sockets")

__all__ = ["axe"]


def stage(visitor: Visitor) -> Locator:
    return visitor.page.get_by_role("region", name="Call in Lounge")


async def two(call: Visit, community: Community) -> tuple[Visitor, Visitor]:
    owner, member = await enter(call, community.owner), await enter(call, community.member)
    await hears(owner, 1)
    return owner, member


async def box(locator: Locator) -> FloatRect:
    found = await locator.bounding_box()
    assert found is not None
    return found


async def test_the_messages_stay_beside_it(call: Visit, community: Community) -> None:
    """Tiles lie side by side, also of people without a camera; the user writes, mutes and leaves beside them."""
    owner, member = await two(call, community)
    await owner.page.set_viewport_size({"width": 1440, "height": 900})
    await expect(stage(owner)).to_have_count(0)
    await owner.button("Open call view").click()
    tiles = stage(owner).get_by_role("listitem")
    await expect(tiles).to_have_count(2)
    await expect(tiles.nth(1)).to_contain_text(community.member.username)
    first, second = await box(tiles.nth(0)), await box(tiles.nth(1))
    assert first["y"] == second["y"] or first["x"] == second["x"]
    assert first["width"] > first["height"] * 1.5
    await owner.open_channel("general")
    await owner.say("I see you all")
    await owner.sent("I see you all")
    await stage(owner).get_by_role("button", name="Mute", exact=True).click()
    await expect(tiles.nth(0).get_by_label("muted")).to_be_visible()
    await expect(stage(owner).get_by_role("button", name="Unmute")).to_have_attribute(
        "aria-keyshortcuts", "Control+Shift+m"
    )
    await member.composer().press("Control+Shift+KeyH")
    await expect(tiles).to_have_count(1)
    await stage(owner).get_by_role("button", name="Disconnect").click()
    await expect(stage(owner)).to_have_count(0)


async def test_a_picture_is_pinned(call: Visit, community: Community) -> None:
    owner, _ = await two(call, community)
    await owner.button("Open call view").click()
    picture = stage(owner).get_by_role("button", name=community.member.username)
    await picture.click()
    await expect(picture).to_have_attribute("aria-pressed", "true")
    await expect(stage(owner).get_by_role("listitem")).to_have_count(1)
    await picture.click()
    await expect(stage(owner).get_by_role("listitem")).to_have_count(2)
    await owner.page.keyboard.press("Escape")
    await expect(stage(owner)).to_have_count(0)


async def test_the_tile_is_moved_with_the_pointer_and_with_a_button(call: Visit, community: Community) -> None:
    owner, member = await two(call, community)
    await member.button("Share your screen").click()
    picture = owner.button(f"Screen of {community.member.username}, enlarge")
    before = await box(picture)
    await picture.hover()
    await owner.page.mouse.down()
    await owner.page.mouse.move(400, 200, steps=5)
    await owner.page.mouse.up()
    await expect(stage(owner)).to_have_attribute("data-corner", "start-start")
    after = await box(picture)
    assert (after["x"], after["y"]) < (before["x"], before["y"])
    await owner.button("Move to another corner").click()
    await expect(stage(owner)).to_have_attribute("data-corner", "start-end")
    await owner.button("Hide call view").click()
    await expect(stage(owner)).to_have_count(0)
    await owner.button("Open call view").click()
    await expect(stage(owner).get_by_role("button", name=f"Screen of {community.member.username}")).to_be_visible()


@pytest.mark.parametrize("width", [360, 390])
async def test_a_phone_has_the_controls_without_the_drawer(
    call: Visit, community: Community, axe: str, width: int
) -> None:
    member = await enter(call, community.member)
    await member.page.set_viewport_size({"width": width, "height": 640})
    await expect(stage(member).get_by_role("button", name="Mute", exact=True)).to_be_visible()
    assert await found_in_themes(member, axe) == []
    await stage(member).get_by_role("button", name="Open call view").click()
    await expect(stage(member).get_by_role("button", name=community.member.username)).to_be_visible()
    assert await stage(member).evaluate("(each) => each.scrollWidth <= each.clientWidth")
    await expect(member.composer()).to_be_in_viewport()
    assert await found_in_themes(member, axe) == []


async def test_the_whole_screen(call: Visit, community: Community) -> None:
    member = await enter(call, community.member)
    await member.button("Open call view").click()
    await stage(member).get_by_role("button", name="Full screen").click()
    await member.page.wait_for_function("() => document.fullscreenElement !== null")
    await expect(stage(member).get_by_role("button", name="Disconnect")).to_be_visible()
    await stage(member).get_by_role("button", name="Exit full screen").click()
    await member.page.wait_for_function("() => document.fullscreenElement === null")
