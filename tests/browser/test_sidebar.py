"""Channels and categories are moved in the list itself: with the mouse, and by their menus."""

from collections.abc import Sequence

import pytest
from playwright.async_api import Locator, Route, expect

from tests.browser.conftest import Visit
from tests.browser.test_accessibility import axe, found
from tests.browser.test_menus import choose, entries, menu, rest_on
from tests.browser.test_touch import PHONE, Fingers
from tests.browser.visitor import Visitor
from tests.people import Community

__all__ = ["axe"]


@pytest.fixture
async def letters(community: Community) -> Community:
    """The club has two categories too: Letters with alpha and beta, and Colours with red."""
    for name, category in (("alpha", "Letters"), ("beta", "Letters"), ("red", "Colours")):
        body = {"name": name, "type": "text", "category": category}
        await community.owner.expect(201, "POST", f"/api/servers/{community.server}/channels", body)
    return community


def listed(visitor: Visitor) -> Locator:
    return visitor.page.get_by_role("navigation", name="Channels")


async def expect_order(visitor: Visitor, order: Sequence[str]) -> None:
    """Headings and channels, from top to bottom."""
    shown = listed(visitor).locator("h3, .channel .clipped")
    await expect(shown).to_have_text([*order])


BEFORE = ("Channels", "general", "Lounge", "Letters", "alpha", "beta", "Colours", "red")


async def hold(visitor: Visitor, what: Locator, to: Locator, part: float) -> None:
    """Presses a row and pulls it to this part of the height of another one."""
    begin, end = await what.bounding_box(), await to.bounding_box()
    assert begin is not None
    assert end is not None
    mouse = visitor.page.mouse
    await mouse.move(begin["x"] + 40, begin["y"] + begin["height"] / 2)
    await expect(listed(visitor)).to_have_attribute("data-sortable", "")
    await mouse.down()
    await mouse.move(end["x"] + 40, end["y"] + end["height"] * part, steps=8)


async def drag(visitor: Visitor, what: Locator, to: Locator, part: float) -> None:
    await hold(visitor, what, to, part)
    await expect(line(visitor)).to_be_visible()
    await visitor.page.mouse.up()
    await expect(line(visitor)).to_have_count(0)


def line(visitor: Visitor) -> Locator:
    return listed(visitor).locator("[data-landing]")


def fold(visitor: Visitor, category: str) -> Locator:
    return listed(visitor).get_by_role("button", name=category, exact=True)


@pytest.mark.extended("test_ordering moves them")
async def test_channels_are_dragged_within_and_between_categories(
    owner: Visitor, member: Visitor, letters: Community
) -> None:
    await expect_order(owner, BEFORE)
    asked: list[str] = []
    owner.page.on("request", lambda request: asked.append(request.url) if request.method == "PATCH" else None)
    await drag(owner, owner.channel("beta"), owner.channel("alpha"), 0.2)
    after = ("Channels", "general", "Lounge", "Letters", "beta", "alpha", "Colours", "red")
    await expect_order(owner, after)
    await expect_order(member, after)
    await expect(owner.page.locator("#announcer")).to_have_text("beta: position 1 of 2 in Letters")
    await drag(owner, owner.channel("alpha"), owner.channel("red"), 0.9)
    after = ("Channels", "general", "Lounge", "Letters", "beta", "Colours", "red", "alpha")
    await expect_order(owner, after)
    await expect_order(member, after)
    await drag(owner, owner.channel("red"), fold(owner, "Letters"), 0.5)
    await expect_order(member, ("Channels", "general", "Lounge", "Letters", "red", "beta", "Colours", "alpha"))
    assert asked == [f"{owner.url}/api/servers/{letters.server}/channels"] * 3
    await expect(owner.page.get_by_role("heading", name="general", level=1)).to_be_visible()  # nothing was opened


@pytest.mark.extended("test_ordering moves them")
async def test_a_category_is_dragged_with_its_channels(owner: Visitor, member: Visitor, letters: Community) -> None:
    await drag(owner, fold(owner, "Colours"), fold(owner, "Letters"), 0.2)
    after = ("Channels", "general", "Lounge", "Colours", "red", "Letters", "alpha", "beta")
    await expect_order(owner, after)
    await expect_order(member, after)
    await expect(owner.page.locator("#announcer")).to_have_text("Colours: category 2 of 3")
    await expect(fold(owner, "Colours")).to_have_attribute("aria-expanded", "true")


@pytest.mark.extended("dragging is tried by mouse and menus in the other tests here")
async def test_escape_cancels(owner: Visitor, letters: Community) -> None:
    await hold(owner, owner.channel("beta"), owner.channel("general"), 0.2)
    await expect(line(owner)).to_be_visible()
    await owner.page.keyboard.press("Escape")
    await expect(line(owner)).to_have_count(0)
    await owner.page.mouse.up()
    await owner.channel("red").click()
    await expect(owner.page.get_by_role("heading", name="red", level=1)).to_be_visible()
    await expect_order(owner, BEFORE)
    assert not any("PATCH" in each for each in owner.answers)


async def test_what_the_server_refuses_is_taken_back(owner: Visitor, letters: Community) -> None:
    async def refuse(route: Route) -> None:
        if route.request.method != "PATCH":
            return await route.fallback()
        return await route.fulfill(status=403, json={"error": "Not yours to move.", "code": "missing_permission"})

    await owner.page.route("**/api/servers/*/channels", refuse)
    await drag(owner, owner.channel("beta"), owner.channel("alpha"), 0.2)
    await expect(owner.page.locator(".toast.error")).to_be_visible()
    await expect_order(owner, BEFORE)
    owner.complaints.clear()  # the browser's line about the 403


async def test_menus_move_as_the_mouse_does(owner: Visitor, member: Visitor, letters: Community, axe: str) -> None:
    await owner.channel("beta").click(button="right")
    assert [each for each in await entries(owner) if each.startswith("Move")] == [
        *("Move up", "Move down", "Move to category")
    ]
    assert await found(owner, axe) == []
    await choose(owner, "Move up")
    await expect_order(member, ("Channels", "general", "Lounge", "Letters", "beta", "alpha", "Colours", "red"))
    await expect(owner.page.locator("#announcer")).to_have_text("beta: position 1 of 2 in Letters")
    await expect(owner.channel("beta")).to_be_focused()
    await owner.page.keyboard.press("Shift+F10")
    await menu(owner).get_by_role("menuitem", name="Move to category").focus()
    await owner.page.keyboard.press("ArrowRight")
    await owner.page.get_by_role("menuitem", name="Colours").press("Enter")
    await expect_order(member, ("Channels", "general", "Lounge", "Letters", "alpha", "Colours", "red", "beta"))
    await expect(owner.channel("beta")).to_be_focused()
    await owner.channel("beta").click(button="right")
    assert "Move down" not in await entries(owner)
    await owner.page.keyboard.press("Escape")
    await fold(owner, "Colours").click(button="right")
    await choose(owner, "Move up")
    await expect_order(member, ("Channels", "general", "Lounge", "Colours", "red", "beta", "Letters", "alpha"))


async def test_a_finger_finds_the_same_in_the_sheet(visit: Visit, letters: Community) -> None:
    owner = await visit(letters.owner, **PHONE)
    await owner.button("Open Club").first.click()
    await owner.button("Show servers and channels").tap()
    await rest_on(await Fingers.on(owner.page), owner.channel("beta"))
    sheet = owner.page.get_by_role("dialog", name="Actions for beta")
    await sheet.get_by_role("button", name="Move to category").tap()
    await owner.page.get_by_role("dialog").get_by_role("button", name="No category").tap()
    await expect_order(owner, ("Channels", "general", "Lounge", "beta", "Letters", "alpha", "Colours", "red"))


@pytest.mark.extended("dragging is tried by mouse and menus in the other tests here")
async def test_a_member_cannot_drag(member: Visitor, letters: Community) -> None:
    beta, alpha = await member.channel("beta").bounding_box(), await member.channel("alpha").bounding_box()
    assert beta is not None
    assert alpha is not None
    mouse = member.page.mouse
    await mouse.move(beta["x"] + 40, beta["y"] + 5)
    await mouse.down()
    await mouse.move(alpha["x"] + 40, alpha["y"] + 2, steps=8)
    await expect(line(member)).to_have_count(0)
    await mouse.up()
    await expect(listed(member)).not_to_have_attribute("data-sortable", "")
    await member.channel("beta").click(button="right")
    assert not any(each.startswith("Move") for each in await entries(member))
    await expect_order(member, BEFORE)
    assert not any("PATCH" in each for each in member.answers)
