"""Small things that people see: what is cut off can be opened, and nothing covers what matters."""

import re

import pytest
from playwright.async_api import FloatRect, Locator, expect

from tests.browser.conftest import Visit, inside
from tests.browser.visitor import Visitor
from tests.people import Community

pytestmark = pytest.mark.extended("how it looks; test_accessibility examines every screen in both themes")


async def box(element: Locator) -> FloatRect:
    found = await element.bounding_box()
    assert found is not None, "it is not on the screen"
    return found


async def test_a_topic_that_is_cut_off_can_be_opened(owner: Visitor, community: Community) -> None:
    topic = "What we read this month, and **who** brings the cake. " * 6
    path = f"/api/servers/{community.server}/channels/{community.channel}"
    await community.owner.expect(200, "PATCH", path, {"topic": topic})
    await owner.page.get_by_role("button", name="What we read this month").click()
    dialog = owner.page.get_by_role("dialog", name="#general")
    await expect(dialog.locator("strong").last).to_have_text("who")
    await owner.page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)


async def test_the_dot_of_a_long_unread_channel_is_round(owner: Visitor, community: Community) -> None:
    channel = {"name": "a-channel-with-a-name-that-is-longer-than-the-list-is-wide", "type": "text"}
    path = f"/api/servers/{community.server}/channels"
    long = await community.owner.expect(201, "POST", path, channel)
    await community.member.send(long["id"], "news")
    row = owner.page.get_by_role("button", name=f"{channel['name']}, unread messages")
    await expect(row).to_be_visible()
    assert await row.evaluate("row => getComputedStyle(row, '::after').width") == "8px"


async def test_a_toast_does_not_cover_the_newest_message(owner: Visitor) -> None:
    for number in range(30):
        await owner.say(f"line {number}")
    await owner.act_on("line 29", "Pin")
    toast = owner.page.get_by_text("Message pinned.")
    await expect(toast).to_be_visible()
    newest, above = await box(owner.message("line 29")), await box(toast)
    assert above["y"] + above["height"] < newest["y"]


async def test_a_thread_and_the_members_leave_room_for_the_channel(visit: Visit, community: Community) -> None:
    owner = await inside(await visit(community.owner, viewport={"width": 1440, "height": 900}))
    await owner.say("a longer talk")
    await owner.sent("a longer talk")
    members = owner.page.get_by_role("complementary", name="Members")
    await expect(members).to_be_visible()
    await owner.act_on("a longer talk", "Open thread")
    await expect(members).to_have_count(0)
    channel, thread = (owner.page.locator(each) for each in (".split > main", ".split > aside"))
    assert (await box(channel))["width"] > (await box(thread))["width"]
    own, other = (each.locator("form").last for each in (channel, thread))
    lower = [each["y"] + each["height"] for each in (await box(own), await box(other))]
    assert lower[0] == lower[1], "both composers stand at the same height"


async def test_the_card_says_a_name_once(owner: Visitor, community: Community) -> None:
    people = owner.page.get_by_role("complementary", name="Members")
    await people.get_by_role("button", name=community.member.username).click()
    card = owner.page.get_by_role("dialog", name=community.member.username)
    await expect(card.get_by_text(community.member.username, exact=True)).to_have_count(1)
    await owner.page.keyboard.press("Escape")
    await expect(card).to_have_count(0)
    await community.member.expect(200, "PATCH", "/api/users/@me", {"display_name": "Ada"})
    await people.get_by_role("button", name=re.compile(r"\bAda\b")).click()  # names of others may contain "ada"
    card = owner.page.get_by_role("dialog", name="Ada")
    await expect(card.get_by_text(community.member.username, exact=True)).to_have_count(1)


async def test_the_reactions_end_with_a_way_to_add_one(owner: Visitor, community: Community) -> None:
    message = await community.member.send(community.channel, "cake at four")
    await owner.sees("cake at four")
    path = f"/api/channels/{community.channel}/messages/{message['id']}/reactions/%F0%9F%8E%89"
    await community.member.expect(204, "PUT", path)
    await owner.message("cake at four").get_by_role("button", name="React", exact=True).click()
    await owner.page.get_by_label("Search emoji").fill("tada")
    await owner.page.get_by_role("button", name="party popper").click()
    await expect(owner.message("cake at four").get_by_role("button", name="🎉, 2")).to_be_visible()


async def test_a_banned_person_is_offered_no_way_in(visit: Visit, community: Community) -> None:
    await community.owner.expect(200, "PATCH", f"/api/servers/{community.server}", {"is_public": True})
    path = f"/api/servers/{community.server}/members/{community.outsider.id}/ban"
    await community.owner.expect(204, "POST", path, {"reason": "Sold watches"})
    outsider = await visit(community.outsider)
    card = outsider.page.get_by_role("article").filter(has_text="You're banned from this server")
    await expect(card).to_contain_text("Club")
    await expect(card).to_contain_text("Reason: Sold watches")
    await expect(card.get_by_role("button")).to_have_count(0)


async def test_a_member_who_is_timed_out_has_a_mark(owner: Visitor, community: Community) -> None:
    people = owner.page.get_by_role("complementary", name="Members")
    row = people.get_by_role("button", name=community.member.username)
    await expect(row).to_be_visible()
    await expect(row.get_by_role("img", name="Timed out")).to_have_count(0)
    path = f"/api/servers/{community.server}/members/{community.member.id}/timeout"
    await community.owner.expect(200, "POST", path, {"duration_minutes": 5})
    await expect(row.get_by_role("img", name="Timed out")).to_be_visible()


async def test_another_language_is_seen_everywhere_at_once(owner: Visitor, community: Community) -> None:
    await owner.say("Yes. I have drawn a better gate.")
    await owner.sent("Yes. I have drawn a better gate.")
    message = await community.member.send(community.channel, "جميل")
    await owner.sees("جميل")
    await community.owner.send(community.channel, "before\n```\nlet gate\n```")
    await owner.act_on("Yes. I have drawn a better gate.", "Reply")
    await owner.say("And a fence.")
    await owner.sent("And a fence.")
    page = owner.page
    account = page.get_by_role("button", name="Your account and status")
    await account.click()
    await page.get_by_role("menuitem", name="Account settings").click()
    await page.get_by_role("tab", name="Appearance and language").click()
    await page.get_by_label("Language", exact=True).select_option("العربية")
    await expect(page.get_by_role("button", name="حسابك وحالتك")).to_contain_text("متصل")
    await page.keyboard.press("Escape")
    quote = page.get_by_role("button", name="Yes. I have drawn a better gate.").locator(".clipped")
    assert await quote.evaluate("quote => getComputedStyle(quote).direction") == "ltr"
    own = page.locator(f"article:not([data-message='{message['id']}'])").first
    author, words = await box(own.locator("header")), await box(own.locator(".text"))
    assert abs((author["x"] + author["width"]) - (words["x"] + words["width"])) < 2, "words stand beside their author"
    before, code = await box(page.get_by_text("before", exact=True)), await box(page.locator("article pre"))
    assert abs((before["x"] + before["width"]) - (code["x"] + code["width"])) < 2, "and so do those around code"


async def test_large_text_leaves_the_window_to_the_messages(visit: Visit, community: Community) -> None:
    owner = await inside(await visit(community.owner, viewport={"width": 820, "height": 1000}))
    channels = owner.page.get_by_role("navigation", name="Channels")
    await expect(channels).to_be_in_viewport()
    await owner.page.evaluate("localStorage.setItem('coterie-size', '2')")
    await owner.page.reload()
    await expect(owner.composer()).to_be_visible()
    await expect(channels).not_to_be_in_viewport()
    assert await owner.page.locator(".main").evaluate("main => main.clientWidth") == 820


async def test_a_phone_opens_where_the_user_was(visit: Visit, community: Community) -> None:
    peer = {"participant_ids": [community.member.id]}
    opened = await community.owner.call("POST", "/api/conversations", json=peer)
    phone = await visit(community.owner, viewport={"width": 390, "height": 780}, is_mobile=True, has_touch=True)
    await phone.page.goto(f"{phone.url}/#/c/{opened.body['id']}")
    composer = phone.page.get_by_role("textbox", name=f"Message {community.member.username}")
    await expect(composer).to_be_visible()
    await phone.page.goto("about:blank")
    await phone.page.goto(phone.url)
    await expect(composer).to_be_visible()


async def test_the_clock_and_the_density_are_chosen(owner: Visitor, community: Community) -> None:
    for words in ("one", "two"):
        await community.member.send(community.channel, words)
        await community.owner.send(community.channel, f"{words} again")
    await owner.sees("two again")
    time, row = owner.message("one").locator("header time"), owner.message("one")
    await expect(time).to_have_text(re.compile(r"^\d+:\d\d [AP]M$"))
    height = (await box(row))["height"]
    await owner.button("Your account and status").click()
    await owner.page.get_by_role("menuitem", name="Account settings").click()
    await owner.page.get_by_role("tab", name="Appearance and language").click()
    await owner.page.get_by_label("Time format").select_option("24-hour")
    await expect(time).to_have_text(re.compile(r"^\d\d:\d\d$"))
    await owner.page.get_by_role("radio", name="Compact").check()
    await owner.page.keyboard.press("Escape")
    assert (await box(row))["height"] < height
    await owner.page.reload()
    await expect(time).to_have_text(re.compile(r"^\d\d:\d\d$"))
    await expect(owner.page.locator("html")).to_have_attribute("data-density", "compact")
