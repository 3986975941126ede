"""In every theme axe finds nothing in documents, and everything in them works by keyboard alone."""

from typing import Any, Final

import pytest
from playwright.async_api import expect

from tests.browser import test_accessibility
from tests.browser.conftest import Visit, inside
from tests.browser.documents import TITLE, Writer, begin, choose, opened
from tests.browser.test_accessibility import PHONE
from tests.browser.themes import found_in_themes
from tests.browser.visitor import Visitor
from tests.people import Community

pytestmark = pytest.mark.extended("how it looks; test_accessibility examines every screen in both themes")

axe: Final = test_accessibility.axe
TEXT: Final = (
    "# Rules\n\n[page](https://example.org)\n\n> said\n\n- [x] tea\n\n```py\n1\n```\n\n| a |\n| - |\n| 1 |\n\nשלום\n"  # noqa: RUF001
)
SCREENS: Final[dict[str, dict[str, Any]]] = {"wide": {}, "phone": PHONE}


@pytest.mark.parametrize("screen", SCREENS)
async def test_axe_finds_nothing(visit: Visit, community: Community, axe: str, screen: str) -> None:
    await begin(community.owner, community.channel, TEXT)
    visitor = await visit(community.owner, **SCREENS[screen])
    if screen == "phone":
        await visitor.button("Open Club").first.click()
        await expect(visitor.composer()).to_be_visible()
    else:
        await inside(visitor)
    await visitor.button("Documents").click()
    await expect(visitor.page.get_by_role("dialog").get_by_text(TITLE)).to_be_visible()
    assert await found_in_themes(visitor, axe) == []
    await visitor.page.keyboard.press("Escape")
    ann = await opened(visitor)
    await ann.sees("Rules")
    await visitor.button("Show who wrote what").click()
    await expect(visitor.page.locator(".written").first).to_be_visible()
    assert await found_in_themes(visitor, axe) == []
    await visitor.button("Read", exact=True).click()
    await expect(visitor.page.get_by_role("cell", name="1")).to_be_visible()
    assert await found_in_themes(visitor, axe) == []
    await choose(visitor, TITLE, "History")
    if screen == "phone":
        await visitor.page.get_by_role("list", name="Changes").get_by_role("button").click()
    await expect(visitor.page.get_by_text("This version is the same as the current text.")).to_be_visible()
    assert await found_in_themes(visitor, axe) == []
    beyond: int = await visitor.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert beyond <= 0


async def test_by_keyboard_alone(owner: Visitor, community: Community) -> None:
    page = owner.page
    await owner.button("Documents").focus()
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Documents")
    await expect(dialog.get_by_text("No documents here yet")).to_be_visible()
    await dialog.get_by_role("button", name="New document").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("Title")).to_be_focused()
    await page.keyboard.type(TITLE)
    await page.keyboard.press("Enter")
    ann = Writer(owner)
    await expect(ann.box).to_be_focused()
    await page.keyboard.type("tea")
    await page.keyboard.press("Control+Shift+9")
    await ann.sees("- [ ] tea")
    await page.keyboard.press("Control+Enter")
    await ann.sees("- [x] tea")
    await page.keyboard.press("Shift+Tab")
    await expect(owner.button("Undo")).to_be_focused()
    await page.keyboard.press("Enter")
    await ann.sees("- [ ] tea")
    await expect(ann.box).to_be_focused()
    await ann.is_saved()
    await page.keyboard.press("Tab")
    await expect(ann.box).not_to_be_focused()
    await owner.button(f"{TITLE}: document menu").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("menuitem", name="Find in document")).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await expect(page.get_by_role("menuitem", name="History")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(owner.button(f"{TITLE}: document menu")).to_be_focused()
