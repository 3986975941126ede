"""A server's settings: a change there applies to the other members at once."""

import re
from io import BytesIO

import pytest
from PIL import Image
from playwright.async_api import Locator, expect

from tests.browser.conftest import Visit
from tests.browser.test_accessibility import axe
from tests.browser.themes import BY_DAY_AND_NIGHT, found_in_themes
from tests.browser.visitor import Visitor
from tests.people import Community

__all__ = ["axe"]


async def settings(visitor: Visitor, section: str) -> Locator:
    await visitor.choose("Server settings")
    dialog = visitor.page.get_by_role("dialog", name="Settings for Club")
    await dialog.get_by_role("tab", name=section).click()
    return dialog.get_by_role("tabpanel")


@pytest.mark.extended("tests/roles gives them; test_settings has other pages of the same kind")
async def test_a_role_is_made_given_and_shown(owner: Visitor, member: Visitor, community: Community) -> None:
    panel = await settings(owner, "Roles")
    await panel.get_by_role("button", name="Create role").click()
    await panel.get_by_label("Role name").fill("Keepers")
    await panel.get_by_role("switch", name="Manage channels").check()
    await panel.get_by_role("button", name="Save").click()
    await expect(panel.get_by_text("Saved.")).to_be_visible()
    await expect(member.page.get_by_role("button", name=re.compile("^Create channel in"))).to_have_count(0)
    await panel.get_by_role("checkbox", name=community.member.username).check()
    await expect(member.page.get_by_role("button", name=re.compile("^Create channel in"))).not_to_have_count(0)

    await member.button("Club: server menu").click()
    await member.page.get_by_role("menuitem", name="Server settings").click()
    tabs = member.page.get_by_role("tab")
    await expect(tabs).to_have_text(["Channels"])


async def test_a_member_who_cannot_write_learns_it_and_a_hidden_channel_goes(owner: Visitor, member: Visitor) -> None:
    panel = await settings(owner, "Channels")
    await panel.get_by_role("button", name="Permissions for general").click()
    writing = panel.get_by_role("group", name="Send messages")
    await writing.get_by_role("radio", name="Deny").check(force=True)
    await expect(member.page.get_by_text("You can't post in this channel.")).to_be_visible()
    await expect(member.composer()).to_have_count(0)
    await expect(panel.get_by_role("img", name="Not allowed here")).not_to_have_count(0)
    await writing.get_by_role("radio", name="Inherit").check(force=True)
    await expect(member.composer()).to_be_visible()

    viewing = panel.get_by_role("group", name="View channels")
    await viewing.get_by_role("radio", name="Deny").check(force=True)
    await expect(member.channel("general")).to_have_count(0)
    await viewing.get_by_role("radio", name="Inherit").check(force=True)
    await member.open_channel("general")


@pytest.mark.extended("test_inviting joins too")
async def test_joining_by_an_invite(owner: Visitor, visit: Visit, community: Community) -> None:
    panel = await settings(owner, "Invites")
    await panel.get_by_role("button", name="Create invite").click()
    code = await panel.get_by_role("listitem").locator("code").inner_text()

    guest = await visit(community.outsider)
    await guest.button("Add a server").click()
    await guest.button("Have an invite?").click()
    await guest.page.get_by_label("Invite link or code").fill(f"{guest.url}/#/i/{code}")
    await guest.button("Continue").click()
    await guest.button("Join Club").click()
    await guest.open_channel("general")
    await expect(panel.get_by_role("listitem")).to_contain_text("used once")


@pytest.mark.extended("tests/moderation does each")
async def test_timeout_kick_and_ban(owner: Visitor, member: Visitor, community: Community) -> None:
    name = community.member.username
    people = owner.page.get_by_role("complementary", name="Members")
    card = owner.page.get_by_role("dialog")

    await people.get_by_role("button", name=re.compile(name)).focus()
    await owner.page.keyboard.press("Enter")
    await card.get_by_role("button", name="Time out").click()
    await card.get_by_label("For").select_option("5 minutes")
    await card.get_by_role("button", name="Time out").click()
    await expect(member.page.get_by_text("You're timed out in this server until")).to_be_visible()
    await expect(member.composer()).to_have_count(0)

    await people.get_by_role("button", name=re.compile(name)).click()
    await card.get_by_role("button", name="End timeout").click()
    await expect(member.composer()).to_be_visible()
    await card.get_by_role("button", name="Ban").click()
    await card.get_by_label("Reason").fill("Too loud")
    await card.get_by_role("button", name="Ban").click()
    await expect(member.page.get_by_text("You were banned from Club. Reason: Too loud")).to_be_visible()
    await member.is_home()

    panel = await settings(owner, "Bans")
    await expect(panel.get_by_role("listitem")).to_contain_text("Too loud")
    await panel.get_by_role("button", name=f"Unban {name}").click()
    await expect(panel.get_by_text("No one is banned.")).to_be_visible()
    await owner.page.get_by_role("tab", name="Audit log").click()
    await expect(panel).to_contain_text(f"{community.owner.username} banned {name}: “Too loud”")


@pytest.mark.extended("the walks of the features look at their own sections with axe")
async def test_axe_finds_nothing_in_any_section(
    visit: Visit, community: Community, axe: str, browser_picture: bytes
) -> None:
    owner = await visit(community.owner, place=community.place)
    panel = await settings(owner, "Emoji")
    image = {"name": "Party Hat.png", "mimeType": "image/png", "buffer": browser_picture}
    await panel.locator("input[type=file]").set_input_files(image)  # type: ignore[arg-type]
    await expect(panel.get_by_label("Name")).to_have_value("party_hat")
    await panel.get_by_role("button", name="Add emoji").click()
    await expect(panel.get_by_text(":party_hat:")).to_be_visible()
    await panel.get_by_role("button", name="Rename :party_hat:").click()
    await panel.get_by_label("New name for :party_hat:").fill("hat")
    await panel.get_by_role("button", name="Save name").click()
    await expect(panel.get_by_text(":hat:", exact=True)).to_be_visible()
    await panel.get_by_role("button", name="Delete :hat:").click()
    await expect(panel.get_by_text(":hat:", exact=True)).to_have_count(0)
    await owner.button("Undo").click()
    await expect(panel.get_by_text(":hat:", exact=True)).to_be_visible()
    tabs = owner.page.get_by_role("tab")
    for each in range(await tabs.count()):
        await tabs.nth(each).click()
        await expect(panel.locator(".skeleton")).to_have_count(0)
        assert await found_in_themes(owner, axe, BY_DAY_AND_NIGHT) == []
    await owner.page.get_by_role("tab", name="Members").click()
    await panel.get_by_role("button", name=re.compile(community.member.username)).click()
    await expect(owner.button("Ban")).to_be_visible()
    assert await found_in_themes(owner, axe, BY_DAY_AND_NIGHT) == []


@pytest.fixture
def browser_picture() -> bytes:
    written = BytesIO()
    Image.new("RGB", (64, 64), (179, 68, 30)).save(written, "PNG")
    return written.getvalue()
