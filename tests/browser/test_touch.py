"""A phone: swipes, long presses, pinches and pulls, and an on-screen keyboard over the page."""

import time
from typing import Any, Final

import pytest
from playwright.async_api import CDPSession, Locator, Page, expect

from tests.browser.conftest import Visit
from tests.browser.files import pick, picture
from tests.browser.visitor import Visitor
from tests.people import Community

PHONE: Final[dict[str, Any]] = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
STEP_S: Final = 0.03
LEFT_PX: Final = 420
COVER: Final = """(height) => {
    Object.defineProperty(visualViewport, "height", { get: () => height, configurable: true });
    visualViewport.dispatchEvent(new Event("resize"));
}"""
"""What Safari does when its keyboard comes: less of the page is seen, and the page is as high as before."""
COVERS: Final = """([image, width]) => {
    const { left, right } = image.getBoundingClientRect();
    return innerWidth === width && left < 1 && right > width - 1;
}"""

Point = tuple[float, float]


class Fingers:
    """Touches with quick timestamps, so that a swipe is one on a slow machine too."""

    def __init__(self, session: CDPSession) -> None:
        self.session: Final = session
        self.last = 0.0

    @classmethod
    async def on(cls, page: Page) -> "Fingers":
        return cls(await page.context.new_cdp_session(page))

    async def touch(self, kind: str, *points: Point, is_first: bool = False) -> None:
        """The first of a movement happens now, each other one at most STEP_S after the one before."""
        self.last = time.time() if is_first else min(time.time(), self.last + STEP_S)
        touched = [{"x": x, "y": y, "id": finger} for finger, (x, y) in enumerate(points)]
        given = {"type": kind, "touchPoints": touched, "timestamp": self.last}
        await self.session.send("Input.dispatchTouchEvent", given)

    async def swipe(self, start: Point, end: Point) -> None:
        half = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
        await self.touch("touchStart", start, is_first=True)
        for point in (half, end):
            await self.touch("touchMove", point)
        await self.touch("touchEnd")

    async def spread(self, middle: Point, apart: float) -> None:
        """Two fingers go from 50 pixels left and right of the middle to `apart`."""
        x, y = middle
        await self.touch("touchStart", (x - 50, y), is_first=True)
        await self.touch("touchStart", (x - 50, y), (x + 50, y))
        await self.touch("touchMove", (x - apart, y), (x + apart, y))
        await self.touch("touchEnd")

    async def tap_twice(self, at: Point) -> None:
        for is_first in (True, False):
            await self.touch("touchStart", at, is_first=is_first)
            await self.touch("touchEnd")


async def bottom(locator: Locator) -> float:
    box = await locator.bounding_box()
    assert box is not None
    return box["y"] + box["height"]


async def left(locator: Locator) -> float:
    box = await locator.bounding_box()
    assert box is not None
    return box["x"]


async def test_sides_and_sheets(visit: Visit, community: Community) -> None:
    member = await visit(community.member, **PHONE)
    fingers = await Fingers.on(member.page)
    await member.button("Open Club").first.click()
    await member.say("press me")
    await member.sent("press me")
    await fingers.swipe((60, 400), (300, 400))
    await expect(member.channel("general")).to_be_in_viewport()
    await fingers.swipe((300, 400), (60, 400))
    await expect(member.channel("general")).not_to_be_in_viewport()
    await member.button("Search messages").tap()
    found = member.page.get_by_role("searchbox", name="Search Club")
    await expect(found).to_be_focused()
    await fingers.swipe((60, 400), (300, 400))
    await expect(found).to_have_count(0)

    await fingers.touch("touchStart", (await left(words(member)) + 5, await bottom(words(member)) - 5), is_first=True)
    sheet = member.page.get_by_role("dialog", name="Message actions")
    await expect(sheet).to_be_visible()
    await fingers.touch("touchEnd")
    await sheet.get_by_role("button", name="Reply").tap()
    await expect(sheet).to_have_count(0)
    await expect(member.page.get_by_text(f"Replying to {community.member.username}")).to_be_visible()
    await a_keyboard_over_the_page(member)


def words(member: Visitor) -> Locator:
    return member.message("press me").get_by_text("press me")


async def a_keyboard_over_the_page(member: Visitor) -> None:
    page = member.page
    high = await bottom(member.composer())
    await page.evaluate(COVER, LEFT_PX)
    assert await bottom(member.composer()) < LEFT_PX
    await member.button("Emoji").tap()
    picker = page.get_by_role("dialog", name="Emoji")
    await expect(picker).to_be_focused()
    assert await bottom(picker) < LEFT_PX
    await page.keyboard.press("Escape")
    await page.evaluate(COVER, PHONE["viewport"]["height"])
    assert await bottom(member.composer()) == high

    await member.button("Show servers and channels").tap()
    await member.button("Add a server").tap()
    field = page.get_by_role("textbox", name="Description")
    await field.tap()
    await page.evaluate(COVER, LEFT_PX / 2)
    assert await bottom(field) < LEFT_PX / 2, "the keyboard hides what one writes"


@pytest.mark.extended("test_files enlarges and moves one")
async def test_pictures(visit: Visit, community: Community) -> None:
    member = await visit(community.member, **PHONE)
    await member.button("Open Club").first.click()
    await pick(member, picture("beach.png"), picture("hill.png"))
    await member.button("Send message").tap()
    await expect(member.button("Open picture hill.png")).to_be_visible()
    await member.button("Open picture beach.png").tap()
    viewer = member.page.get_by_role("dialog")
    beach = viewer.get_by_role("img", name="beach.png")
    await expect(beach).to_have_js_property("complete", True)
    fingers = await Fingers.on(member.page)

    await fingers.spread((195, 450), 100)
    await expect(beach).to_have_css("scale", "2")
    before = await left(beach)
    await fingers.swipe((200, 450), (120, 450))
    assert round(await left(beach) - before) == -80
    await fingers.tap_twice((195, 450))
    await expect(beach).to_have_css("scale", "1")
    await fingers.tap_twice((100, 450))
    await expect(beach).to_have_css("scale", "2.5")
    await turned_at_its_edge(member.page, beach, fingers)
    await fingers.tap_twice((195, 450))
    await expect(beach).to_have_css("scale", "1")

    await fingers.swipe((300, 450), (80, 450))
    await expect(viewer.get_by_role("img", name="hill.png")).to_be_visible()
    await fingers.swipe((80, 450), (300, 450))
    await expect(beach).to_be_visible()
    await fingers.swipe((200, 400), (200, 450))
    await expect(viewer).to_be_visible()
    await fingers.swipe((200, 400), (200, 600))
    await expect(viewer).to_have_count(0)


async def turned_at_its_edge(page: Page, image: Locator, fingers: Fingers) -> None:
    """An enlarged picture still covers the width of the phone once it is turned."""
    await fingers.swipe((100, 450), (380, 450))
    width, height = PHONE["viewport"]["width"], PHONE["viewport"]["height"]
    for turned in ((height, width), (width, height)):
        await page.set_viewport_size({"width": turned[0], "height": turned[1]})
        await page.wait_for_function(COVERS, arg=[await image.element_handle(), turned[0]])


async def test_enter_makes_a_line_and_the_button_sends(visit: Visit, community: Community) -> None:
    member = await visit(community.member, **PHONE)
    await member.button("Open Club").first.click()
    await member.composer().press_sequentially("milk\nbread")
    await expect(member.composer()).to_have_value("milk\nbread")
    await expect(member.composer()).to_have_attribute("enterkeyhint", "enter")
    await member.button("Send message").tap()
    await expect(member.log.get_by_role("article").last).to_contain_text("bread")
    await member.composer().fill("with a keyboard")
    await member.composer().press("Control+Enter")
    await member.sent("with a keyboard")


async def test_a_finger_that_rests_on_a_button_learns_its_name(visit: Visit, community: Community) -> None:
    member = await visit(community.member, **PHONE)
    fingers = await Fingers.on(member.page)
    await member.button("Open Club").first.click()
    box = await member.button("Pinned messages").bounding_box()
    assert box is not None
    await fingers.touch("touchStart", (box["x"] + 9, box["y"] + 9), is_first=True)
    await expect(member.page.locator(".tip:popover-open")).to_have_text("Pinned messages")
    await fingers.touch("touchEnd")
    await expect(member.page.get_by_role("dialog")).to_have_count(0)
