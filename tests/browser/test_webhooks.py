"""The section of webhooks in a server's settings: made, tested, switched and deleted there."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.test_accessibility import axe
from tests.browser.test_settings import settings
from tests.browser.themes import BY_DAY_AND_NIGHT, found_in_themes
from tests.people import Browser, Community, Person
from tests.serving import LiveServer, gather_community, serving, settings_for
from tests.webhooks.receiver import Receiver, receiver

__all__ = ["axe"]


@pytest.fixture
async def target() -> AsyncIterator[Receiver]:
    async with receiver() as made:
        yield made


@pytest.fixture
async def live_server(target: Receiver, database_url: str) -> AsyncIterator[LiveServer]:
    """A server that may send to the receiver."""
    async with serving(settings_for(database_url, COTERIE_OUTGOING_ALLOWED=target.place)) as server:
        yield server


@pytest.fixture
async def community(live_server: LiveServer, http: aiohttp.ClientSession) -> Community:
    return await gather_community(lambda name: Person.register(Browser(live_server.url, http), name))


@pytest.mark.extended("tests/webhooks does the same over the wire; test_bots has a page of the same kind")
async def test_a_webhook_from_its_secret_to_its_end(
    visit: Visit, community: Community, target: Receiver, axe: str
) -> None:
    owner = await visit(community.owner, place=community.place)
    panel = await settings(owner, "Webhooks")
    await expect(panel.get_by_text("No webhooks yet.")).to_be_visible()
    await panel.get_by_label("Name").fill("Tickets")
    await panel.get_by_label("Address").fill(target.url)
    await panel.get_by_role("checkbox", name="Members who join").check()
    await panel.get_by_role("button", name="Create webhook").click()
    shown = panel.get_by_role("region", name="Secret of Tickets")
    await expect(shown).to_be_focused()
    secret = await shown.locator("code").inner_text()
    assert len(bytes.fromhex(secret)) == 32
    await shown.get_by_role("button", name="Copy secret").click()
    assert await found_in_themes(owner, axe, BY_DAY_AND_NIGHT) == []
    await shown.get_by_role("button", name="Done").click()
    await expect(panel.get_by_text(secret)).to_have_count(0)

    await community.member.send(community.channel, "hello")
    [delivered] = await target.wait(1)
    assert delivered.data["content"] == "hello"
    await panel.get_by_role("button", name="Test Tickets").click()
    await expect(panel.get_by_text("The receiver accepted it.")).to_be_visible()
    target.statuses = ["418 I'm a teapot"]
    await panel.get_by_role("button", name="Test Tickets").click()
    await expect(panel.get_by_text("The receiver answered with status 418.")).to_be_visible()
    await expect(panel.get_by_text("Last delivery:")).to_be_visible()
    assert await found_in_themes(owner, axe, BY_DAY_AND_NIGHT) == []

    await panel.get_by_role("button", name="Edit Tickets").click()
    dialog = owner.page.get_by_role("dialog", name="Edit the webhook Tickets")
    await expect(dialog.get_by_label("Address")).to_have_value(target.url)
    await dialog.get_by_label("Name").fill("Desk")
    await dialog.get_by_role("checkbox", name="New messages").uncheck()
    assert await found_in_themes(owner, axe, BY_DAY_AND_NIGHT) == []
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog).to_have_count(0)
    row = panel.get_by_role("listitem")
    await expect(row).to_contain_text("Members who join")
    await expect(row).not_to_contain_text("New messages")

    await row.get_by_role("switch", name="Send events to Desk").uncheck()
    await expect(row.get_by_role("switch", name="Send events to Desk")).not_to_be_checked()
    await row.get_by_role("button", name="Delete Desk").click()
    await owner.page.get_by_role("alertdialog").get_by_role("button", name="Delete webhook").click()
    await expect(panel.get_by_text("No webhooks yet.")).to_be_visible()
    await owner.page.get_by_role("tab", name="Audit log").click()
    audit = owner.page.get_by_role("tabpanel")
    await expect(audit).to_contain_text(f"{community.owner.username} deleted the webhook “Desk”")


@pytest.mark.extended("tests/webhooks refuses each")
async def test_what_is_wrong_is_said_at_the_field(visit: Visit, community: Community) -> None:
    owner = await visit(community.owner, place=community.place)
    panel = await settings(owner, "Webhooks")
    await panel.get_by_label("Name").fill("Tickets")
    await panel.get_by_label("Address").fill("http://user:password@example.org/")
    await panel.get_by_role("button", name="Create webhook").click()
    await expect(panel.get_by_role("alert")).to_contain_text("not a valid http or https address")
    owner.complaints.clear()  # Chromium itself reports the answer
