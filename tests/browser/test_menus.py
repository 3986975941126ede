"""Menus of what is pressed: by the right button, by the Menu key, by a resting finger, and in the switcher."""

import re

import pytest
from playwright.async_api import Locator, expect

from tests.browser.conftest import Visit
from tests.browser.files import pick, picture
from tests.browser.test_accessibility import axe, found
from tests.browser.test_shortcuts import add_channel, switcher
from tests.browser.test_touch import PHONE, Fingers
from tests.browser.visitor import Visitor
from tests.people import Community

__all__ = ["axe"]


def menu(visitor: Visitor) -> Locator:
    return visitor.page.get_by_role("menu").first


async def entries(visitor: Visitor) -> list[str]:
    await expect(menu(visitor)).to_be_visible()
    items = menu(visitor).get_by_role("menuitem")
    return [re.sub(r"\s+", " ", await item.locator(".menu-label").inner_text()) for item in await items.all()]


async def choose(visitor: Visitor, entry: str) -> None:
    await menu(visitor).get_by_role("menuitem", name=entry, exact=True).click()


async def test_a_message_has_the_same_actions_by_pointer_and_key(
    owner: Visitor, community: Community, axe: str
) -> None:
    await community.member.send(community.channel, "theirs")
    message = owner.message("theirs")
    await message.get_by_text("theirs").click(button="right")
    assert await entries(owner) == [
        *("Add a reaction", "Reply", "Open thread", "Pin", "Copy text", "Mark as unread", "Copy link"),
        *("Report message", "Delete message"),
    ]
    assert await found(owner, axe) == []
    await choose(owner, "Reply")
    await expect(owner.page.get_by_text(f"Replying to {community.member.username}")).to_be_visible()
    await expect(owner.composer()).to_be_focused()
    await owner.page.keyboard.press("Escape")
    await message.focus()
    await owner.page.keyboard.press("Shift+F10")
    await expect(menu(owner).get_by_role("menuitem", name="Add a reaction")).to_be_focused()
    await owner.page.keyboard.press("ArrowDown")
    await expect(menu(owner).get_by_role("menuitem", name="Reply")).to_be_focused()
    await owner.page.keyboard.type("del")
    await expect(menu(owner).get_by_role("menuitem", name="Delete message")).to_be_focused()
    await owner.page.keyboard.press("Escape")
    await expect(menu(owner)).to_have_count(0)
    await expect(message).to_be_focused()
    await owner.page.keyboard.press("Shift+F10")
    await expect(menu(owner).get_by_role("menuitem", name="Add a reaction")).to_be_focused()
    await owner.page.keyboard.press("Enter")
    await expect(owner.page.get_by_role("searchbox", name="Search emoji")).to_be_focused()


@pytest.mark.extended("the menus come from one table of actions, and those of messages, channels and people are tried")
async def test_the_browsers_menu_stays_on_links_fields_and_selected_text(owner: Visitor, community: Community) -> None:
    await community.member.send(community.channel, "see https://example.org now")
    shown = owner.log.get_by_role("article").last
    await shown.get_by_role("link").first.click(button="right")
    await owner.composer().click(button="right")
    await shown.get_by_text("see").click(button="right", modifiers=["Shift"])
    await owner.page.evaluate("getSelection().selectAllChildren(document.querySelector('[role=log] .text'))")
    await shown.get_by_text("see").click(button="right")
    await expect(menu(owner)).to_have_count(0)
    await owner.page.evaluate("getSelection().empty()")
    await shown.get_by_text("see").click(button="right", position={"x": 6, "y": 8})  # beside the link
    await expect(menu(owner)).to_be_visible()


async def test_a_channel_is_read_muted_edited_and_deleted_in_its_menu(owner: Visitor, community: Community) -> None:
    attic = await add_channel(community, "attic")
    await community.member.send(attic, "over here")
    await expect(owner.page.get_by_role("button", name="attic, unread messages")).to_be_visible()
    await owner.channel("attic").click(button="right")
    assert await entries(owner) == [
        *("Mark as read", "Notifications", "Threads", "Copy link", "Invite people", "Move up", "Edit channel"),
        "Delete channel",
    ]
    await choose(owner, "Mark as read")
    await expect(owner.page.get_by_role("button", name="attic", exact=True)).to_be_visible()
    await owner.channel("attic").click(button="right")
    await expect(menu(owner).get_by_role("menuitem", name="Notifications")).to_be_focused()
    await owner.page.keyboard.press("ArrowRight")
    await owner.page.get_by_role("menuitem", name="Until I turn it back on").click()
    await expect(owner.page.get_by_role("button", name="attic, muted")).to_be_visible()
    await owner.page.get_by_role("button", name="attic, muted").click(button="right")
    await choose(owner, "Edit channel")
    await expect(owner.page.get_by_role("dialog").get_by_label("Channel name")).to_have_value("attic")
    await owner.page.keyboard.press("Escape")
    await owner.page.get_by_role("button", name="attic, muted").click(button="right")
    await choose(owner, "Delete channel")
    await owner.page.get_by_role("alertdialog").get_by_role("button", name="Delete channel").click()
    await expect(owner.page.get_by_role("button", name="attic, muted")).to_have_count(0)


@pytest.mark.extended("the menus come from one table of actions, and those of messages, channels and people are tried")
async def test_a_plain_member_has_menus_too(member: Visitor, community: Community) -> None:
    attic = await add_channel(community, "attic")
    await community.owner.send(attic, "over here")
    await expect(member.page.get_by_role("button", name="attic, unread messages")).to_be_visible()
    await member.channel("general").click(button="right")
    assert await entries(member) == ["Notifications", "Threads", "Copy link"]
    await member.page.keyboard.press("Escape")
    await expect(member.channel("general")).to_be_focused()
    await member.button("Club: server menu").click()
    assert await entries(member) == ["Mark as read", "Notifications", "Events", "Report server", "Leave server"]
    await choose(member, "Mark as read")
    await expect(member.page.get_by_role("button", name="attic", exact=True)).to_be_visible()
    await community.owner.send(attic, "again")
    await expect(member.page.get_by_role("button", name="attic, unread messages")).to_be_visible()
    await member.page.keyboard.press("Shift+Escape")
    await expect(member.page.get_by_role("button", name="attic", exact=True)).to_be_visible()


@pytest.mark.extended("the menus come from one table of actions, and those of messages, channels and people are tried")
async def test_a_person_in_voice_is_moderated_in_their_menu(owner: Visitor, community: Community) -> None:
    body = {"name": "Balcony", "type": "voice"}
    balcony = await community.owner.expect(201, "POST", f"/api/servers/{community.server}/channels", body)
    socket = await community.member.socket()  # which holds the voice state
    await community.member.expect(201, "POST", f"/api/channels/{community.voice}/voice")
    people = owner.page.get_by_role("navigation", name="Channels").get_by_role("list", name="In Lounge")
    person = people.get_by_role("button", name=re.compile(community.member.username))
    await person.click(button="right")
    await menu(owner).get_by_role("menuitemcheckbox", name="Mute for everyone").click()
    await expect(people.get_by_role("img", name="muted")).to_be_visible()
    await person.click(button="right")
    mute = menu(owner).get_by_role("menuitemcheckbox", name="Mute for everyone")
    await expect(mute).to_be_checked()
    await mute.click()
    await expect(people.get_by_role("img", name="muted")).to_have_count(0)
    await person.click(button="right")
    await menu(owner).get_by_role("menuitem", name="Move to").focus()
    await owner.page.keyboard.press("ArrowRight")
    await owner.page.get_by_role("menuitem", name="Balcony").press("Enter")
    people = owner.page.get_by_role("navigation", name="Channels").get_by_role("list", name="In Balcony")
    person = people.get_by_role("button", name=re.compile(community.member.username))
    await person.click(button="right")
    await choose(owner, "Disconnect")
    await expect(people).to_have_count(0)
    assert await community.owner.expect(200, "GET", f"/api/channels/{balcony['id']}/voice") == []
    await socket.close()


@pytest.mark.extended("the menus come from one table of actions, and those of messages, channels and people are tried")
async def test_a_friend_request_is_answered_in_the_menu_as_in_the_card(owner: Visitor, community: Community) -> None:
    name = community.member.username
    await community.member.expect(200, "POST", "/api/friends/request", {"to_username": community.owner.username})
    person = owner.page.get_by_role("complementary", name="Members").get_by_role("button", name=name)
    await person.click()
    card = owner.page.get_by_role("dialog", name=name)
    await expect(card.get_by_role("button", name="Accept request")).to_be_visible()
    await owner.page.keyboard.press("Escape")
    await person.click(button="right")
    assert (await entries(owner))[4:7] == ["Accept request", "Decline", "Block"]
    await choose(owner, "Accept request")
    await expect(menu(owner)).to_have_count(0)
    await person.click()
    await expect(card.get_by_role("button", name="Remove friend")).to_be_visible()
    await owner.page.keyboard.press("Escape")
    await expect(card).to_have_count(0)
    await person.click(button="right")
    await expect(menu(owner).get_by_role("menuitem", name="Remove friend")).to_be_visible()


@pytest.mark.extended("web/tests list the actions; a message and a channel have the same menu here")
async def test_a_person_is_mentioned_and_moderated_in_their_menu(owner: Visitor, community: Community) -> None:
    name = community.member.username
    await community.member.send(community.channel, "theirs")
    person = owner.page.get_by_role("complementary", name="Members").get_by_role("button", name=name)
    await person.click(button="right")
    assert await entries(owner) == [
        *("Profile", "Message", "Call", "Mention", "Add a friend", "Block", "Time out", "Kick", "Ban", "Report")
    ]
    await choose(owner, "Mention")
    await expect(owner.composer()).to_have_value(f"@{name} ")
    await owner.message("theirs").get_by_role("button", name=name).click(button="right")
    await choose(owner, "Kick")
    await (
        owner.page.get_by_role("dialog", name=f"Kick {name} from the server?")
        .get_by_role("button", name="Kick")
        .click()
    )
    await expect(person).to_have_count(0)


@pytest.mark.extended("the menus come from one table of actions, and those of messages, channels and people are tried")
async def test_a_category_and_a_picture(owner: Visitor, community: Community) -> None:
    await pick(owner, picture("beach.png"))
    await owner.composer().press("Enter")
    await owner.button("Open picture beach.png").click(button="right")
    # Without https the browser copies no pictures.
    assert [each for each in await entries(owner) if each != "Copy picture"] == [
        *("Open picture", "Download", "Copy link")
    ]
    await choose(owner, "Open picture")
    await expect(owner.page.get_by_role("dialog").get_by_role("img", name="beach.png")).to_be_visible()
    await owner.page.keyboard.press("Escape")
    await owner.page.get_by_role("heading", name="Channels", level=3).click(button="right")
    await choose(owner, "Create channel")
    await expect(owner.page.get_by_role("dialog").get_by_label("Channel name")).to_be_focused()


@pytest.mark.extended("the menus come from one table of actions, and those of messages, channels and people are tried")
async def test_the_switcher_offers_the_same_actions(owner: Visitor, community: Community) -> None:
    attic = await add_channel(community, "attic")
    await community.member.send(attic, "over here")
    await expect(owner.page.get_by_role("button", name="attic, unread messages")).to_be_visible()
    await owner.page.keyboard.press("Control+k")
    await owner.page.keyboard.type(">mark read attic")
    await expect(switcher(owner).get_by_role("option", selected=True)).to_contain_text("Mark as read · attic")
    await owner.page.keyboard.press("Enter")
    await expect(owner.page.get_by_role("button", name="attic", exact=True)).to_be_visible()
    await owner.page.keyboard.press("Control+k")
    await owner.page.keyboard.type(">mute turn attic")
    await owner.page.keyboard.press("Enter")
    await expect(owner.page.get_by_role("button", name="attic, muted")).to_be_visible()


@pytest.mark.extended("the menus come from one table of actions, and those of messages, channels and people are tried")
async def test_a_finger_rests_on_a_channel_and_on_a_server(visit: Visit, community: Community) -> None:
    member = await visit(community.member, **PHONE)
    fingers = await Fingers.on(member.page)
    await member.button("Open Club").first.click()
    await member.button("Show servers and channels").tap()
    await expect(member.channel("general")).to_be_in_viewport()
    await rest_on(fingers, member.channel("general"))
    sheet = member.page.get_by_role("dialog", name="Actions for general")
    await sheet.get_by_role("button", name="Notifications").tap()
    await member.page.get_by_role("dialog").get_by_role("button", name="Until I turn it back on").tap()
    await expect(member.page.get_by_role("button", name="general, muted", exact=True)).to_be_visible()
    await rest_on(fingers, member.page.get_by_role("navigation", name="Servers").get_by_role("button", name="Club"))
    sheet = member.page.get_by_role("dialog", name="Actions for Club")
    await sheet.get_by_role("button", name="Leave server").tap()
    await expect(member.page.get_by_role("alertdialog", name="Leave Club?")).to_be_visible()


async def rest_on(fingers: Fingers, target: Locator) -> None:
    box = await target.bounding_box()
    assert box is not None
    await fingers.touch("touchStart", (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2), is_first=True)
    await expect(target.page.get_by_role("dialog")).to_be_visible()
    await fingers.touch("touchEnd")


@pytest.mark.extended("the menus come from one table of actions, and those of messages, channels and people are tried")
async def test_a_folded_category_shows_what_is_new_and_stays_folded(owner: Visitor, community: Community) -> None:
    path = f"/api/servers/{community.server}/channels"
    made = [
        await community.owner.expect(201, "POST", path, {"name": name, "type": "text", "category": "House"})
        for name in ("attic", "cellar")
    ]
    heading = owner.page.get_by_role("navigation", name="Channels").get_by_role("button", name="House", exact=True)
    await expect(owner.channel("cellar")).to_be_visible()
    await heading.click()
    await expect(heading).to_have_attribute("aria-expanded", "false")
    await expect(owner.channel("cellar")).to_have_count(0)
    await community.member.send(made[1]["id"], "flooded")
    await expect(owner.channel("cellar")).to_be_visible()
    await expect(owner.channel("attic")).to_have_count(0)
    await owner.page.reload()
    await expect(owner.channel("cellar")).to_be_visible()
    await expect(owner.channel("attic")).to_have_count(0)
    await heading.click(button="right")
    await choose(owner, "Expand category")
    await expect(owner.channel("attic")).to_be_visible()
