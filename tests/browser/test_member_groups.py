"""Members who are online are listed under their highest role that is shown separately."""

import re
from typing import Any

import pytest
from playwright.async_api import Locator, expect

from coterie.database.pool import OwnConnection
from tests.browser.conftest import Visit, inside
from tests.browser.crowds import crowd
from tests.browser.test_accessibility import axe, found
from tests.browser.test_settings import settings
from tests.browser.visitor import Visitor
from tests.people import Community

__all__ = ["axe"]


def listed(visitor: Visitor) -> Locator:
    """Headings and people, from top to bottom."""
    return visitor.page.get_by_role("complementary", name="Members").locator("h2, button")


async def expect_list(visitor: Visitor, *order: str) -> None:
    await expect(listed(visitor)).to_have_text([re.compile(f"{re.escape(each)}( |$)") for each in order])


async def role(community: Community, name: str, **fields: Any) -> Any:
    path = f"/api/servers/{community.server}/roles"
    return await community.owner.expect(201, "POST", path, {"name": name, **fields})


async def give(community: Community, user_id: str, role_id: str) -> None:
    path = f"/api/servers/{community.server}/members/{user_id}/roles/{role_id}"
    await community.owner.expect(204, "PUT", path)


@pytest.mark.extended("tests/roles has the switch, and web/tests/sections.test.ts the groups")
async def test_a_switch_of_the_role_groups_its_members_for_everyone(
    owner: Visitor, member: Visitor, community: Community, axe: str
) -> None:
    crew = await role(community, "Crew")
    await give(community, community.member.id, crew["id"])
    both = sorted((community.owner.username, community.member.username))
    await expect_list(member, "Online — 2", *both)
    panel = await settings(owner, "Roles")
    await panel.get_by_role("button", name="Crew", exact=True).click()
    switch = panel.get_by_role("switch", name="Show members with this role separately")
    await expect(switch).not_to_be_checked()
    await switch.check()
    await panel.get_by_role("button", name="Save").click()
    grouped = ("Crew — 1", community.member.username, "Online — 1", community.owner.username)
    await expect_list(member, *grouped)
    assert await found(member, axe) == []
    await member.page.reload()
    await expect_list(member, *grouped)


@pytest.mark.extended("the grouping of members is tried above and by the client's tests")
async def test_the_highest_role_counts_and_those_offline_are_together(member: Visitor, community: Community) -> None:
    low = await role(community, "Crew", hoist=True)
    high = await role(community, "Captains", hoist=True)
    for each in (low, high):
        await give(community, community.member.id, each["id"])
    await give(community, community.owner.id, high["id"])
    grouped = ("Captains — 1", community.member.username, "Offline — 1", community.owner.username)
    await expect_list(member, *grouped)
    socket = await community.owner.socket()
    both = sorted((community.owner.username, community.member.username))
    await expect_list(member, "Captains — 2", *both)
    path = f"/api/servers/{community.server}/roles/{high['id']}"
    await community.owner.expect(204, "DELETE", path)
    await expect_list(member, "Crew — 1", community.member.username, "Online — 1", community.owner.username)
    await socket.close()
    await expect_list(member, "Crew — 1", community.member.username, "Offline — 1", community.owner.username)


MANY = 5_000


@pytest.mark.extended("the grouping of members is tried above and by the client's tests")
async def test_groups_of_a_large_server_are_whole(visit: Visit, community: Community, rows: OwnConnection) -> None:
    crew = await role(community, "Crew", hoist=True)
    await crowd(rows, community, MANY, crew["id"])
    # The second page of members has the only one who is online with this role.
    await rows.execute(
        "UPDATE server_members SET joined_at = now() + interval '1 day' WHERE server_id = $1 AND user_id = $2",
        community.server,
        community.member.id,
    )
    await give(community, community.member.id, crew["id"])
    socket = await community.member.socket()
    owner = await visit(community.owner, place=community.place)
    members = owner.page.get_by_role("complementary", name="Members")
    await expect(members.get_by_role("heading", name="Crew — 1")).to_be_visible()
    await expect(members.get_by_role("heading", name="Online — 1")).to_be_visible()
    await expect(members.get_by_role("heading", name=f"Offline — {MANY:,}")).to_be_visible()
    await socket.close()


@pytest.mark.extended("tests/roles gives it")
async def test_a_switch_gives_a_role_to_everyone_who_joins(owner: Visitor, visit: Visit, community: Community) -> None:
    await role(community, "Newcomers", hoist=True)
    panel = await settings(owner, "Roles")
    await panel.get_by_role("button", name="Newcomers", exact=True).click()
    switch = panel.get_by_role("switch", name="Give to everyone who joins")
    await expect(switch).not_to_be_checked()
    await switch.check()
    await panel.get_by_role("button", name="Save").click()
    await expect(panel.get_by_text("Saved.")).to_be_visible()
    await community.outsider.expect(201, "POST", f"/api/servers/{community.server}/join")
    joined = await inside(await visit(community.outsider))
    newcomers = ("Newcomers — 1", community.outsider.username)
    others = ("Online — 1", community.owner.username, "Offline — 1", community.member.username)
    await expect_list(joined, *newcomers, *others)
