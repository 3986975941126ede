"""A server is kept livable: bans and what they took away, voice, other eyes, and a change of hands."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Visit, inside
from tests.browser.test_settings import settings
from tests.browser.visitor import Visitor
from tests.people import Community


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
    await panel.get_by_role("button", name="Bring the messages of The Jester back").click()
    await expect(owner.page.get_by_text("1 message of The Jester comes back.")).to_be_visible()
    await expect(row).to_have_count(1)  # the ban stays
    seek = panel.get_by_label("Find somebody by their name")
    await seek.fill("nobody")
    await expect(panel).to_contain_text("Nobody with a name that begins like this is banned.")
    for beginning in ("the jes", community.member.username[:-1]):
        await seek.fill(beginning)
        await expect(row).to_contain_text("The Jester")
    await owner.page.get_by_role("tab", name="Audit log").click()
    await expect(panel).to_contain_text(f"{community.owner.username} banned The Jester: “Not funny”")
    await owner.page.keyboard.press("Escape")
    await owner.sees("It was only a joke")


async def test_somebody_is_muted_moved_and_put_out_of_voice(owner: Visitor, community: Community) -> None:
    balcony = {"name": "Balcony", "type": "voice"}
    channel = await community.owner.expect(201, "POST", f"/api/servers/{community.server}/channels", balcony)
    socket = await community.member.socket()  # which holds the place
    await community.member.expect(201, "POST", f"/api/channels/{community.voice}/voice")
    await (
        owner.page.get_by_role("complementary", name="Members")
        .get_by_role("button", name=re.compile(community.member.username))
        .click()
    )
    card = owner.page.get_by_role("dialog")
    async with owner.page.expect_response(lambda answer: answer.request.method == "PATCH"):
        await card.get_by_role("switch", name="Muted for everybody").click()
    await expect(card.get_by_role("switch", name="Muted for everybody")).to_be_checked()
    (state,) = await community.owner.expect(200, "GET", f"/api/channels/{community.voice}/voice")
    assert state["server_mute"] is True
    await card.get_by_label("Channel").select_option("Balcony")
    await expect(card.get_by_role("group", name="In the voice channel Balcony")).to_be_visible()
    (state,) = await community.owner.expect(200, "GET", f"/api/channels/{channel['id']}/voice")
    assert state["user_id"] == community.member.id
    await card.get_by_role("button", name="Put out of the channel").click()
    await expect(card.get_by_role("group", name="In the voice channel Balcony")).to_have_count(0)
    assert await community.owner.expect(200, "GET", f"/api/channels/{channel['id']}/voice") == []
    await socket.close()


@pytest.mark.parametrize("is_member", [False, True])
async def test_the_server_is_seen_with_other_eyes(owner: Visitor, community: Community, is_member: bool) -> None:
    hidden = {"name": "backstage", "type": "text"}
    channel = await community.owner.expect(201, "POST", f"/api/servers/{community.server}/channels", hidden)
    denial = {"role_id": community.server, "allow": 0, "deny": 1}
    await community.owner.expect(200, "PUT", f"/api/channels/{channel['id']}/overrides", denial)
    await owner.open_channel("backstage")
    if is_member:
        people = owner.page.get_by_role("complementary", name="Members")
        await people.get_by_role("button", name=re.compile(community.member.username)).click()
        await owner.button("View the server as they do").click()
        who = community.member.username
    else:
        panel = await settings(owner, "Roles")
        await panel.get_by_role("button", name="View as this role").click()
        who = "Everybody"
    banner = owner.page.get_by_role("region", name="Looking with other eyes")
    await expect(banner.get_by_role("status")).to_contain_text(f"as “{who}” does")
    await expect(owner.channel("backstage")).to_have_count(0)
    await expect(owner.composer("general")).to_be_visible()
    await expect(owner.page.get_by_role("button", name=re.compile("^Create channel in"))).to_have_count(0)
    await banner.get_by_text("What one may do in #general then").click()
    await expect(banner.get_by_role("listitem").filter(has_text="Send messages")).to_contain_text("Send messages")
    await expect(banner.get_by_role("img", name="May do it here")).to_have_count(6)
    await banner.get_by_role("button", name="Back to yourself").click()
    await expect(owner.channel("backstage")).to_be_visible()


async def test_one_is_warned_before_one_locks_oneself_out(visit: Visit, community: Community) -> None:
    role = {"name": "Keepers", "permissions": 1024 | 2048}
    made = await community.owner.expect(201, "POST", f"/api/servers/{community.server}/roles", role)
    path = f"/api/servers/{community.server}/members/{community.member.id}/roles/{made['id']}"
    await community.owner.expect(204, "PUT", path)
    keeper = await inside(await visit(community.member))
    panel = await settings(keeper, "Channels")
    await panel.get_by_role("button", name="Permissions of general").click()
    sending = panel.get_by_role("group", name="Send messages")
    await sending.get_by_role("radio", name="Deny").check(force=True)
    warning = keeper.page.get_by_role("alertdialog", name="Take this from yourself?")
    await expect(warning).to_contain_text("you may no longer: Send messages")
    await warning.get_by_role("button", name="Cancel").click()
    await expect(sending.get_by_role("radio", name="As elsewhere")).to_be_checked()
    assert await community.owner.expect(200, "GET", f"/api/channels/{community.channel}/overrides") == []
    await sending.get_by_role("radio", name="Deny").check(force=True)
    await warning.get_by_role("button", name="Save all the same").click()
    await expect(keeper.page.get_by_text("You may read this channel, but not write in it.")).to_be_attached()


async def test_a_server_changes_hands(owner: Visitor, member: Visitor, community: Community) -> None:
    panel = await settings(owner, "Overview")
    await panel.get_by_role("button", name="Hand over").click()
    await (
        owner.page.get_by_role("dialog", name="Hand the server over")
        .get_by_role("button", name=community.member.username)
        .click()
    )
    sure = owner.page.get_by_role("alertdialog")
    await expect(sure.get_by_role("button", name="Hand over")).to_be_disabled()
    await sure.get_by_role("textbox").fill("Club")
    await sure.get_by_role("button", name="Hand over").click()
    await expect(owner.page.get_by_role("dialog")).to_have_count(0)
    await member.button("Club: server menu").click()
    await expect(member.page.get_by_role("menuitem", name="Delete server")).to_be_visible()
