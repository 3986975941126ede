"""People really hear each other: real Chromium pages with devices that beep, each a page of the web client."""

import re

from playwright.async_api import expect

from tests.browser.calling import WATCH, enter, heard, hears, people, sees_pictures, speaks
from tests.browser.conftest import Visit
from tests.people import Community, befriend
from tests.serving import Register


async def test_two_hear_each_other_while_a_third_comes_and_goes(
    call: Visit, community: Community, register: Register
) -> None:
    third = await register("third")
    await third.expect(201, "POST", f"/api/servers/{community.server}/join")
    first, second = await enter(call, community.owner), await enter(call, community.member)
    await expect(people(first)).to_contain_text([community.owner.username, community.member.username])
    await hears(first, 1)
    await hears(second, 1)
    visitor = await enter(call, third)
    for each in (first, second, visitor):
        await hears(each, 2)
        await expect(people(each)).to_have_count(3)
    await visitor.button("Leave voice").click()
    for each in (first, second):
        await expect(people(each)).to_have_count(2)
        await hears(each, 1)
    await expect(visitor.button("Leave voice")).to_have_count(0)
    await expect(people(visitor)).to_have_count(2)
    assert await heard(visitor) == []


async def test_muting_and_being_muted(call: Visit, community: Community) -> None:
    owner, member = await enter(call, community.owner), await enter(call, community.member)
    await hears(owner, 1)
    await speaks(owner, 1)
    await member.button("Mute").click()
    await expect(people(owner).nth(1).get_by_label("muted")).to_be_visible()
    await expect(people(owner).nth(1)).not_to_have_class(re.compile("speaks"))
    await member.button("Unmute").click()
    await expect(people(owner).nth(1).get_by_label("muted")).to_have_count(0)
    await speaks(owner, 1)
    path = f"/api/channels/{community.voice}/voice/{community.member.id}"
    await community.owner.expect(200, "PATCH", path, {"server_mute": True})
    await expect(member.button("Unmute")).to_be_disabled()
    await expect(people(owner).nth(1)).not_to_have_class(re.compile("speaks"))
    await community.owner.expect(204, "DELETE", path)
    await expect(member.button("Leave voice")).to_have_count(0)
    await expect(member.page.get_by_text("You are no longer in that voice channel.")).to_be_visible()


async def test_loading_the_page_again_keeps_the_place(call: Visit, community: Community) -> None:
    owner, member = await enter(call, community.owner), await enter(call, community.member)
    socket = await community.owner.socket()
    await hears(owner, 1)
    await owner.page.reload()
    await expect(owner.button("Leave voice")).to_be_visible()
    await hears(owner, 1)
    await hears(member, 1)
    await socket.settle()
    assert all(frame["d"]["channel_id"] == community.voice for frame in socket.of("VOICE_STATE_UPDATE"))
    await expect(people(member)).to_contain_text([community.owner.username, community.member.username])


async def test_what_it_takes_to_talk_is_loaded_when_one_talks(call: Visit, community: Community) -> None:
    member = await call(community.member)
    await member.open_server("Club")
    await expect(member.composer()).to_be_visible()
    assert not [answer for answer in member.answers if "/assets/call" in answer]
    await member.button("Lounge (voice)").click()
    await expect(member.button("Leave voice")).to_be_visible()
    assert [answer for answer in member.answers if "/assets/call" in answer]


async def test_a_screen_is_shown_to_the_others(call: Visit, community: Community) -> None:
    owner, member = await enter(call, community.owner), await enter(call, community.member)
    await hears(owner, 1)
    await owner.button("Share your screen").click()
    screen = member.button(f"Screen of {community.owner.username}, enlarge")
    await expect(screen).to_be_visible()
    await expect(people(member).nth(0).get_by_label("shares the screen")).to_be_visible()
    await sees_pictures(member)
    await owner.button("Show everybody").click()
    stage = owner.page.get_by_role("dialog", name="Everybody in Lounge")
    await expect(stage.get_by_role("button", name=f"Screen of {community.owner.username}")).to_be_visible()
    await owner.page.wait_for_function("() => document.querySelector('dialog video').readyState > 1")
    await owner.page.keyboard.press("Escape")
    await owner.button("Stop sharing").click()
    await expect(screen).to_have_count(0)
    await hears(member, 1)


async def test_friends_call_each_other_from_their_conversation(call: Visit, register: Register) -> None:
    friends = [await register(name) for name in ("anna", "ben")]
    await befriend(friends[0], friends[1])
    anna, ben = [await call(person, permissions=["microphone"]) for person in friends]
    for visitor in (anna, ben):
        await visitor.page.context.add_init_script(WATCH)
        await visitor.page.reload()
    await anna.page.get_by_role("navigation", name="Home").get_by_role("button", name=ben.name, exact=True).click()
    await anna.button("Start a call").click()
    await expect(ben.page.get_by_text(f"{anna.name} is calling.")).to_be_visible()
    await ben.page.get_by_role("navigation", name="Home").get_by_role("button", name=anna.name, exact=True).click()
    await ben.button("Join call").click()
    for visitor in (anna, ben):
        await hears(visitor, 1)
    await ben.button("Leave call").click()
    await expect(ben.button("Join call")).to_be_visible()
    await anna.button("Leave voice").click()
    for visitor in (anna, ben):
        await expect(visitor.button("Start a call")).to_be_visible()
