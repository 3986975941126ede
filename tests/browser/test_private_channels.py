"""Creating a private channel: who can see it is chosen in the form, and a private category passes it on."""

import re

from playwright.async_api import Locator, expect

from tests.browser.test_accessibility import axe
from tests.browser.themes import found_in_themes
from tests.browser.visitor import Visitor
from tests.people import Community
from tests.serving import Register

__all__ = ["axe"]


async def form_of(owner: Visitor, name: str) -> Locator:
    await owner.button("Create channel in Channels").click()
    dialog = owner.page.get_by_role("dialog", name="Create a channel")
    await dialog.get_by_label("Channel name").fill(name)
    return dialog


async def test_only_the_chosen_see_it(
    owner: Visitor, member: Visitor, community: Community, register: Register, axe: str
) -> None:
    guest = await register("guest")
    await guest.expect(201, "POST", f"/api/servers/{community.server}/join")
    path = f"/api/servers/{community.server}/roles"
    staff = await community.owner.expect(201, "POST", path, {"name": "Staff"})
    dialog = await form_of(owner, "backstage")
    await dialog.get_by_label("Category").fill("Crew")
    await dialog.get_by_role("switch", name="Private channel").check()
    await dialog.get_by_role("checkbox", name="Staff").check()
    assert await found_in_themes(owner, axe) == []
    await dialog.get_by_role("button", name="Add a member").click()
    picker = owner.page.get_by_role("dialog", name="Add a member")
    await picker.get_by_role("searchbox").fill(community.member.username)
    await picker.get_by_role("button", name=community.member.username).click()
    await expect(dialog.get_by_role("button", name=f"Remove {community.member.username}")).to_be_visible()
    await dialog.get_by_role("button", name="Create channel").click()
    await expect(owner.composer("backstage")).to_be_visible()
    for visitor in (owner, member):
        await expect(visitor.channel("backstage")).to_have_accessible_name(re.compile(r"^backstage \(private\)"))
    await expect(owner.channel("general")).to_have_accessible_name("general")
    listed = await guest.expect(200, "GET", f"/api/servers/{community.server}/channels")
    assert [each["name"] for each in listed] == ["general", "Lounge"]

    # The next channel of the category starts with the same access.
    dialog = await form_of(owner, "dressing-room")
    switch = dialog.get_by_role("switch", name="Private channel")
    await expect(switch).not_to_be_checked()
    await dialog.get_by_label("Category").fill("Crew")
    await expect(switch).to_be_checked()
    await expect(dialog.get_by_role("checkbox", name="Staff")).to_be_checked()
    await dialog.get_by_role("button", name="Create channel").click()
    await expect(member.channel("dressing-room")).to_be_visible()
    made = await community.member.expect(200, "GET", f"/api/servers/{community.server}/channels")
    first, second = [
        {(each["role_id"], each["user_id"], each["allow"], each["deny"]) for each in overrides}
        for overrides in [
            await community.owner.expect(200, "GET", f"/api/channels/{each['id']}/overrides") for each in made[-2:]
        ]
    ]
    assert (
        first
        == second
        == {
            (community.server, None, 0, 1),
            (staff["id"], None, 1, 0),
            (None, community.member.id, 1, 0),
        }
    )
