"""Voice calls between real Chromium pages of the web client, with devices that beep: the sound arrives."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Browser as Chromium
from playwright.async_api import Route, expect

from coterie.settings.record import Settings
from tests.browser.calling import (
    UNREACHABLE,
    WATCH,
    close_settings,
    enter,
    heard,
    hears,
    open_settings,
    people,
    sees_pictures,
    speaks,
)
from tests.browser.conftest import Visit, visits
from tests.browser.visitor import Visitor
from tests.patience import PATIENCE
from tests.people import Browser, Community, Person, befriend
from tests.serving import Register, gather_community, serving, settings_for

pytestmark = pytest.mark.extended("voice needs a browser with a microphone; tests/voice tests the same over sockets")


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
    await visitor.button("Disconnect").click()
    for each in (first, second):
        await expect(people(each)).to_have_count(2)
        await hears(each, 1)
    await expect(visitor.button("Disconnect")).to_have_count(0)
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
    await expect(member.button("Disconnect")).to_have_count(0)
    await expect(member.page.get_by_text("You've been disconnected from the voice channel.")).to_be_visible()


async def test_loading_the_page_again_keeps_the_place(call: Visit, community: Community) -> None:
    owner, member = await enter(call, community.owner), await enter(call, community.member)
    socket = await community.owner.socket()
    await hears(owner, 1)
    await owner.page.reload()
    await expect(owner.button("Disconnect")).to_be_visible()
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
    await expect(member.button("Disconnect")).to_be_visible()
    assert [answer for answer in member.answers if "/assets/call" in answer]


async def test_a_screen_is_shown_to_the_others(call: Visit, community: Community) -> None:
    owner, member = await enter(call, community.owner), await enter(call, community.member)
    await hears(owner, 1)
    await owner.button("Share your screen").click()
    screen = member.button(f"Screen of {community.owner.username}, enlarge")
    await expect(screen).to_be_visible()
    await expect(people(member).nth(0).get_by_label("sharing their screen")).to_be_visible()
    await sees_pictures(member)
    await owner.button("Open call view").first.click()
    stage = owner.page.get_by_role("region", name="Call in Lounge")
    await expect(stage.get_by_role("button", name=f"Screen of {community.owner.username}")).to_be_visible()
    await owner.page.wait_for_function("() => document.querySelector('section[data-panel] video').readyState > 1")
    await owner.button("Make smaller").click()
    await owner.button("Stop sharing").first.click()
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
    await expect(ben.page.get_by_role("alertdialog", name=f"{anna.name} is calling.")).to_be_visible()
    await ben.page.keyboard.press("Escape")
    await ben.page.get_by_role("navigation", name="Home").get_by_role("button", name=anna.name, exact=True).click()
    await ben.button("Join call").click()
    for visitor in (anna, ben):
        await hears(visitor, 1)
    await ben.button("Leave call").click()
    await expect(ben.button("Join call")).to_be_visible()
    await anna.button("Disconnect").click()
    for visitor in (anna, ben):
        await expect(visitor.button("Start a call")).to_be_visible()


POLICIES = "window.connections.map((each) => each.getConfiguration().iceTransportPolicy)"
TURN = {"TURN_URL": "turn:127.0.0.1:9", "TURN_SECRET": "a secret of the relay"}
"""A relay that never answers, so that calls through it alone stay silent."""


@contextlib.asynccontextmanager
async def club(
    chromium: Chromium, settings: Settings, http: aiohttp.ClientSession
) -> AsyncIterator[tuple[Visit, Community]]:
    """A server with these settings, the community in it, and browsers that can call there."""
    async with serving(settings) as server, visits(chromium, server.url) as call:
        browser = Browser(server.url, http)
        yield call, await gather_community(lambda name="person": Person.register(browser, name))


async def connects_by(visitor: Visitor, policy: str) -> None:
    """The page has connections, and all follow this policy."""
    async with asyncio.timeout(PATIENCE):
        while set(await visitor.page.evaluate(POLICIES)) != {policy}:
            continue


async def test_connections_use_the_relay_alone_if_the_operator_asks_for_it(
    talking_chromium: Chromium, database_url: str, http: aiohttp.ClientSession, tmp_path: Path
) -> None:
    settings = settings_for(database_url, UPLOAD_DIR=str(tmp_path), COTERIE_RELAY_ONLY="on", **TURN)
    async with club(talking_chromium, settings, http) as (call, community):
        first = await enter(call, community.owner)
        await enter(call, community.member)
        await connects_by(first, "relay")
        await open_settings(first)
        hide = first.page.get_by_role("switch", name="Hide your address in calls")
        await expect(hide).to_be_checked()
        await expect(hide).to_be_disabled()


async def test_users_hide_their_address_and_show_it_again_during_a_call(
    talking_chromium: Chromium, database_url: str, http: aiohttp.ClientSession, tmp_path: Path
) -> None:
    settings = settings_for(database_url, UPLOAD_DIR=str(tmp_path), **TURN)
    async with club(talking_chromium, settings, http) as (call, community):
        owner = await enter(call, community.owner)
        await open_settings(owner)
        hide = owner.page.get_by_role("switch", name="Hide your address in calls")
        await hide.check()
        await owner.page.reload()
        await expect(owner.button("Disconnect")).to_be_visible()
        member = await enter(call, community.member)
        await connects_by(owner, "relay")
        await connects_by(member, "all")
        await expect(owner.page.get_by_text("Couldn't reach some people through the relay")).to_be_visible()
        await open_settings(owner)
        await hide.uncheck()
        await connects_by(owner, "all")
        await hears(owner, 1)
        await hears(member, 1)
        await close_settings(owner)
        await expect(owner.page.get_by_text("can't be reached")).to_have_count(0)


async def test_a_call_says_that_there_is_no_relay_once_someone_cannot_be_reached(
    talking_chromium: Chromium, database_url: str, http: aiohttp.ClientSession, tmp_path: Path
) -> None:
    settings = settings_for(database_url, UPLOAD_DIR=str(tmp_path))
    async with club(talking_chromium, settings, http) as (call, community):
        owner = await enter(call, community.owner)
        member = await call(community.member, permissions=["microphone"])
        await member.page.context.add_init_script(UNREACHABLE)
        await member.page.reload()
        await open_settings(member)
        await expect(member.page.get_by_role("radio", name="Push to talk")).to_be_visible()
        await expect(member.page.get_by_text("TURN_URL")).to_have_count(0)
        await expect(member.page.get_by_role("switch", name="Hide your address in calls")).to_have_count(0)
        await close_settings(member)
        await member.open_server("Club")
        await member.button("Lounge (voice)").click()
        await expect(
            owner.page.get_by_text("A relay (TURN server) would help, but this instance has none.")
        ).to_be_visible()
        await open_settings(owner)
        await expect(owner.page.get_by_text("Set TURN_URL and TURN_SECRET")).to_be_visible()


async def test_what_is_done_while_joining_counts(call: Visit, community: Community) -> None:
    """The panel is there at once, the voice state only with the server's response."""
    member = await call(community.member, permissions=["microphone"])
    page, socket = member.page, await community.owner.socket()
    await member.open_server("Club")
    asked, may_join = asyncio.Event(), asyncio.Event()

    async def slowly(route: Route) -> None:
        if route.request.method == "POST":
            asked.set()
            await may_join.wait()
        await route.continue_()

    await page.route("**/api/channels/*/voice", slowly)
    await member.button("Lounge (voice)").click()
    await asked.wait()
    await expect(page.get_by_role("region", name="Voice")).to_contain_text("Connecting to")
    await member.button("Mute", exact=True).click()
    may_join.set()
    await expect(member.button("Unmute")).to_be_visible()
    await socket.wait_for(lambda frame: frame.get("t") == "VOICE_STATE_UPDATE" and frame["d"]["self_mute"])
    await member.button("Disconnect").click()
    await socket.wait_for(lambda frame: frame.get("t") == "VOICE_STATE_UPDATE" and frame["d"]["channel_id"] is None)

    asked.clear()
    may_join.clear()
    await member.button("Lounge (voice)").click()
    await asked.wait()
    await member.button("Disconnect").click()
    await expect(member.button("Disconnect")).to_have_count(0)
    socket.frames.clear()
    may_join.set()
    await socket.wait_for(lambda frame: frame.get("t") == "VOICE_STATE_UPDATE" and frame["d"]["channel_id"] is None)
    await expect(member.button("Disconnect")).to_have_count(0)
