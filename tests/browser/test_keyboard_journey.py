"""An evening by keys alone, from an invite link to logging out. Nothing is clicked; after each key the focus is on
something that is on the screen and marked, and its name and role are what a screen reader needs."""

import re
from uuid import uuid4

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.keyboard import Keyboard
from tests.browser.visitor import Visitor
from tests.invites.test_invites import invite
from tests.people import PASSWORD, Community


async def arrives(visitor: Visitor, keys: Keyboard, code: str) -> None:
    """From the invite link to the server."""
    page = visitor.page
    await page.goto("about:blank")  # otherwise only the fragment would change, in a page that may still be starting
    await page.goto(f"{visitor.url}/#/i/{code}")
    await expect(page.get_by_role("heading", name=re.compile("invites you to Club"))).to_be_visible()
    await keys.is_named_by_its_words()
    await keys.tab_to(page.get_by_label("Username"))
    await keys.is_on("textbox", "Username")
    await keys.type(visitor.name)
    await keys.press("Tab")
    await keys.tab_to(page.get_by_label("Password", exact=True))
    await keys.type(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(visitor.composer()).to_be_visible()
    await keys.is_on("textbox", "Message #general")
    await keys.is_named_by_its_words()


async def reads(visitor: Visitor, keys: Keyboard, author: str) -> None:
    """The messages are one Tab stop, with arrows between them and within one."""
    await keys.press("Shift+F6")
    await keys.is_on("article", re.compile(f"^{author} third"))
    await keys.press("Tab")
    assert await visitor.log.locator(":focus").count() == 0
    await keys.press("Shift+Tab")
    await keys.is_on("article", re.compile("third"))
    await keys.press("Shift+Tab")
    assert await visitor.log.locator(":focus").count() == 0
    await keys.press("Tab", "ArrowUp")
    await keys.is_on("article", re.compile("second"))
    await keys.press("Home")
    await keys.is_on("article", re.compile("first"))
    await keys.press("Enter")
    await keys.is_on("button", author)
    await keys.is_named_by_its_words()
    await keys.press("Enter")
    await expect(visitor.page.get_by_role("dialog")).to_be_visible()
    await keys.is_named_by_its_words()
    await keys.press("Escape")
    await keys.is_on("button", author)
    await keys.press("Escape", "End")
    await keys.is_on("article", re.compile("third"))


async def writes(visitor: Visitor, keys: Keyboard, author: str) -> None:
    """A message, a reaction, a reply, an edit, and a thread; the focus returns to the row that it came from."""
    page = visitor.page
    await keys.press("F6")
    await keys.is_on("textbox", "Message #general")
    await keys.type("hello by keys")
    await keys.press("Enter")
    await visitor.sent("hello by keys")
    await keys.is_on("textbox", "Message #general")

    await keys.press("Shift+F6")
    await keys.is_on("article", re.compile("third"))  # where the user was
    await keys.press("+")
    await keys.is_on("searchbox", "Search emoji")
    await keys.is_named_by_its_words()
    await keys.press("Escape")
    await keys.is_on("article", re.compile("third"))
    await keys.press("+")
    await keys.is_on("searchbox", "Search emoji")
    await keys.type("tada")
    await expect(page.get_by_role("dialog", name="Choose an emoji").get_by_role("button").first).to_be_visible()
    await keys.press("Enter")
    await expect(visitor.message("third").get_by_role("button", name="🎉, 1")).to_be_visible()
    await keys.is_on("article", re.compile("third"))
    await keys.is_named_by_its_words()

    await keys.press("r")
    await expect(page.get_by_text(f"Replying to {author}")).to_be_visible()
    await keys.is_on("textbox", "Message #general")
    await keys.type("an answer")
    await keys.press("Enter")
    await visitor.sent("an answer")
    await keys.press("ArrowUp")
    await keys.is_on("textbox", "Edit message")
    await keys.type(", better")
    await keys.press("Enter")
    await visitor.sees("an answer, better")
    await keys.is_on("textbox", "Message #general")

    await keys.press("Shift+F6", "End")
    await keys.is_on("article", re.compile("an answer, better"))
    await keys.press("t")
    await keys.is_on("textbox", "Reply in thread")
    await keys.is_named_by_its_words()
    await keys.type("aside")
    await keys.press("Enter")
    await expect(page.get_by_text("aside", exact=True).first).to_be_visible()
    await keys.is_on("textbox", "Reply in thread")
    await keys.press("Escape")
    await keys.is_on("article", re.compile("an answer, better"))


async def uses_the_toolbar(visitor: Visitor, keys: Keyboard) -> None:
    """What the buttons of a row open returns to the row."""
    row = visitor.message("an answer, better")
    for button, role, name in (
        ("Open thread", "textbox", "Reply in thread"),
        ("Add a reaction", "button", re.compile("^React with")),
        ("Edit message", "textbox", "Edit message"),
        ("Delete message", "button", "Cancel"),
    ):
        await keys.press("Enter")
        await keys.tab_to(row.get_by_role("toolbar").get_by_role("button", name=button), "ArrowRight")
        await keys.press("Enter")
        if name == "Cancel":
            cancel = visitor.page.get_by_role("alertdialog").get_by_role("button", name="Cancel")
            await expect(cancel).to_be_visible()  # a Tab before would leave the row
            await keys.tab_to(cancel)
        await keys.is_on(role, name)
        await keys.press("Escape")
        if name == "Edit message":
            await keys.is_on("textbox", "Message #general")
            await keys.press("Shift+F6")
        if name in ("Reply in thread", "Cancel"):
            await keys.is_on("button", button)
            await keys.press("Escape")
        await keys.is_on("article", re.compile("an answer, better"))


async def looks_around(visitor: Visitor, keys: Keyboard) -> None:
    """All regions, forwards and back; the switcher; the shortcuts; the search, the pins and the inbox."""
    page = visitor.page
    forwards = await keys.regions("F6", 8)
    assert len(set(forwards)) == 8, forwards
    assert forwards[-1] == ("article", forwards[-1][1])
    assert await keys.regions("F6", 8) == forwards
    backwards = await keys.regions("Shift+F6", 8)
    assert backwards == [*forwards[-2::-1], forwards[-1]]

    await keys.press("Control+k")
    await keys.is_on("combobox", re.compile("."))
    await keys.is_named_by_its_words()
    await keys.type("attic")
    await expect(page.get_by_role("option", selected=True)).to_contain_text("attic")
    await keys.press("Enter")
    await keys.is_on("textbox", "Message #attic")
    await keys.press("Alt+ArrowUp")
    await keys.is_on("textbox", "Message #general")
    await keys.press("Control+/")
    await expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    await keys.is_named_by_its_words()
    await keys.press("Escape")
    await keys.is_on("textbox", "Message #general")
    header = page.locator("main header[data-region]")
    for name, role, first in (
        ("Pinned messages", "region", "Pinned messages"),
        ("Documents", "button", "Close"),
        ("Notifications for #general", "menuitemcheckbox", re.compile("^Server default")),
    ):
        await keys.tab_to(header.get_by_role("button").first, "F6")
        await keys.tab_to(header.get_by_role("button", name=name))
        await keys.press("Enter")
        await keys.is_on(role, first)
        await keys.is_named_by_its_words()
        await keys.press("Escape")
        await keys.is_on("button", name)
    await keys.tab_to(visitor.composer(), "F6")
    for key, panel in (("Control+f", "Search"), ("Control+i", "Inbox")):
        await keys.press(key)
        await expect(
            page.get_by_role("region", name=panel).or_(page.get_by_role("complementary", name=panel))
        ).to_be_visible()
        await keys.is_named_by_its_words()
        await keys.press("Escape")
        await keys.is_on("textbox", "Message #general")


async def uses_menus(visitor: Visitor, keys: Keyboard) -> None:
    """The menus of a message, a channel and the server; each returns the focus."""
    page = visitor.page
    await keys.press("Shift+F6")
    for key in ("Shift+F10", "ContextMenu"):
        await keys.press(key)
        await keys.is_on("menuitem", re.compile("^Add a reaction"))
        await keys.is_named_by_its_words()
        await keys.press("ArrowDown")
        await keys.is_on("menuitem", re.compile("^Reply"))
        await keys.press("Escape")
        await keys.is_on("article", re.compile("an answer, better"))
    await keys.tab_to(visitor.channel("general"), "F6")
    await keys.press("Shift+F10")
    await expect(page.get_by_role("menu")).to_be_visible()
    await keys.is_named_by_its_words()
    await keys.press("Escape")
    await expect(visitor.channel("general")).to_be_focused()


async def opens_menu(visitor: Visitor, keys: Keyboard, name: str) -> None:
    await keys.tab_to(visitor.button(name), "F6")
    await keys.press("Enter")
    await expect(visitor.page.get_by_role("menu")).to_be_visible()
    await keys.is_named_by_its_words()


async def sets_up(visitor: Visitor, keys: Keyboard) -> None:
    """Through all parts of the account's settings."""
    page = visitor.page
    await opens_menu(visitor, keys, "Your account and status")
    await keys.type("acc")
    await keys.is_on("menuitem", re.compile("^Account settings"))
    await keys.press("Enter")
    settings = page.get_by_role("dialog")
    await expect(settings).to_be_visible()
    await keys.is_somewhere()
    tabs = settings.get_by_role("tab")
    await keys.tab_to(settings.get_by_role("tab", selected=True))
    for _ in range(await tabs.count() - 1):
        await keys.press("ArrowDown")
        await expect(settings.get_by_role("tab", selected=True)).to_be_focused()
        await keys.is_named_by_its_words()
    await keys.press("Escape")
    await expect(settings).to_have_count(0)
    await keys.is_on("button", re.compile("Your account and status$"))


async def leaves(visitor: Visitor, keys: Keyboard) -> None:
    """Leaves the server, then logs out."""
    page = visitor.page
    await opens_menu(visitor, keys, "Club: server menu")
    await keys.press("End")
    await keys.is_on("menuitem", "Leave server")
    await keys.press("Enter")
    asked = page.get_by_role("alertdialog")
    await expect(asked).to_be_visible()
    await keys.is_named_by_its_words()
    await keys.tab_to(asked.get_by_role("button", name="Leave server"))
    await keys.press("Enter")
    await visitor.is_home()
    await keys.is_somewhere()
    await keys.is_named_by_its_words()
    visitor.has_left = True
    await keys.tab_to(visitor.button("Your account and status"), "F6")
    await keys.press("Enter")
    await expect(page.get_by_role("menu")).to_be_visible()
    await keys.press("End")
    await keys.is_on("menuitem", "Log out")
    await keys.press("Enter")
    await expect(visitor.button("Log in")).to_be_visible()
    await keys.is_somewhere()


@pytest.mark.extended("test_reach and test_shortcuts go through the same parts by keys")
async def test_an_evening(visit: Visit, community: Community) -> None:
    owner = community.owner
    body = {"name": "attic", "type": "text"}
    await owner.expect(201, "POST", f"/api/servers/{community.server}/channels", body)
    for words in ("first", "second", "third"):
        await owner.send(community.channel, words)
    visitor = await visit()
    visitor.name = f"keys_{uuid4().hex[:8]}"
    keys = await Keyboard.of(visitor)
    await arrives(visitor, keys, (await invite(community))["code"])
    await reads(visitor, keys, owner.username)
    await writes(visitor, keys, owner.username)
    await uses_the_toolbar(visitor, keys)
    await looks_around(visitor, keys)
    await uses_menus(visitor, keys)
    await sets_up(visitor, keys)
    await leaves(visitor, keys)
