"""axe finds nothing to complain of, on any screen, light or dark, wide or narrow."""

import os
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor
from tests.people import Community

AXE: Final = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
PHONE: Final = {"viewport": {"width": 390, "height": 780}}


@pytest.fixture(scope="session")
def axe() -> str:
    """The checker, which comes with what the client is built from."""
    if not AXE.exists():
        give_up = pytest.fail if os.environ.get("REQUIRE_BROWSER") == "1" else pytest.skip
        give_up("axe is not there: run `npm ci` in web/, or `make test`")
    return AXE.read_text()


async def found(visitor: Visitor, axe: str) -> list[str]:
    await visitor.page.evaluate(axe)
    result: dict[str, Any] = await visitor.page.evaluate("axe.run({ resultTypes: ['violations'] })")
    return [
        f"{each['id']}: {node['html'][:160]} ({node['failureSummary']})"
        for each in result["violations"]
        for node in each["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_screen(visit: Visit, community: Community, axe: str, scheme: str) -> None:
    owner = await visit(color_scheme=scheme)
    assert await found(owner, axe) == []
    await owner.button("Create account").click()
    assert await found(owner, axe) == []
    await owner.button("Log in").click()
    await owner.log_in(community.owner.username)
    assert await found(owner, axe) == []

    for text in ("**bold** `code` and https://example.org", "> quoted\n```\ncode\n```"):
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
    assert await found(owner, axe) == []
    await owner.page.keyboard.press("Escape")
    await owner.button("Your account and status").click()
    await expect(owner.page.get_by_role("menu")).to_be_visible()
    assert await found(owner, axe) == []


@pytest.mark.parametrize("drawer", ["Show servers and channels", "Show members"])
async def test_on_a_phone(visit: Visit, community: Community, axe: str, drawer: str) -> None:
    member = await visit(community.member, **PHONE)
    await member.button("Open Club").first.click()
    await expect(member.composer()).to_be_visible()
    assert await found(member, axe) == []
    await member.button(drawer).click()
    assert await found(member, axe) == []
