"""Everything can be reached on a phone, with the keyboard alone, and by a screen reader."""

import asyncio
import re
from uuid import uuid4

import pytest
from playwright.async_api import Route, expect

from tests.browser.conftest import Visit, inside
from tests.browser.visitor import Visitor
from tests.people import Community

PUSHED = """() => [...document.querySelectorAll(":modal *, :modal, [role=log], aside *")]
    .filter((each) => ["auto", "scroll", "hidden"].includes(getComputedStyle(each).overflowX))
    .filter((each) => getComputedStyle(each).textOverflow !== "ellipsis" && !each.closest(".unseen, .roles"))
    .filter((each) => each.scrollWidth > each.clientWidth + 1)
    .map((each) => each.outerHTML.slice(0, 200))"""
"""What is wider than its container, and would be scrolled sideways or cut off."""

PHONE = {"viewport": {"width": 390, "height": 780}, "is_mobile": True, "has_touch": True}


async def test_on_a_phone(visit: Visit, community: Community) -> None:
    member = await visit(community.member, **PHONE)
    await member.button("Open Club").first.click()
    await expect(member.composer()).to_be_visible()
    width = await member.page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390
    await member.say("from my pocket")
    await member.sees("from my pocket")
    await member.message("from my pocket").get_by_text("from my pocket").tap()
    await member.message("from my pocket").get_by_role("button", name="Edit message").tap()
    await member.page.get_by_role("textbox", name="Edit message").fill("from my other pocket")
    await member.button("Save").tap()
    await member.sees("from my other pocket")
    await expect(member.channel("general")).not_to_be_in_viewport()
    await member.button("Show servers and channels").tap()
    await expect(member.channel("general")).to_be_in_viewport()
    await member.channel("general").tap()
    await expect(member.channel("general")).not_to_be_in_viewport()
    await member.button("Show members").tap()
    members = member.page.get_by_role("complementary", name="Members")
    await expect(members.get_by_text(community.owner.username)).to_be_in_viewport()
    await member.page.keyboard.press("Escape")
    await expect(members).to_have_count(0)


@pytest.mark.extended("test_the_largest_text_on_a_phone needs the same room")
async def test_long_names_stay_within(visit: Visit, community: Community) -> None:
    """Whatever names users choose, nothing is pushed out of a panel or a dialog."""
    server, owner = f"/api/servers/{community.server}", community.owner
    await owner.expect(200, "PATCH", f"{server}/members/@me", {"nickname": "W" * 32})
    role = await owner.expect(201, "POST", f"{server}/roles", {"name": "R" * 100})
    await owner.expect(204, "PUT", f"{server}/members/{owner.id}/roles/{role['id']}")
    await owner.expect(200, "PATCH", f"{server}/channels/{community.channel}", {"topic": "t" * 200})
    visitor = await inside(await visit(owner))
    await expect(visitor.log.get_by_text("t" * 200)).to_be_visible()
    await expect(visitor.page.get_by_role("complementary").get_by_text("W" * 32)).to_be_visible()
    assert await visitor.page.evaluate(PUSHED) == []

    await visitor.choose("Server settings")
    for section, name in (("Roles", "R" * 100), ("Members", "W" * 32)):
        await visitor.page.get_by_role("tab", name=section).click()
        await expect(visitor.page.get_by_role("tabpanel").get_by_text(name).first).to_be_visible()
        assert await visitor.page.evaluate(PUSHED) == []
    await visitor.page.get_by_role("tabpanel").get_by_role("button", name="W" * 32).click()
    await expect(visitor.page.get_by_role("checkbox", name="R" * 100)).to_be_checked()
    assert await visitor.page.evaluate(PUSHED) == []


BEYOND = """() => [...document.querySelectorAll(":modal *, nav *, main header *")]
    .filter((each) => each.checkVisibility({ visibilityProperty: true }) && !each.closest("[role=tablist], .unseen"))
    .filter((each) => each.getBoundingClientRect().width)
    .filter((each) => each.getBoundingClientRect().right > innerWidth + 1 || each.getBoundingClientRect().left < -1)
    .map((each) => each.outerHTML.slice(0, 200))"""
"""What lies beyond the sides of the screen, except for tabs, which are swiped."""


async def test_the_largest_text_on_a_phone(visit: Visit, community: Community) -> None:
    owner = await visit(community.owner, **PHONE)
    page = owner.page

    async def fits() -> None:
        await expect(page.locator(":modal [aria-busy=true]")).to_have_count(0)
        assert await page.evaluate(BEYOND) == []

    async def sections() -> None:
        for tab in await page.get_by_role("dialog").get_by_role("tab").all():
            await tab.click()
            await expect(tab).to_have_attribute("aria-selected", "true")
            await fits()

    await owner.button("Open Club").first.click()
    await expect(owner.composer()).to_be_visible()
    await owner.button("Show servers and channels").tap()
    await owner.button("Your account and status").click()
    await page.get_by_role("menuitem", name="Account settings").click()
    await page.get_by_role("tab", name="Appearance").click()
    await page.get_by_label("Text size").select_option(label="200%")
    await sections()
    await page.keyboard.press("Escape")
    await expect(owner.channel("general")).to_be_in_viewport()
    await fits()
    await owner.choose("Server settings")
    await sections()
    await page.get_by_role("tab", name="Channels").click()
    await page.get_by_role("button", name="Permissions for general").click()
    await expect(page.get_by_role("group", name="Send messages")).to_be_visible()
    await fits()


async def test_the_layout_follows_the_text_size_of_the_browser(visit: Visit, community: Community) -> None:
    member = await visit(community.member, place=community.place, viewport={"width": 820, "height": 640})
    browser = await member.page.context.new_cdp_session(member.page)
    navigation = member.button("Show servers and channels")
    for size, is_drawer in ((16, False), (32, True), (16, False)):
        await browser.send("Page.setFontSizes", {"fontSizes": {"standard": size}})
        await expect(navigation).to_be_visible(visible=is_drawer)
        await expect(member.channel("general")).to_be_visible(visible=not is_drawer)
        await expect(member.composer()).to_be_in_viewport(ratio=1)


@pytest.mark.extended("other tests log in, open menus and leave wrong addresses")
async def test_one_gets_back_from_what_is_not_there(member: Visitor) -> None:
    for place, shown in (("s", "Good to see you"), ("c", "Friends")):
        await member.page.evaluate("(hash) => (location.hash = hash)", f"#/{place}/{uuid4()}")
        await expect(member.page.get_by_role("heading", name=shown).first).to_be_visible()
        await expect(member.page.get_by_text("This page no longer exists").last).to_be_visible()
        await member.page.go_back()
        await expect(member.composer()).to_be_visible()
    member.complaints.clear()  # there is no such conversation


async def test_with_the_keyboard_alone(visit: Visit, community: Community) -> None:
    owner = await visit(community.owner)
    keyboard = owner.page.keyboard
    await owner.button("Open Club").first.focus()
    await keyboard.press("Enter")
    await expect(owner.composer()).to_be_focused()
    for text in ("one", "two", "three"):
        await keyboard.type(text)
        await keyboard.press("Enter")
        await owner.sent(text)

    for _ in ("create a poll", "attach files", "messages"):
        await keyboard.press("Shift+Tab")
    await expect(owner.message("three")).to_be_focused()
    for _ in ("one stop before the composer", "and nothing in a row is one"):
        await keyboard.press("Tab")
        await expect(owner.button("Attach files")).to_be_focused()
        await keyboard.press("Shift+Tab")
        await expect(owner.message("three")).to_be_focused()
    await keyboard.press("ArrowRight")
    await expect(owner.message("three").get_by_role("button", name="Add a reaction")).to_be_focused()
    await keyboard.press("ArrowRight")
    await expect(owner.message("three").get_by_role("button", name="Reply")).to_be_focused()
    await keyboard.press("Escape")
    await expect(owner.message("three")).to_be_focused()
    await keyboard.press("ArrowUp")
    await expect(owner.message("two")).to_be_focused()
    for key in ("+", "t"):
        await keyboard.press(key)
        await expect(owner.message("two")).not_to_be_focused()
        await expect(owner.page.locator("[role=dialog] input:focus, aside textarea:focus")).to_have_count(1)
        await keyboard.press("Escape")
        await expect(owner.message("two")).to_be_focused()
    await keyboard.press("e")
    await expect(owner.page.get_by_role("textbox", name="Edit message")).to_be_focused()
    await keyboard.type(" and a half")
    await keyboard.press("Enter")
    await owner.sees("two and a half")
    await expect(owner.composer()).to_be_focused()

    for _ in ("attach files", "messages"):
        await keyboard.press("Shift+Tab")
    await keyboard.press("Escape")
    await expect(owner.composer()).to_be_focused()


async def test_dialogs_and_menus_take_and_return_the_focus(visit: Visit, community: Community) -> None:
    owner = await visit(community.owner)
    await owner.open_server("Club")
    await expect(owner.composer()).to_be_focused()
    menu = owner.button("Club: server menu")
    await menu.focus()
    await owner.page.keyboard.press("Enter")
    await expect(owner.page.get_by_role("menuitem", name="Notifications")).to_be_focused()
    await owner.page.keyboard.press("Escape")
    await expect(menu).to_be_focused()
    await owner.button("Add a server").focus()
    await owner.page.keyboard.press("Enter")
    await expect(owner.page.get_by_label("Server name")).to_be_focused()
    await owner.page.keyboard.press("Escape")
    await expect(owner.button("Add a server")).to_be_focused()


@pytest.mark.extended("other tests log in, open menus and leave wrong addresses")
async def test_a_menu_that_is_asked_for_before_it_was_loaded_takes_the_focus(
    visit: Visit, community: Community
) -> None:
    owner = await visit(community.owner)
    asked = asyncio.Event()

    async def wait(route: Route) -> None:
        await asked.wait()
        await route.fallback()

    await owner.page.route("**/MenuList-*.js", wait)
    await owner.open_server("Club")
    await expect(owner.composer()).to_be_focused()
    await owner.button("Club: server menu").focus()
    await owner.page.keyboard.press("Enter")
    asked.set()
    await expect(owner.page.get_by_role("menuitem", name="Notifications")).to_be_focused()


async def test_new_messages_are_announced(visit: Visit, community: Community) -> None:
    member = await visit(community.member)
    await member.open_server("Club")
    await member.open_channel("general")
    await expect(member.page.get_by_role("heading", name="Welcome to #general")).to_be_visible()
    await community.owner.send(community.channel, "can you hear me?")
    announced = member.page.get_by_role("status", name="Newest message")
    await expect(announced).to_have_text(f"{community.owner.username}: can you hear me?")


@pytest.mark.extended("other tests log in, open menus and leave wrong addresses")
async def test_the_page_names_itself(visit: Visit, community: Community) -> None:
    member = await visit()
    await expect(member.page).to_have_title("Log in · Coterie")
    assert await member.page.locator("html").get_attribute("lang") == "en"
    await member.log_in(community.member.username)
    await member.open_server("Club")
    await expect(member.page).to_have_title(re.compile("#general · Club$"))


@pytest.mark.extended("other tests log in, open menus and leave wrong addresses")
async def test_a_refused_login_says_why(visit: Visit) -> None:
    somebody = await visit()
    await somebody.page.get_by_label("Username or email").fill("nobody_at_all")
    await somebody.page.get_by_label("Password", exact=True).fill("not the password")
    await somebody.button("Log in").click()
    await expect(somebody.page.get_by_role("alert")).to_be_visible()
    assert "401 POST /api/auth/login" in somebody.answers
    somebody.complaints.clear()  # Chromium reports the 401
