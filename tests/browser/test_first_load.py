"""The first load stays small: the bytes that the network carried, compressed as for any browser.

The budget is 200 kB with gzip for the chat screen, 90 kB of them script for the log-in page: sizes can be a test,
times cannot. `make bench ARGUMENTS="web --record"` records both.
"""

from typing import Any, Final

from playwright.async_api import Page, expect

from tests.browser.conftest import Visit
from tests.people import Community

MOST: Final = 200_000
MOST_AT_LOGIN: Final = 90_000
"""Of script, compressed, before the log-in form can be used."""
LAZY: Final = ("MenuList", "SettingsDialog", "call", "FriendsView", "SearchPanel", "PictureViewer", "Player")


async def test_the_chat_screen_loads_little(visit: Visit, community: Community) -> None:
    member = await visit(community.member)
    await community.owner.send(community.channel, "hello")
    page = await member.page.context.new_page()
    sizes = await _sizes(page)
    await page.goto(f"{member.url}/#/s/{community.server}/{community.channel}")
    await expect(page.get_by_role("log").get_by_text("hello")).to_be_visible()
    await page.wait_for_load_state("networkidle")
    # The browser asks for the icon again whenever its badge changes, which depends on when what is unread is known.
    program = {name: size for name, size in sizes.items() if "/api/" not in name and not name.endswith("/coterie.svg")}
    assert any("/assets/index" in name and name.endswith(".js") for name in program)
    assert any(name.endswith(".woff2") for name in program)
    assert sum(program.values()) < MOST, sorted(program.items())
    assert not [name for name in program if any(f"/assets/{part}" in name for part in LAZY)]


async def test_the_login_page_loads_less(visit: Visit, community: Community) -> None:
    member = await visit(community.member)
    browser = member.page.context.browser
    assert browser is not None
    context = await browser.new_context()
    page = await context.new_page()
    sizes = await _sizes(page)
    await page.goto(member.url)
    await expect(page.get_by_label("Password", exact=True)).to_be_visible()
    await page.wait_for_load_state("networkidle")
    script = {name: size for name, size in sizes.items() if name.endswith(".js")}
    assert sum(script.values()) < MOST_AT_LOGIN, script
    assert not [name for name in script if "/assets/shell" in name]
    async with page.expect_request("**/assets/shell*.js"):
        await page.get_by_label("Username").fill("ada")
    await context.close()


async def _sizes(page: Page) -> dict[str, int]:
    """The bytes that the network carries for each address from now on, with nothing cached."""
    session = await page.context.new_cdp_session(page)
    names: dict[str, str] = {}
    sizes: dict[str, int] = {}
    session.on("Network.responseReceived", lambda event: names.update({event["requestId"]: event["response"]["url"]}))
    session.on("Network.loadingFinished", lambda event: _count(names, sizes, event))
    await session.send("Network.enable")
    await session.send("Network.clearBrowserCache")
    await session.send("Network.setBypassServiceWorker", {"bypass": True})
    # Brotli is smaller, but browsers take it only over HTTPS.
    await session.send("Network.setExtraHTTPHeaders", {"headers": {"Accept-Encoding": "gzip"}})
    return sizes


def _count(names: dict[str, str], sizes: dict[str, int], event: dict[str, Any]) -> None:
    name = names.get(event["requestId"], "")
    sizes[name] = sizes.get(name, 0) + int(event["encodedDataLength"])
