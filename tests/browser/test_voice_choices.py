"""Voice settings: devices, push to talk, the volume of others, cameras, and what is remembered."""

import re
from typing import Final

import pytest
from playwright.async_api import expect

from tests.browser.calling import close_settings, enter, hears, open_settings, people, sees_pictures, speaks
from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor
from tests.people import Community

pytestmark = pytest.mark.extended("voice needs a browser with a microphone; tests/voice tests the same over sockets")

# What the browser measures, but for what a busy machine makes worse.
MEASURED: Final = """
for (const connection of window.connections) {
  const measured = connection.getStats.bind(connection);
  const calm = { "candidate-pair": { currentRoundTripTime: 0.02 }, "inbound-rtp": { packetsLost: 0 } };
  connection.getStats = async () =>
    new Map([...(await measured())].map(([id, stats]) => [id, { ...stats, ...calm[stats.type] }]));
}
"""


async def choose_key(visitor: Visitor) -> None:
    await open_settings(visitor)
    await visitor.page.get_by_role("radio", name="Push to talk").check()
    await close_settings(visitor)


async def test_push_to_talk(call: Visit, community: Community) -> None:
    owner, member = await enter(call, community.owner), await enter(call, community.member)
    await hears(owner, 1)
    await choose_key(member)
    await expect(people(owner).nth(1)).not_to_have_class(re.compile("speaks"))
    held = member.button("Hold F9 to talk")
    await expect(held).to_be_visible()
    await member.page.get_by_role("textbox", name="Message #general").focus()
    await member.page.keyboard.down("F9")
    await expect(member.button("Others can hear you")).to_be_visible()
    await speaks(owner, 1)
    await member.page.keyboard.up("F9")
    await expect(held).to_be_visible()
    await expect(people(owner).nth(1)).not_to_have_class(re.compile("speaks"))


async def test_a_key_that_types_does_not_count_while_one_writes(call: Visit, community: Community) -> None:
    member = await enter(call, community.member)
    await open_settings(member)
    await member.page.get_by_role("radio", name="Push to talk").check()
    await member.button("Change key").click()
    await member.page.keyboard.press("v")
    await expect(member.page.get_by_text("This key types a character")).to_be_visible()
    await close_settings(member)
    await member.composer().press("v")
    await expect(member.composer()).to_have_value("v")
    await expect(member.button("Hold V to talk")).to_be_visible()
    await member.page.get_by_role("log").focus()
    await member.page.evaluate("document.activeElement.blur()")
    await member.page.keyboard.down("v")
    await expect(member.button("Others can hear you")).to_be_visible()
    await member.page.keyboard.up("v")
    await expect(member.button("Hold V to talk")).to_be_visible()


async def test_choices_are_remembered(call: Visit, community: Community) -> None:
    member = await call(community.member, permissions=["microphone", "camera"])
    await open_settings(member)
    page = member.page
    await member.button("Test microphone").click()
    await page.wait_for_function("() => document.querySelector('meter').value > 0.1")
    microphones = page.get_by_label("Microphone", exact=True)
    await expect(microphones.locator("option")).not_to_have_count(1)
    await microphones.select_option(index=2)
    chosen = await microphones.input_value()
    await page.get_by_role("switch", name="Noise suppression").uncheck()
    await member.button("Stop test").click()
    await page.reload()
    await open_settings(member)
    await member.button("Test microphone").click()
    await expect(microphones).to_have_value(chosen)
    await expect(page.get_by_role("switch", name="Noise suppression")).not_to_be_checked()
    await expect(page.get_by_role("switch", name="Echo cancellation")).to_be_checked()


async def test_another_microphone_during_a_call(call: Visit, community: Community) -> None:
    owner, member = await enter(call, community.owner), await enter(call, community.member)
    await hears(owner, 1)
    used = "window.connections.flatMap((each) => each.getSenders()).find((each) => each.track?.kind === 'audio').track"
    before = await member.page.evaluate(f"{used}.id")
    await open_settings(member)
    await member.page.get_by_label("Microphone", exact=True).select_option(index=1)
    await member.page.wait_for_function(f"() => {used}.id !== {before!r}")
    await hears(owner, 1)


async def test_a_users_volume_and_the_connection_quality(call: Visit, community: Community) -> None:
    owner, member = await enter(call, community.owner), await enter(call, community.member)
    await hears(owner, 1)
    name = community.member.username
    await owner.button(f"Audio of {name}").click()
    volume = owner.page.get_by_role("slider", name=f"Volume of {name}")
    await volume.fill("30")
    await owner.page.evaluate(MEASURED)
    await expect(owner.page.get_by_text("Good connection")).to_be_visible()
    await expect(owner.page.get_by_text("0% packet loss, 20 ms round trip")).to_be_visible()
    await owner.page.reload()
    await hears(owner, 1)
    await owner.button(f"Audio of {name}").click()
    await expect(volume).to_have_value("30")
    await expect(member.button(f"Audio of {name}")).to_have_count(0)


async def test_a_camera_is_looked_at_before_it_is_shown(call: Visit, community: Community) -> None:
    owner, member = await enter(call, community.owner), await enter(call, community.member)
    await member.page.context.grant_permissions(["camera", "microphone"])
    await hears(owner, 1)
    name = community.member.username
    await member.button("Turn on camera").click()
    preview = member.page.get_by_role("dialog", name="Your camera")
    await preview.locator("video").wait_for()
    await expect(owner.button(f"{name}, enlarge")).to_have_count(0)
    await preview.get_by_role("button", name="Turn on").click()
    await expect(people(owner).nth(1).get_by_label("camera on")).to_be_visible()
    await owner.button(f"{name}, enlarge").click()
    stage = owner.page.get_by_role("region", name="Call in Lounge")
    await expect(stage.locator("video")).to_have_count(1)
    await sees_pictures(owner)
    await owner.page.keyboard.press("Escape")
    await expect(owner.button(f"{name}, enlarge")).to_be_visible()
    await member.button("Turn off camera").first.click()
    await expect(stage).to_have_count(0)


async def test_a_screen_and_a_camera_are_distinguished(call: Visit, community: Community) -> None:
    owner, member = await enter(call, community.owner), await enter(call, community.member)
    await member.page.context.grant_permissions(["camera", "microphone"])
    await hears(owner, 1)
    name = community.member.username
    await member.button("Turn on camera").click()
    await member.page.get_by_role("dialog").get_by_role("button", name="Turn on").click()
    await expect(owner.button(f"{name}, enlarge")).to_be_visible()
    await member.button("Share your screen").first.click()
    await owner.button(f"Screen of {name}, enlarge").click()
    stage = owner.page.get_by_role("region", name="Call in Lounge")
    await expect(stage.get_by_role("button", name=f"Screen of {name}")).to_have_attribute("aria-pressed", "true")
    await expect(stage.locator("video")).to_have_count(2)
    await member.button("Turn off camera").first.click()
    await expect(stage.locator("video")).to_have_count(1)
    await expect(stage.get_by_role("button", name=f"Screen of {name}")).to_be_visible()


async def test_keys_mute_and_deafen(call: Visit, community: Community) -> None:
    member = await enter(call, community.member)
    await member.composer().press("Control+Shift+KeyM")
    await expect(member.button("Unmute")).to_be_visible()
    await member.composer().press("Control+Shift+KeyM")
    await expect(member.button("Mute", exact=True)).to_be_visible()
    await member.composer().press("Control+Shift+KeyD")
    await expect(member.button("Undeafen")).to_be_visible()
