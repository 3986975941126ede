"""Moderation: bans and what they removed, voice, the view as another member, and a change of owner."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.test_settings import settings
from tests.browser.visitor import Visitor
from tests.people import Community
from tests.variants import in_test_all


@pytest.mark.extended("tests/moderation brings messages back; the other tests here have the same dialogs")
async def test_what_a_ban_took_away_is_brought_back(owner: Visitor, community: Community) -> None:
    await community.member.expect(200, "PATCH", "/api/users/@me", {"display_name": "The Jester"})
    await community.member.send(community.channel, "It was only a joke")
    await owner.sees("It was only a joke")
    ban = {"reason": "Not funny", "delete_message_hours": 24}
    path = f"/api/servers/{community.server}/members/{community.member.id}/ban"
    await community.owner.expect(204, "POST", path, ban)
    await expect(owner.message("It was only a joke")).to_have_count(0)

    panel = await settings(owner, "Bans")
    row = panel.get_by_role("listitem")
    await expect(row).to_contain_text(f"By {community.owner.username}")
    await panel.get_by_role("button", name="Restore messages from The Jester").click()
    await expect(owner.page.get_by_text("Restoring 1 message from The Jester.")).to_be_visible()
    await expect(row).to_have_count(1)  # the ban stays
    await expect(row.get_by_role("button", name="Restore messages")).to_have_count(0)
    seek = panel.get_by_label("Find a person by name")
    await seek.fill("nobody")
    await expect(panel).to_contain_text("No banned person found with this name.")
    for beginning in ("the jes", community.member.username[:-1]):
        await seek.fill(beginning)
        await expect(row).to_contain_text("The Jester")
    await owner.page.get_by_role("tab", name="Audit log").click()
    await expect(panel).to_contain_text(f"{community.owner.username} banned The Jester: “Not funny”")
    await owner.page.keyboard.press("Escape")
    await owner.sees("It was only a joke")


@pytest.mark.extended("tests/voice do; the menu is that of test_menus")
async def test_a_member_is_muted_moved_and_disconnected_from_voice(owner: Visitor, community: Community) -> None:
    balcony = {"name": "Balcony", "type": "voice"}
    channel = await community.owner.expect(201, "POST", f"/api/servers/{community.server}/channels", balcony)
    socket = await community.member.socket()  # which holds the voice state
    await community.member.expect(201, "POST", f"/api/channels/{community.voice}/voice")
    await (
        owner.page.get_by_role("complementary", name="Members")
        .get_by_role("button", name=re.compile(community.member.username))
        .click()
    )
    card = owner.page.get_by_role("dialog")
    async with owner.page.expect_response(lambda answer: answer.request.method == "PATCH"):
        await card.get_by_role("switch", name="Mute for everyone").click()
    await expect(card.get_by_role("switch", name="Mute for everyone")).to_be_checked()
    (state,) = await community.owner.expect(200, "GET", f"/api/channels/{community.voice}/voice")
    assert state["server_mute"] is True
    await card.get_by_label("Move to").select_option("Balcony")
    await expect(card.get_by_role("group", name="In voice channel Balcony")).to_be_visible()
    (state,) = await community.owner.expect(200, "GET", f"/api/channels/{channel['id']}/voice")
    assert state["user_id"] == community.member.id
    await card.get_by_role("button", name="Disconnect").click()
    await expect(card.get_by_role("group", name="In voice channel Balcony")).to_have_count(0)
    assert await community.owner.expect(200, "GET", f"/api/channels/{channel['id']}/voice") == []
    await socket.close()


@pytest.mark.parametrize("is_member", [True, *in_test_all("the same without a role", False)])
async def test_the_server_is_seen_with_other_eyes(owner: Visitor, community: Community, is_member: bool) -> None:
    hidden = {"name": "backstage", "type": "text"}
    channel = await community.owner.expect(201, "POST", f"/api/servers/{community.server}/channels", hidden)
    denial = {"role_id": community.server, "allow": 0, "deny": 1}
    await community.owner.expect(200, "PUT", f"/api/channels/{channel['id']}/overrides", denial)
    await owner.open_channel("backstage")
    if is_member:
        people = owner.page.get_by_role("complementary", name="Members")
        await people.get_by_role("button", name=re.compile(community.member.username)).click()
        await owner.button("View server as this person").click()
        who = community.member.username
    else:
        panel = await settings(owner, "Roles")
        await panel.get_by_role("button", name="View as this role").click()
        who = "Everyone"
    banner = owner.page.get_by_role("region", name="Preview")
    await expect(banner.get_by_role("status")).to_contain_text(f"as “{who}”.")
    await expect(owner.channel("backstage")).to_have_count(0)
    await expect(owner.composer("general")).to_be_visible()
    await expect(owner.page.get_by_role("button", name=re.compile("^Create channel in"))).to_have_count(0)
    await banner.get_by_text("Permissions in #general").click()
    await expect(banner.get_by_role("listitem").filter(has_text="Send messages")).to_contain_text("Send messages")
    await expect(banner.get_by_role("img", name="Allowed here", exact=True)).to_have_count(6)
    await banner.get_by_role("button", name="Exit preview").click()
    await expect(owner.channel("backstage")).to_be_visible()


@pytest.mark.extended("tests/moderation tries each action, and the other tests here what a moderator sees")
async def test_you_are_warned_before_you_lock_yourself_out(visit: Visit, community: Community) -> None:
    role = {"name": "Keepers", "permissions": 1024 | 2048}
    made = await community.owner.expect(201, "POST", f"/api/servers/{community.server}/roles", role)
    path = f"/api/servers/{community.server}/members/{community.member.id}/roles/{made['id']}"
    await community.owner.expect(204, "PUT", path)
    keeper = await visit(community.member, place=community.place)
    panel = await settings(keeper, "Channels")
    await panel.get_by_role("button", name="Permissions for general").click()
    sending = panel.get_by_role("group", name="Send messages")
    await sending.get_by_role("radio", name="Deny").check(force=True)
    warning = keeper.page.get_by_role("alertdialog", name="Remove your own permissions?")
    await expect(warning).to_contain_text("no longer have these permissions: Send messages")
    await warning.get_by_role("button", name="Cancel").click()
    await expect(sending.get_by_role("radio", name="Inherit")).to_be_checked()
    assert await community.owner.expect(200, "GET", f"/api/channels/{community.channel}/overrides") == []
    await sending.get_by_role("radio", name="Deny").check(force=True)
    await warning.get_by_role("button", name="Save anyway").click()
    await expect(keeper.page.get_by_text("You can't post in this channel.")).to_be_attached()


@pytest.mark.extended("tests/moderation tries each action, and the other tests here what a moderator sees")
async def test_a_server_changes_hands(owner: Visitor, member: Visitor, community: Community) -> None:
    panel = await settings(owner, "Overview")
    await panel.get_by_role("button", name="Transfer ownership").click()
    await (
        owner.page.get_by_role("dialog", name="Transfer ownership")
        .get_by_role("button", name=community.member.username)
        .click()
    )
    sure = owner.page.get_by_role("alertdialog")
    await expect(sure.get_by_role("button", name="Transfer ownership")).to_be_disabled()
    await sure.get_by_role("textbox").fill("Club")
    await sure.get_by_role("button", name="Transfer ownership").click()
    await expect(owner.page.get_by_role("dialog")).to_have_count(0)
    await member.button("Club: server menu").click()
    await expect(member.page.get_by_role("menuitem", name="Delete server")).to_be_visible()
