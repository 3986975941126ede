"""The main workflow by keyboard alone: nothing is clicked, and the focus is always somewhere sensible."""

from uuid import uuid4

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor
from tests.people import PASSWORD, Community

MOST_STEPS = 60


async def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus; it must be reached."""
    for _ in range(MOST_STEPS):
        if await target.evaluate("each => each === document.activeElement"):
            return
        await page.keyboard.press("Tab")
    await expect(target).to_be_focused()


async def is_somewhere(page: Page) -> None:
    """The focus is on something visible, and not lost on the page as a whole."""
    await page.wait_for_function(
        "() => document.activeElement !== document.body && document.activeElement?.checkVisibility()"
    )


@pytest.mark.extended("test_keyboard_journey goes a longer way")
async def test_from_registering_to_logging_out(visit: Visit) -> None:
    visitor = await visit()
    page = visitor.page
    visitor.name = f"keys_{uuid4().hex[:8]}"
    await tab_to(page, visitor.button("Create account"))
    await page.keyboard.press("Enter")
    await tab_to(page, page.get_by_label("Username"))
    await page.keyboard.type(visitor.name)
    await tab_to(page, page.get_by_label("Password", exact=True))
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await visitor.is_home()

    await tab_to(page, visitor.button("Create a server"))
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("Server name")).to_be_focused()
    await page.keyboard.type("By Keys")
    await page.keyboard.press("Enter")
    await expect(visitor.button("By Keys: server menu")).to_be_visible()

    await tab_to(page, visitor.button("Create channel").first)
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("Channel name")).to_be_focused()
    await page.keyboard.type("first")
    await page.keyboard.press("Enter")
    await expect(visitor.composer("first")).to_be_visible()
    await is_somewhere(page)

    await tab_to(page, visitor.composer("first"))
    await page.keyboard.type("written by keys")
    await page.keyboard.press("Enter")
    await visitor.sent("written by keys")
    await expect(visitor.composer("first")).to_be_focused()

    await page.keyboard.press("Shift+F6")
    await expect(visitor.message("written by keys")).to_be_focused()
    await page.keyboard.press("+")
    await expect(page.get_by_role("searchbox", name="Search emoji")).to_be_focused()
    await page.keyboard.type("tada")
    await expect(page.get_by_role("dialog", name="Choose an emoji").get_by_role("button").first).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(visitor.message("written by keys").get_by_role("button", name="🎉, 1")).to_be_visible()
    await expect(visitor.message("written by keys")).to_be_focused()

    await page.keyboard.press("e")
    await page.keyboard.type(" alone")
    await page.keyboard.press("Enter")
    await visitor.sees("written by keys alone")
    await expect(visitor.composer("first")).to_be_focused()

    await page.keyboard.press("Control+f")
    await expect(page.get_by_role("searchbox", name="Search By Keys")).to_be_focused()
    await page.keyboard.type("alone")
    await expect(page.get_by_role("region", name="Search").get_by_role("listitem")).to_have_count(1)
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(visitor.message("written by keys alone")).to_be_focused()
    await page.keyboard.press("Control+f")
    await page.keyboard.press("Escape")
    await is_somewhere(page)

    await page.keyboard.press("Control+/")
    await expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    await page.keyboard.press("Escape")
    await is_somewhere(page)
    await page.keyboard.press("Control+k")
    await page.keyboard.type("*By Keys")
    await page.keyboard.press("Enter")
    await expect(visitor.composer("first")).to_be_focused()

    await tab_to(page, visitor.button("By Keys: server menu"))
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("menu")).to_be_visible()
    await page.keyboard.press("Escape")
    await is_somewhere(page)
    await tab_to(page, visitor.button("Your account and status"))
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("menuitem", name="Log out")).to_be_visible()
    await page.keyboard.press("End")
    await expect(page.get_by_role("menuitem", name="Log out")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(visitor.button("Log in")).to_be_visible()
    assert await page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('coterie-own-'))") == []


async def test_what_a_screen_reader_announces(owner: Visitor, community: Community) -> None:
    name = community.member.username
    await community.member.send(community.channel, "first **words**")
    await community.member.send(community.channel, "right behind")
    rows = owner.log.get_by_role("article")
    await expect(rows).to_have_count(2)
    for row, words in zip(await rows.all(), ("first words", "right behind"), strict=True):
        # The author and the words, of grouped messages as well, then the time.
        label = await row.evaluate(
            "row => row.getAttribute('aria-labelledby').split(' ')"
            ".map((id) => document.getElementById(id)?.textContent)"
        )
        assert [part.strip() for part in label[:2]] == [name, words]
        assert any(letter.isdigit() for letter in label[2])
    told = owner.page.get_by_role("status", name="Newest message")
    await expect(told).to_have_text(f"{name}: right behind")
    await community.member.send(community.channel, "long " * 700)
    await expect(told).to_contain_text("…")
    assert len(await told.inner_text()) < 400
    await community.member.send(community.channel, "so ||secret|| it is")
    await expect(told).to_contain_text("it is")
    await expect(told).not_to_contain_text("secret")
    await expect(owner.page.get_by_role("status", name="Who is typing")).to_have_attribute("aria-live", "off")
    tree = await owner.log.aria_snapshot()
    assert 'button "Hidden text: select to show"' in tree
    assert "secret" not in tree
