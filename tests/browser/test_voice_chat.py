"""The chat of a voice channel: read and written without joining, and beside the call."""

import pytest
from playwright.async_api import Locator, expect

from tests.browser.calling import enter
from tests.browser.conftest import Visit
from tests.browser.test_accessibility import axe
from tests.browser.themes import found_in_themes
from tests.browser.visitor import Visitor
from tests.people import Community

pytestmark = pytest.mark.extended("voice needs a browser with a microphone; tests/voice tests the same over sockets")

__all__ = ["axe"]


def stage(visitor: Visitor) -> Locator:
    return visitor.page.get_by_role("region", name="Call in Lounge")


async def test_it_is_read_and_written_without_joining(visit: Visit, community: Community, axe: str) -> None:
    member = await visit(community.member)
    await member.open_server("Club")
    await community.owner.send(community.voice, "is anyone coming?")
    await expect(member.button("Lounge (voice), unread messages")).to_be_visible()
    await member.button("Chat of Lounge").click()
    await member.sees("is anyone coming?")
    await member.say("in a minute", "Lounge")
    await member.sent("in a minute")
    bar = member.page.get_by_role("region", name="Call", exact=True)
    await expect(bar).to_contain_text("No one is in the call.")
    await expect(bar.get_by_role("button", name="Join call")).to_be_visible()
    await expect(member.button("Disconnect")).to_have_count(0)
    await expect(member.button("Lounge (voice)", exact=True)).to_have_attribute("aria-current", "page")
    assert await found_in_themes(member, axe) == []
    await member.page.reload()
    await member.sees("in a minute")


async def test_it_is_beside_the_call(call: Visit, community: Community, axe: str) -> None:
    """Choosing the channel once joins its call, and again opens its page with everybody and the chat."""
    member = await enter(call, community.member)
    await member.page.set_viewport_size({"width": 1440, "height": 900})
    await expect(stage(member)).to_have_count(0)
    await member.button("Lounge (voice)").click()
    await expect(stage(member).get_by_role("listitem")).to_have_count(1)
    await member.say("you can hear me, and read me", "Lounge")
    await member.sent("you can hear me, and read me")
    await community.owner.send(community.voice, "loud and clear")
    await member.sees("loud and clear")
    assert await found_in_themes(member, axe) == []
    chat = stage(member).get_by_role("button", name="Chat", exact=True)
    await chat.click()
    await expect(chat).to_have_attribute("aria-pressed", "false")
    await expect(member.composer("Lounge")).to_be_hidden()
    await member.open_channel("general")
    await expect(member.composer("general")).to_be_visible()
    await expect(stage(member)).to_have_count(0)
    await member.page.get_by_role("region", name="Voice").get_by_role("button", name="Lounge", exact=True).click()
    await expect(member.composer("Lounge")).to_be_visible()
    await expect(stage(member)).to_be_visible()


async def test_on_a_phone_it_is_shown_and_hidden(call: Visit, community: Community, axe: str) -> None:
    member = await enter(call, community.member)
    await member.button("Lounge (voice)").click()
    await member.page.set_viewport_size({"width": 390, "height": 800})
    await expect(stage(member)).to_be_visible()
    await expect(member.composer("Lounge")).to_be_in_viewport()
    assert await found_in_themes(member, axe) == []
    chat = stage(member).get_by_role("button", name="Chat", exact=True)
    await chat.click()
    await expect(member.composer("Lounge")).to_be_hidden()
    await chat.click()
    await member.say("from my phone", "Lounge")
    await member.sent("from my phone")
