"""A passkey in the client: made in the account settings, used in place of the password, and removed."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import aiohttp
import pytest
from playwright.async_api import Browser as Chromium
from playwright.async_api import Locator, expect

from tests.browser.conftest import Visit, visits
from tests.browser.test_accessibility import axe
from tests.browser.test_account import account
from tests.browser.themes import BY_DAY_AND_NIGHT, found_in_themes
from tests.browser.visitor import Visitor
from tests.people import PASSWORD, Browser, Person
from tests.ports import reserved_port
from tests.serving import serving, settings_for

__all__ = ["axe"]

DEVICE: Final = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
"""A device whose user is there and verified, as WebAuthn's automation describes it."""


@pytest.fixture
async def address(database_url: str, tmp_path: Path) -> AsyncIterator[str]:
    """A server whose public address has a name, since passkeys are made for names."""
    port = reserved_port()
    url = f"http://localhost:{port}"
    settings = settings_for(database_url, UPLOAD_DIR=str(tmp_path), COTERIE_PUBLIC_URL=url, SERVER_PORT=str(port))
    async with serving(settings):
        yield url


@pytest.fixture
async def visit(chromium: Chromium, address: str) -> AsyncIterator[Visit]:
    async with visits(chromium, address, is_kept=False) as visit:
        yield visit


async def give_device(visitor: Visitor) -> None:
    session = await visitor.page.context.new_cdp_session(visitor.page)
    await session.send("WebAuthn.enable")
    await session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})


async def fill(dialog: Locator, name: str | None) -> None:
    if name is not None:
        await dialog.get_by_label("Name").fill(name)
    await dialog.get_by_label("Current password").fill(PASSWORD)


async def test_from_its_making_to_its_end(visit: Visit, address: str, axe: str) -> None:
    async with aiohttp.ClientSession() as http:
        person = await Person.register(Browser(address, http))
    visitor = await visit(person)
    await give_device(visitor)
    panel = await account(visitor, "Security")
    await panel.get_by_role("button", name="Add passkey").click()
    dialog = visitor.page.get_by_role("dialog", name="Add passkey")
    await fill(dialog, "My laptop")
    assert await found_in_themes(visitor, axe, BY_DAY_AND_NIGHT) == []
    await dialog.get_by_role("button", name="Add passkey").click()
    await expect(panel.get_by_text("not used yet")).to_be_visible()
    assert await found_in_themes(visitor, axe, BY_DAY_AND_NIGHT) == []

    await panel.get_by_role("button", name="Add passkey").click()
    await fill(dialog, "The same laptop")
    await dialog.get_by_role("button", name="Add passkey").click()
    await expect(dialog.get_by_text("This device already has a passkey for your account.")).to_be_visible()
    for _ in range(2):  # the form, and the settings
        await visitor.page.keyboard.press("Escape")
    await visitor.log_out()
    await visitor.button("Log in with a passkey").click()
    await visitor.is_home()
    panel = await account(visitor, "Security")
    await expect(panel.get_by_text("last used")).to_be_visible()
    await expect(panel.get_by_text("Passkey added", exact=True)).to_be_visible()
    await panel.get_by_role("button", name="Remove My laptop").click()
    dialog = visitor.page.get_by_role("dialog", name="Remove My laptop")
    await fill(dialog, None)
    await dialog.get_by_role("button", name="Remove", exact=True).click()
    await expect(dialog).to_have_count(0)
    await expect(panel.get_by_text("My laptop")).to_have_count(0)
