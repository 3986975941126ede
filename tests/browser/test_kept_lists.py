"""The lists of the channels that were open last stay on the page: returning shows them at once, as they were left."""

from typing import Final

import pytest
from playwright.async_api import expect

from coterie.permissions.bits import Permission
from tests.browser.conftest import Visit
from tests.browser.files import pick, silence
from tests.browser.test_history import PAGE, open_history
from tests.browser.test_unread import count
from tests.browser.visitor import Visitor
from tests.people import Community

MOST: Final = 8
AT: Final = """(log) => {
    const row = [...log.querySelectorAll('article')].find((each) => each.getBoundingClientRect().top > 150);
    row.wasHere = true;
    return [row.dataset.message, row.getBoundingClientRect().top];
}"""


async def made(community: Community, name: str) -> str:
    body = {"name": name, "type": "text"}
    return str((await community.owner.expect(201, "POST", f"/api/servers/{community.server}/channels", body))["id"])


async def goes(visitor: Visitor, name: str) -> None:
    await visitor.open_channel(name)
    await expect(visitor.page.get_by_role("log", name=f"Messages in {name}")).to_have_attribute("aria-busy", "false")


async def test_a_list_is_as_it_was_left(visit: Visit, community: Community) -> None:
    await made(community, "second")
    reader = await open_history(visit, community, 2 * PAGE)
    await reader.button("Mark as read").click()
    await expect(reader.channel("general")).to_have_accessible_name("general")
    await reader.log.evaluate("(log) => (log.scrollTop -= 1500)")
    message, top = await reader.log.evaluate(AT)
    await goes(reader, "second")
    await community.owner.send(community.channel, "meanwhile")
    await expect(reader.channel("general")).to_have_accessible_name("general, unread messages")
    await goes(reader, "general")
    row = reader.log.locator(f'[data-message="{message}"]')
    await expect(row).to_have_js_property("wasHere", value=True)
    assert abs(await row.evaluate("(row) => row.getBoundingClientRect().top") - top) <= 1
    assert await count(community.member, community.channel) == 1, "it was not on the screen"
    await reader.log.evaluate("(log) => (log.scrollTop = log.scrollHeight)")
    await reader.sees("meanwhile")
    await expect(reader.log.get_by_role("separator", name="New")).to_be_visible()
    await expect(reader.channel("general")).to_have_accessible_name("general")


@pytest.mark.extended("test_a_list_is_as_it_was_left leaves one")
async def test_a_list_that_was_left_at_its_end_is_there_again(visit: Visit, community: Community) -> None:
    await made(community, "second")
    reader = await open_history(visit, community, PAGE)
    await goes(reader, "second")
    await reader.page.set_viewport_size({"width": 900, "height": 600})
    for number in range(20):
        await community.owner.send(community.channel, f"news {number}")
    await expect(reader.channel("general")).to_have_accessible_name("general, unread messages")
    await goes(reader, "general")
    await expect(reader.message("news 19")).to_be_in_viewport()
    handle = await reader.log.element_handle()
    at_end = "(log) => Math.abs(log.scrollHeight - log.clientHeight - log.scrollTop) <= 1"
    await reader.page.wait_for_function(at_end, arg=handle)


@pytest.mark.extended("web/tests/channelcache.test.ts has the same of the cache")
async def test_the_last_lists_stay_and_no_others(owner: Visitor, community: Community) -> None:
    names = [f"channel-{number}" for number in range(MOST)]
    for name in names:
        await made(community, name)
    await community.member.send(community.channel, "in general")
    await owner.sees("in general")
    mark = "(log) => { log.wasHere = true; }"
    await owner.log.evaluate(mark)
    for name in names:
        await goes(owner, name)
        await owner.log.evaluate(mark)
    lists = owner.page.locator("[role=log]")
    await expect(lists).to_have_count(MOST)
    await goes(owner, names[0])
    await expect(owner.log).to_have_js_property("wasHere", value=True)
    await goes(owner, "general")
    assert await owner.log.evaluate("(log) => log.wasHere") is None
    await expect(lists).to_have_count(MOST)


@pytest.mark.extended("test_a_list_is_as_it_was_left leaves one")
async def test_nothing_goes_on_in_a_list_that_was_left(owner: Visitor, community: Community) -> None:
    second = await made(community, "second")
    await pick(owner, silence("waves.mp3", seconds=60))
    await owner.say("by the sea")
    group = owner.message("by the sea").get_by_role("group", name="Audio waves.mp3")
    await group.get_by_role("button", name="Play").click()
    await expect(group.get_by_role("button", name="Pause")).to_be_visible()
    await goes(owner, "second")
    await expect(owner.page.locator("audio")).to_have_js_property("paused", value=True)
    await goes(owner, "general")
    await expect(group.get_by_role("button", name="Play")).to_be_visible()

    # What lies over the page goes with its list, though the address changes from elsewhere, as for a notification.
    await owner.act_on("by the sea", "Delete message")
    dialog = owner.page.get_by_role("alertdialog")
    await expect(dialog).to_be_visible()
    await owner.page.evaluate("(address) => { location.hash = address; }", f"#/s/{community.server}/{second}")
    await expect(owner.composer("second")).to_be_visible()
    await expect(owner.page.locator("dialog")).to_have_count(0)
    await goes(owner, "general")
    await expect(owner.message("by the sea")).to_be_visible()
    await expect(dialog).to_have_count(0)


@pytest.mark.extended("test_accessibility looks at the open list")
async def test_of_the_lists_only_the_open_one_is_there_for_screen_readers_and_keys(
    owner: Visitor, community: Community
) -> None:
    await made(community, "second")
    await community.member.send(community.channel, "in general")
    await owner.sees("in general")
    await goes(owner, "second")
    await expect(owner.composer("second")).to_be_focused()
    lists = owner.page.locator("[role=log]")
    await expect(lists).to_have_count(2)
    await expect(owner.page.get_by_role("log")).to_have_count(1)
    await expect(owner.page.get_by_text("in general")).to_be_hidden()
    session = await owner.page.context.new_cdp_session(owner.page)
    tree = await session.send("Accessibility.getFullAXTree")
    names = [node.get("name", {}).get("value", "") for node in tree["nodes"] if not node["ignored"]]
    assert "Messages in second" in names
    assert not [name for name in names if name in ("Messages in general", "in general")]
    await owner.page.locator("[data-message]", has_text="in general").evaluate("(row) => row.focus()")
    await expect(owner.composer("second")).to_be_focused()
    await goes(owner, "general")
    await expect(owner.composer("general")).to_be_focused()


async def test_the_list_of_a_channel_that_can_no_longer_be_viewed_goes_at_once(
    member: Visitor, community: Community
) -> None:
    second = await made(community, "second")
    await community.owner.send(second, "not for everyone")
    await goes(member, "second")
    await member.sees("not for everyone")
    await goes(member, "general")
    left = member.page.locator("[data-message]", has_text="not for everyone")
    await expect(left).to_have_count(1)
    denial = {"role_id": community.server, "allow": 0, "deny": Permission.VIEW_CHANNEL}
    await community.owner.expect(200, "PUT", f"/api/channels/{second}/overrides", denial)
    await expect(left).to_have_count(0)
    await expect(member.page.locator("[role=log]")).to_have_count(1)
