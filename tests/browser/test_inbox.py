"""The inbox and the notification levels, on two devices of one user."""

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Locator, expect

from tests.browser.conftest import Visit, inside, launched, visits
from tests.browser.test_accessibility import PHONE, axe, found
from tests.browser.themes import BY_DAY_AND_NIGHT, found_in_themes
from tests.browser.visitor import Visitor
from tests.people import Community
from tests.serving import LiveServer

__all__ = ["axe"]

RECORDING = """() => {
    window.shown = [];
    window.Notification = class extends Notification {
        constructor(title, options) { super(title, options); window.shown.push([title, options.body]); }
    };
}"""


def inbox_button(visitor: Visitor, count: int = 0) -> Locator:
    return visitor.button(f"Inbox, {count} new" if count else "Inbox", exact=True)


def panel(visitor: Visitor) -> Locator:
    return visitor.page.get_by_role("region", name="Inbox")


def in_list(visitor: Visitor, name: str) -> Locator:
    """A channel's button, by its whole name."""
    return visitor.page.get_by_role("navigation", name="Channels").get_by_role("button", name=name, exact=True)


async def pick(visitor: Visitor, bell: str, entry: str) -> None:
    """An entry of the menu behind a bell."""
    await visitor.button(f"Notifications for {bell}").click()
    await visitor.page.get_by_role("menu").get_by_text(entry, exact=True).click()


async def other_channel(community: Community, name: str) -> str:
    channels = f"/api/servers/{community.server}/channels"
    made: str = (await community.owner.expect(201, "POST", channels, {"name": name, "type": "text"}))["id"]
    return made


async def test_what_is_read_on_one_device_is_gone_on_the_other(visit: Visit, community: Community, axe: str) -> None:
    other = await other_channel(community, "other")
    member, owner = community.member, community.owner
    here, there = [await visit(member), await visit(member)]
    asked = await member.send(other, "a question")
    answer = await owner.send(other, "the answer", reply_to=asked["id"])
    root = await owner.send(community.channel, "root")
    thread = f"/api/channels/{community.channel}/messages/{root['id']}/thread"
    await owner.expect(201, "POST", thread, {"content": f"@{member.username} in a thread"})
    for device in (here, there):
        await expect(inbox_button(device, 2)).to_be_visible()
        await expect(device.page).to_have_title(re.compile(r"^\(1\) "))  # a mention in a thread is in the inbox alone

    await here.page.keyboard.press("Control+i")
    rows = panel(here).get_by_role("listitem")
    await expect(rows).to_have_count(2)
    await expect(rows.nth(0)).to_contain_text("in a thread")
    await expect(rows.nth(1)).to_contain_text("the answer")
    await expect(rows.nth(1)).to_contain_text("Replies to you · #other · Club")
    assert await found(here, axe) == []
    await here.page.keyboard.press("ArrowDown")
    await here.page.keyboard.press("ArrowDown")
    await here.page.keyboard.press("Enter")
    await expect(here.message("the answer")).to_be_in_viewport()
    await expect(panel(here).get_by_role("heading", name="Earlier")).to_be_visible()
    await expect(inbox_button(there, 1)).to_be_visible()

    await inbox_button(there, 1).click()
    await panel(there).get_by_role("button", name="Mark all as read").click()
    await expect(panel(there)).to_contain_text("Nothing new")
    for device in (here, there):
        await expect(inbox_button(device)).to_be_visible()
    await expect(rows).to_have_count(2)

    # What is said while it is open comes into it, and goes with the message.
    mentioning = await owner.send(other, f"@{member.username} again")
    await expect(panel(there).get_by_role("listitem").first).to_contain_text("again")
    await owner.expect(204, "DELETE", f"/api/messages/{mentioning['id']}")
    await expect(panel(there).get_by_text("again")).to_have_count(0)
    await owner.expect(204, "DELETE", f"/api/messages/{answer['id']}")
    await expect(panel(there).get_by_text("the answer")).to_have_count(0)
    await there.page.keyboard.press("Escape")
    await expect(panel(there)).to_have_count(0)
    await expect(inbox_button(there)).to_be_focused()


@pytest.mark.extended("tests/notifications decides, and web/tests/deciding.test.ts the same in the client")
async def test_a_muted_place_is_calm_on_every_device(visit: Visit, community: Community, axe: str) -> None:
    await other_channel(community, "other")
    here, there = [await visit(community.member), await visit(community.member)]
    for device in (here, there):
        await inside(device)
    await pick(here, "#general", "Until I turn it back on")
    await expect(there.button("Notifications for #general, muted")).to_be_visible()
    for device in (here, there):
        await device.channel("other").click()
    assert await found(here, axe) == []
    await community.owner.send(community.channel, "not for anybody")
    await community.owner.send(community.channel, f"@{community.member.username}")
    for device in (here, there):
        await expect(in_list(device, "general, muted, unread messages, 1 mention")).to_be_visible()

    # Nothing hides mentions as well; the inbox still has them.
    await in_list(here, "general, muted, unread messages, 1 mention").click()
    await pick(here, "#general, muted", "Unmute")
    await pick(here, "#general", "Nothing")
    await here.channel("other").click()
    await community.owner.send(community.channel, f"@{community.member.username}!")
    await expect(here.page).to_have_title(re.compile("^#other"))
    await here.page.keyboard.press("Control+i")
    await expect(panel(here).get_by_role("listitem")).to_have_count(2)
    await expect(in_list(here, "general")).to_be_visible()

    # A muted server mutes its channels, and a channel says so.
    await pick(here, "Club", "For 8 hours")
    await expect(there.button("Notifications for Club, muted")).to_be_visible()
    await expect(there.button("Notifications for #other, muted")).to_be_visible()


@pytest.fixture
async def telling(live_server: LiveServer) -> AsyncIterator[Visit]:
    """In a browser of its own, which allows notifications and keeps what it shows."""
    async with launched() as browser, visits(browser, live_server.url) as open_page:
        yield open_page


@pytest.mark.extended("tests/notifications decides, and web/tests/deciding.test.ts the same in the client")
async def test_browser_notifications_follow_the_level(telling: Visit, community: Community) -> None:
    other = await other_channel(community, "other")
    member = await inside(await telling(community.member, permissions=["notifications"]))
    await member.page.evaluate(RECORDING)
    await community.owner.send(other, "before it is switched on")
    await expect(in_list(member, "other, unread messages")).to_be_visible()
    await member.button("Your account and status").click()
    await member.page.get_by_role("menuitem", name="Account settings").click()
    await member.page.get_by_role("tab", name="Notifications").click()
    await member.page.get_by_role("switch", name="Browser notifications").check()
    await member.page.keyboard.press("Escape")
    await community.owner.send(other, "hello **there**")
    await member.page.wait_for_function("() => window.shown.length === 1")
    async with member.page.expect_response("**/notifications"):
        await pick(member, "Club", "Mentions and replies only")
    await community.owner.send(other, "not for anybody")
    await community.owner.send(other, f"for @{community.member.username}")
    await member.page.wait_for_function("() => window.shown.length > 1")
    who = f"{community.owner.username} in #other"
    assert await member.page.evaluate("window.shown") == [
        [who, "hello there"],
        [who, f"for @{community.member.username}"],
    ]


@pytest.mark.extended("test_accessibility looks at a phone")
async def test_on_a_telephone(visit: Visit, community: Community, axe: str) -> None:
    await community.owner.send(community.channel, f"@{community.member.username} hello")
    member = await visit(community.member, **PHONE)
    await member.button(re.compile("^Show servers and channels")).first.click()
    await inbox_button(member, 1).click()
    row = panel(member).get_by_role("listitem")
    await expect(row).to_contain_text("Mentions you")
    assert await found_in_themes(member, axe, BY_DAY_AND_NIGHT) == []
    await row.get_by_role("button", name="hello").click()
    await expect(panel(member)).to_have_count(0)
    await expect(member.message("hello")).to_have_count(0)
    await expect(member.log).to_contain_text("hello")
    assert await found_in_themes(member, axe, BY_DAY_AND_NIGHT) == []


UNDECIDED = """
    let permission = "default";
    Object.defineProperty(Notification, "permission", { get: () => permission });
    Notification.requestPermission = async () => (permission = "granted");
"""


@pytest.mark.extended("levels and the inbox are tried in the other tests here")
async def test_notifications_are_offered_when_someone_wanted_the_user(visit: Visit, community: Community) -> None:
    member = await visit(community.member)
    await member.page.add_init_script(UNDECIDED)
    await member.page.reload()
    await member.open_server("Club")
    await member.open_channel("general")
    other = await other_channel(community, "other")
    offer = member.page.get_by_role("status").filter(has_text="Get notified when someone mentions or messages you?")
    await community.owner.send(other, "nothing for anybody")
    await expect(in_list(member, "other, unread messages")).to_be_visible()
    await expect(offer).to_have_count(0)
    await community.owner.send(other, f"hello @{community.member.username}")
    await offer.get_by_role("button", name="Turn on").click()
    await expect(offer).to_have_count(0)
    await member.button("Your account and status").click()
    await member.page.get_by_role("menuitem", name="Account settings").click()
    await member.page.get_by_role("tab", name="Notifications").click()
    await expect(member.page.get_by_role("switch", name="Browser notifications")).to_be_checked()


@pytest.mark.extended("levels and the inbox are tried in the other tests here")
async def test_servers_that_are_joined_get_the_chosen_level(visit: Visit, community: Community) -> None:
    await community.owner.expect(200, "PATCH", f"/api/servers/{community.server}", {"is_public": True, "name": "Agora"})
    outsider = await visit(community.outsider)
    await outsider.button("Your account and status").click()
    await outsider.page.get_by_role("menuitem", name="Account settings").click()
    await outsider.page.get_by_role("tab", name="Notifications").click()
    await outsider.page.get_by_label("New servers").select_option("Mentions and replies only")
    await outsider.page.keyboard.press("Escape")
    # The closed dialog's history entry is left a moment later, which would cancel a reload that has just begun.
    await outsider.page.wait_for_function("(history.state?.layers ?? 0) === 0")
    await outsider.page.reload()
    async with outsider.page.expect_response("**/notifications"):
        await outsider.join_server("Agora")
    levels = await community.outsider.expect(200, "GET", "/api/users/@me/notifications")
    assert [(each["place_id"], each["level"]) for each in levels] == [(community.server, "mentions")]
