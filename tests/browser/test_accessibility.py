"""axe finds no violation on any screen, light or dark, wide or narrow."""

import os
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import pytest
from PIL import Image
from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor
from tests.people import Community, befriend
from tests.variants import in_test_all

AXE: Final = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
PHONE: Final = {"viewport": {"width": 390, "height": 780}}


@pytest.fixture(scope="session")
def axe() -> str:
    """The checker, which comes with what the client is built from."""
    if not AXE.exists():
        give_up = pytest.fail if os.environ.get("REQUIRE_BROWSER") == "1" else pytest.skip
        give_up("axe is not there: run `npm ci` in web/, or `make test`")
    return AXE.read_text()


async def found(visitor: Visitor, axe: str, rules: list[str] | None = None) -> list[str]:
    """The violations that axe finds, by all its rules or by some."""
    if not await visitor.page.evaluate("'axe' in window"):
        await visitor.page.evaluate(axe)
    named = {"rules": {"label-content-name-mismatch": {"enabled": True}}}  # experimental in axe, level A in WCAG
    no_styles = {"preload": False}  # it would fetch all styles again, for a rule about orientation alone
    only = {"runOnly": {"type": "rule", "values": rules}} if rules else named
    options = {"resultTypes": ["violations"], **no_styles, **only}
    result: dict[str, Any] = await visitor.page.evaluate("(options) => axe.run(options)", options)
    return [
        f"{each['id']}: {node['html'][:160]} ({node['failureSummary']})"
        for each in result["violations"]
        for node in each["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", *in_test_all("test_among_people is dark", "dark")])
async def test_every_screen(visit: Visit, community: Community, axe: str, scheme: str) -> None:
    await community.owner.expect(201, "POST", "/api/servers", {"name": "Reading Room"})  # its letters are RR
    owner = await visit(color_scheme=scheme)
    await expect(owner.button("Log in")).to_be_visible()
    assert await found(owner, axe) == []
    await owner.button("Create account").click()
    assert await found(owner, axe) == []
    await owner.button("Log in").click()
    await owner.log_in(community.owner.username)
    assert await found(owner, axe) == []

    for text in ("**bold** `code` and https://example.org", "> quoted\n```\ncode\n```\nand\n```\nmore\n```"):
        await community.member.send(community.channel, text)
    await owner.open_server("Club")
    await owner.open_channel("general")
    await expect(owner.log.get_by_role("article")).to_have_count(2)
    await owner.log.get_by_role("article").last.hover()
    assert await found(owner, axe) == []
    await owner.button("Club: server menu").click()
    await expect(owner.page.get_by_role("menu")).to_be_visible()
    assert await found(owner, axe) == []
    await owner.page.get_by_role("menuitem", name="Create channel").click()
    await expect(owner.page.get_by_role("dialog")).to_be_visible()
    assert await found(owner, axe) == []
    await owner.page.keyboard.press("Escape")
    await owner.button("Your account and status").click()
    await expect(owner.page.get_by_role("menu")).to_be_visible()
    assert await found(owner, axe) == []


@pytest.mark.parametrize(
    "drawer", ["Show servers and channels", *in_test_all("a drawer like the other", "Show members")]
)
async def test_on_a_phone(visit: Visit, community: Community, axe: str, drawer: str) -> None:
    member = await visit(community.member, **PHONE)
    await member.button("Open Club").first.click()
    await expect(member.composer()).to_be_visible()
    assert await found(member, axe) == []
    await member.button(drawer).click()
    assert await found(member, axe) == []


@pytest.mark.parametrize("scheme", ["dark", *in_test_all("test_every_screen is light", "light")])
async def test_among_people(visit: Visit, community: Community, axe: str, scheme: str) -> None:
    owner, member, outsider = community.owner, community.member, community.outsider
    await befriend(owner, member)
    await outsider.expect(200, "POST", "/api/friends/request", {"to_user_id": owner.id, "message": "hello there"})
    ids = [member.id, outsider.id]
    group = await owner.expect(201, "POST", "/api/conversations", {"participant_ids": ids, "name": "Trio"})
    await member.send(group["id"], "who comes along?")
    await member.expect(200, "PATCH", f"/api/conversations/{group['id']}", {"name": "The three"})
    visitor = await visit(owner, color_scheme=scheme)
    page = visitor.page
    for tab in ("online", "pending", "blocked"):
        await page.evaluate(f"location.hash = '#/friends/{tab}'")
        await expect(page.get_by_role("tab", selected=True)).to_contain_text(tab.capitalize())
        assert await found(visitor, axe) == []
    await visitor.button("Add a friend").first.click()
    await expect(page.get_by_role("dialog", name="Add a friend")).to_be_visible()
    assert await found(visitor, axe) == []
    await page.keyboard.press("Escape")
    await visitor.button("New conversation").click()
    await expect(page.get_by_role("dialog", name="New conversation")).to_be_visible()
    assert await found(visitor, axe) == []
    await page.keyboard.press("Escape")

    await page.evaluate(f"location.hash = '#/c/{group['id']}'")
    await visitor.sees(f"{member.username} named the group “The three”.")
    assert await found(visitor, axe) == []
    await visitor.button("Conversation menu").click()
    await expect(page.get_by_role("menu")).to_be_visible()
    assert await found(visitor, axe) == []
    await page.keyboard.press("Escape")
    await visitor.log.get_by_role("button", name=member.username).click()
    await expect(visitor.button("Block")).to_be_visible()
    assert await found(visitor, axe) == []
    await page.keyboard.press("Escape")
    await visitor.button("Your account and status").click()
    await page.get_by_role("menuitem", name="Account settings").click()
    await page.get_by_role("tab", name="Privacy").click()
    await expect(page.get_by_role("switch", name="Read receipts")).to_be_visible()
    assert await found(visitor, axe) == []


@pytest.mark.extended("test_on_a_phone has the same screen with a channel")
async def test_a_conversation_on_a_phone(visit: Visit, community: Community, axe: str) -> None:
    await befriend(community.owner, community.member)
    visitor = await visit(community.owner, **PHONE)
    await visitor.button("Show servers and channels").click()
    await (
        visitor.page.get_by_role("navigation", name="Home")
        .get_by_role("button", name=community.member.username, exact=True)
        .click()
    )
    await expect(visitor.page.get_by_role("textbox", name=f"Message {community.member.username}")).to_be_visible()
    assert await found(visitor, axe) == []
    await visitor.button("Show servers and channels").click()
    assert await found(visitor, axe) == []


def shades(picture: bytes) -> int:
    """The number of colours in its middle row: parts that cannot be distinguished have one."""
    image = Image.open(BytesIO(picture)).convert("RGB")
    width, height = image.size
    return len(image.crop((2, height // 2, width - 2, height // 2 + 1)).getcolors() or [])


async def test_with_the_systems_colours_nothing_depends_on_a_tint(visit: Visit, community: Community) -> None:
    visitor = await visit(community.owner, forced_colors="active")
    page = visitor.page
    await visitor.open_server("Club")
    await expect(visitor.channel("general")).to_have_css("outline-style", "solid")
    await expect(visitor.composer()).to_be_focused()
    await expect(page.locator("form:has(#composer)")).to_have_css("outline-style", "solid")
    await visitor.button("Your account and status").click()
    dots = page.get_by_role("menuitemcheckbox").locator("span > span:empty")
    await expect(dots).to_have_count(4)
    assert len({await dot.screenshot() for dot in await dots.all()}) == 4
    await page.get_by_role("menuitem", name="Account settings").click()
    await page.get_by_role("tab", name="Privacy").click()
    switch = page.get_by_role("switch", name="Read receipts")
    on = await switch.screenshot()
    await switch.click()
    await expect(switch).not_to_be_checked()
    off = await switch.screenshot()
    assert on != off
    assert min(shades(on), shades(off)) > 1
