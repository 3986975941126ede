"""What the tests of voice share: joining a call, and what really arrives there."""

import asyncio
import re
from typing import Any, Final

from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor
from tests.patience import PATIENCE

# The page's own connections, for their statistics.
WATCH: Final = """
window.connections = [];
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...given) { super(...given); window.connections.push(this); }
};
window.arriving = async () => {
  const found = [];
  for (const connection of window.connections.filter((each) => each.connectionState === "connected"))
    for (const stats of (await connection.getStats()).values())
      if (stats.type === "inbound-rtp") found.push(stats);
  return found.map(({ kind, packetsReceived, totalAudioEnergy, framesDecoded }) =>
    ({ kind, packetsReceived, totalAudioEnergy, framesDecoded: framesDecoded ?? 0 }));
};
"""

# As behind a firewall that lets nothing through: the page finds no way to anyone.
UNREACHABLE: Final = """
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(given) { super({ ...given, iceServers: [], iceTransportPolicy: "relay" }); }
};
"""


async def enter(call: Visit, person: Any) -> Visitor:
    """Open the page and join the voice channel."""
    visitor = await call(person, permissions=["microphone"])
    await visitor.page.context.add_init_script(WATCH)
    await visitor.page.reload()
    await visitor.open_server("Club")
    await visitor.button("Lounge (voice)").click()
    await expect(visitor.button("Disconnect")).to_be_visible()
    return visitor


async def open_settings(visitor: Visitor) -> None:
    """Open the settings of voice and video."""
    await visitor.button("Your account and status").click()
    await visitor.page.get_by_role("menuitem", name=re.compile("settings", re.IGNORECASE)).click()
    await visitor.page.get_by_role("tab", name="Voice and video").click()


async def close_settings(visitor: Visitor) -> None:
    await visitor.page.get_by_role("dialog").get_by_role("button", name="Close").click()


async def arriving(visitor: Visitor) -> list[dict[str, Any]]:
    """Each stream of sound and of pictures that arrives."""
    streams: list[dict[str, Any]] = await visitor.page.evaluate("window.arriving()")
    return streams


async def heard(visitor: Visitor) -> list[dict[str, Any]]:
    """Each stream of sound that arrives."""
    return [stream for stream in await arriving(visitor) if stream["kind"] == "audio"]


async def hears(visitor: Visitor, count: int) -> None:
    """Sound arrives from this number of people: packets and energy grow for each."""
    before: list[dict[str, Any]] = []
    async with asyncio.timeout(PATIENCE):
        while len(before) != count or not all(each["packetsReceived"] for each in before):
            before = await heard(visitor)
        after = before
        while len(after) != count or not all(map(_grew, before, after)):
            after = await heard(visitor)


async def sees_pictures(visitor: Visitor) -> None:
    """A picture arrives and moves."""
    streams: list[dict[str, Any]] = []
    async with asyncio.timeout(PATIENCE):
        while not any(stream["kind"] == "video" and stream["framesDecoded"] > 1 for stream in streams):
            streams = await arriving(visitor)


def _grew(before: dict[str, Any], after: dict[str, Any]) -> bool:
    return bool(
        after["packetsReceived"] > before["packetsReceived"] and after["totalAudioEnergy"] > before["totalAudioEnergy"]
    )


def people(visitor: Visitor) -> Any:
    return visitor.page.get_by_role("list", name="In Lounge").get_by_role("listitem")


async def speaks(visitor: Visitor, place: int) -> None:
    """Looks at every frame: the device beeps briefly and regularly, so that regular samples could miss each beep."""
    row = await people(visitor).nth(place).element_handle()
    await visitor.page.wait_for_function("(row) => row.classList.contains('speaks')", arg=row)
