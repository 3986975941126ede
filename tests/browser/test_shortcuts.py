"""Navigating by keyboard: the quick switcher, the list of shortcuts, and steps through channels and messages."""

import asyncio
import re

import pytest
from playwright.async_api import Locator, Route, expect

from tests.browser.conftest import Visit
from tests.browser.test_accessibility import axe, found
from tests.browser.visitor import Visitor
from tests.patience import PATIENCE
from tests.people import Community, befriend

__all__ = ["axe"]


async def add_channel(community: Community, name: str) -> str:
    body = {"name": name, "type": "text"}
    made = await community.owner.expect(201, "POST", f"/api/servers/{community.server}/channels", body)
    return str(made["id"])


def switcher(visitor: Visitor) -> Locator:
    return visitor.page.get_by_role("dialog", name="Go to")


@pytest.mark.extended("the keys are tried in the other tests here and in the journey by keys")
async def test_the_switcher_goes_to_a_channel(owner: Visitor, community: Community, axe: str) -> None:
    await add_channel(community, "kitchen garden")
    await expect(owner.channel("kitchen garden")).to_be_visible()
    await owner.page.keyboard.press("Control+k")
    field = switcher(owner).get_by_role("combobox")
    await expect(field).to_be_focused()
    await owner.page.keyboard.type("gard")
    option = switcher(owner).get_by_role("option", selected=True)
    await expect(option).to_contain_text("kitchen garden")
    await expect(field).to_have_attribute("aria-activedescendant", await option.get_attribute("id") or "")
    assert await found(owner, axe) == []
    await owner.page.keyboard.press("Enter")
    await expect(switcher(owner)).to_have_count(0)
    await expect(owner.composer("kitchen garden")).to_be_focused()


async def test_the_switcher_finds_people_and_where_one_was_lately(visit: Visit, community: Community) -> None:
    await befriend(community.owner, community.member)
    visitor = await visit(community.owner)
    await visitor.page.keyboard.press("Control+k")
    await visitor.page.keyboard.type(f"@{community.member.username}")
    await expect(switcher(visitor).get_by_role("option", selected=True)).to_contain_text(community.member.username)
    await visitor.page.keyboard.press("Enter")
    here = visitor.page.get_by_role("textbox", name=f"Message {community.member.username}")
    await expect(here).to_be_focused()
    await visitor.page.keyboard.press("Control+k")
    await visitor.page.keyboard.type("#general")
    await visitor.page.keyboard.press("Enter")
    await expect(visitor.composer()).to_be_focused()
    await visitor.page.keyboard.press("Control+k")
    await expect(switcher(visitor).get_by_role("option").first).to_contain_text(community.member.username)
    await visitor.page.keyboard.press("Enter")
    await expect(here).to_be_focused()


@pytest.mark.extended("the keys are tried in the other tests here and in the journey by keys")
async def test_nothing_found_is_said_and_escape_goes_back(owner: Visitor) -> None:
    await owner.composer().focus()
    await owner.page.keyboard.press("Control+k")
    await owner.page.keyboard.type("qqqqzzzz")
    await expect(switcher(owner).get_by_role("status").first).to_have_text("No results.")
    await owner.page.keyboard.press("Escape")
    await expect(owner.composer()).to_be_focused()


@pytest.mark.extended("the keys are tried in the other tests here and in the journey by keys")
@pytest.mark.parametrize(("key", "typed"), [("Control+k", "gen"), ("Control+f", "from:me")])
async def test_what_is_typed_before_a_field_has_come_is_not_lost(owner: Visitor, key: str, typed: str) -> None:
    await owner.composer().focus()
    await owner.page.keyboard.press(key)
    await owner.page.keyboard.type(typed)
    field = owner.page.get_by_role("combobox", name="Where to?").or_(owner.page.get_by_role("searchbox"))
    await expect(field).to_have_value(typed)
    await expect(owner.composer()).to_have_value("")


@pytest.mark.extended("the keys are tried in the other tests here and in the journey by keys")
async def test_enter_and_escape_count_before_a_field_has_come(owner: Visitor, community: Community) -> None:
    """A user who is quicker than the network loses neither Enter nor what they type afterwards."""
    await add_channel(community, "garden")
    await expect(owner.channel("garden")).to_be_visible()
    asked, may_come = asyncio.Event(), asyncio.Event()

    async def late(route: Route) -> None:
        asked.set()
        await may_come.wait()
        await route.continue_()

    await owner.page.route(re.compile("/Switcher-"), late)
    await owner.composer().focus()
    await owner.page.keyboard.press("Control+k")
    await owner.page.keyboard.type("no")
    await owner.page.keyboard.press("Escape")
    await expect(owner.composer()).to_be_focused()
    await owner.page.keyboard.type("hello")
    await expect(owner.composer()).to_have_value("hello")
    await owner.page.keyboard.press("Control+k")
    await owner.page.keyboard.type("#gardx")
    await owner.page.keyboard.press("Backspace")
    await owner.page.keyboard.press("Enter")
    async with asyncio.timeout(PATIENCE):
        await asked.wait()
    may_come.set()
    await expect(owner.composer("garden")).to_be_focused()
    await expect(switcher(owner)).to_have_count(0)


@pytest.mark.extended("web/tests/shortcuts.test.ts compares both")
async def test_the_sheet_lists_what_is_bound(owner: Visitor, axe: str) -> None:
    await owner.channel("general").focus()
    await owner.page.keyboard.press("?")
    sheet = owner.page.get_by_role("dialog", name="Keyboard shortcuts")
    await expect(sheet.get_by_text("Go to a channel, conversation, person or server")).to_be_visible()
    assert await found(owner, axe) == []
    await owner.page.keyboard.press("Escape")
    await expect(sheet).to_have_count(0)
    await expect(owner.channel("general")).to_be_focused()
    await owner.composer().press("Control+/")
    await expect(sheet).to_be_visible()


@pytest.mark.extended("the keys are tried in the other tests here and in the journey by keys")
async def test_a_question_mark_can_still_be_written(owner: Visitor) -> None:
    await owner.composer().press_sequentially("why?")
    await expect(owner.composer()).to_have_value("why?")


@pytest.mark.extended("web/tests choose the next channel")
async def test_steps_through_channels_and_to_what_is_new(owner: Visitor, community: Community) -> None:
    await add_channel(community, "attic")
    barn = await add_channel(community, "barn")
    await expect(owner.channel("barn")).to_be_visible()
    await owner.composer().press("Alt+ArrowDown")
    await expect(owner.composer("attic")).to_be_visible()
    await owner.page.keyboard.press("Alt+ArrowUp")
    await expect(owner.composer()).to_be_visible()
    await community.member.send(barn, "over here")
    await expect(owner.page.get_by_role("button", name="barn, unread messages")).to_be_visible()
    await owner.page.keyboard.press("Alt+Shift+ArrowDown")
    await owner.sees("over here")
    await expect(owner.composer("barn")).to_be_focused()


@pytest.mark.extended("test_unread reads to the end")
async def test_escape_goes_to_the_newest_message(owner: Visitor, community: Community) -> None:
    for count in range(40):
        await community.member.send(community.channel, f"line {count}" + "\n.\n." * 4)
    await expect(owner.log.get_by_text("line 39")).to_be_visible()
    await owner.log.evaluate("log => log.scrollTop = 0")
    await expect(owner.button("Jump to the present")).to_be_visible()
    await owner.composer().press("Escape")
    await expect(owner.button("Jump to the present")).to_have_count(0)
    await expect(owner.composer()).to_be_focused()


async def test_a_message_is_acted_on_by_keys(owner: Visitor, community: Community) -> None:
    await community.member.send(community.channel, "theirs")
    await owner.say("mine")
    await owner.sent("mine")
    await owner.composer().focus()
    await owner.page.keyboard.press("Shift+F6")
    await expect(owner.message("mine")).to_be_focused()
    await owner.page.keyboard.press("p")
    await owner.message("mine").get_by_role("button", name="Unpin").wait_for()
    await owner.page.keyboard.press("ArrowUp")
    await expect(owner.message("theirs")).to_be_focused()
    await owner.page.keyboard.press("r")
    await expect(owner.page.get_by_text(re.compile(f"^Replying to {community.member.username}"))).to_be_visible()
    await expect(owner.composer()).to_be_focused()
    await owner.page.keyboard.press("Escape")
    await owner.message("theirs").focus()
    await owner.page.keyboard.press("t")
    await expect(owner.page.get_by_role("textbox", name="Reply in thread")).to_be_focused()
    await owner.page.keyboard.press("Escape")
    await owner.message("mine").focus()
    await owner.page.keyboard.press("e")
    await owner.page.keyboard.type(" now")
    await owner.page.keyboard.press("Enter")
    await owner.sees("mine now")
    await expect(owner.composer()).to_be_focused()
    await owner.page.keyboard.press("Shift+F6")
    await owner.page.keyboard.press("Delete")
    await owner.page.get_by_role("alertdialog").get_by_role("button", name="Delete message").press("Enter")
    await expect(owner.message("mine now")).to_have_count(0)
    await expect(owner.composer()).to_be_focused()


@pytest.mark.extended("the keys are tried in the other tests here and in the journey by keys")
async def test_letters_without_a_place_go_where_one_writes(owner: Visitor) -> None:
    await owner.page.evaluate("document.activeElement.blur()")
    await owner.page.keyboard.type("hello")
    await expect(owner.composer()).to_have_value("hello")


async def test_f6_goes_through_all_regions_in_order_and_back(owner: Visitor, community: Community) -> None:
    for words in ("first", "second"):
        await community.member.send(community.channel, words)
    await owner.message("second").wait_for()
    page = owner.page
    regions = [
        page.get_by_role("navigation", name="Servers", exact=True).get_by_role("button", name="Club"),
        owner.button("Club: server menu"),
        owner.channel("general"),
        owner.button("Your account and status"),
        page.locator("main header[data-region] button").first,
        owner.message("second"),
        owner.composer(),
        page.get_by_role("complementary", name="Members").get_by_role("button").first,
    ]
    await owner.composer().focus()
    for region in (*regions[7:], *regions):
        await page.keyboard.press("F6")
        await expect(region).to_be_focused()
    for region in (*reversed(regions[:7]), *reversed(regions)):
        await page.keyboard.press("Shift+F6")
        await expect(region).to_be_focused()
    await owner.message("first").focus()
    await page.keyboard.press("t")
    await expect(page.get_by_role("textbox", name="Reply in thread")).to_be_focused()
    await page.keyboard.press("Shift+F6")
    await expect(owner.composer()).to_be_focused()


@pytest.mark.extended("the keys are tried in the other tests here and in the journey by keys")
async def test_f6_leaves_out_what_a_closed_drawer_holds(visit: Visit, community: Community) -> None:
    member = await visit(community.member, viewport={"width": 390, "height": 780})
    await member.button("Open Club").first.click()
    await member.say("here")
    await member.sent("here")
    await member.page.keyboard.press("F6")
    await expect(member.button("Show servers and channels")).to_be_focused()
    await member.page.keyboard.press("F6")
    await expect(member.message("here")).to_be_focused()


@pytest.mark.extended("the keys are tried in the other tests here and in the journey by keys")
async def test_enter_in_an_open_block_of_code_makes_a_line(owner: Visitor) -> None:
    await owner.composer().press_sequentially("```\nlet a")
    await expect(owner.composer()).to_have_value("```\nlet a")
    await owner.composer().press_sequentially("\n```\n")
    await expect(owner.composer()).to_have_value("")
    await expect(owner.log.locator("pre")).to_contain_text("let a")


async def test_a_button_says_its_name_and_keys_by_mouse_and_keyboard(owner: Visitor, axe: str) -> None:
    await owner.say("here")
    await owner.sent("here")
    tip = owner.page.locator(".tip:popover-open")
    await owner.message("here").hover()
    actions = owner.message("here").get_by_role("toolbar")
    await actions.get_by_role("button", name="Reply").hover()
    await expect(tip).to_have_text(re.compile(r"Reply\s*R"))
    await tip.hover()
    await expect(tip).to_be_visible()
    await owner.message("here").hover()
    await actions.get_by_role("button", name="Copy text").hover()
    await expect(tip).to_have_text(re.compile(r"Copy text\s*C"))
    assert await found(owner, axe) == []
    await owner.page.keyboard.press("Escape")
    await expect(tip).to_have_count(0)
    for name, keys in (("Search messages", "Ctrl F"), ("Inbox", "Ctrl I"), ("Emoji", "Ctrl Shift E")):
        await owner.button(name, exact=True).hover()
        await expect(tip).to_have_text(re.compile(r"\s*".join([name, *keys.split()])))
    await owner.page.keyboard.press("Escape")
    await expect(tip).to_have_count(0)
    await owner.composer().focus()
    await owner.page.keyboard.press("Tab")
    focused = owner.page.locator(":focus")
    await expect(tip).to_have_text(await focused.get_attribute("aria-label") or "")
    shown, below = await tip.bounding_box(), await focused.bounding_box()
    assert shown is not None
    assert below is not None
    assert shown["y"] + shown["height"] <= below["y"] or shown["y"] >= below["y"] + below["height"]
    await owner.page.keyboard.press("Escape")
    await expect(tip).to_have_count(0)
    await expect(focused).to_be_focused()
    assert await owner.page.locator("button[title]").count() == 0
