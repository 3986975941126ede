"""A crowd that comes and goes at once is not sent person by person: the client is asked to fetch, and shows it.

All members of a large server are shown, though one response does not hold them.
"""

import re

import pytest
from playwright.async_api import expect

from coterie.database.pool import OwnConnection
from coterie.log import transient
from tests.browser.conftest import Visit
from tests.browser.crowds import crowd
from tests.browser.visitor import Visitor
from tests.people import Community
from tests.serving import Register


async def test_after_a_crowd_has_moved_the_members_are_right(
    owner: Visitor, community: Community, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"FRAMES_PER_SECOND": 2.0, "BURST_SECONDS": 0.0, "WAITING_LIMIT": 0}.items():
        monkeypatch.setattr(transient, name, value)
    people = [await register(f"guest{number}") for number in range(4)]
    for person in people:
        await person.expect(201, "POST", f"/api/servers/{community.server}/join")
    members = owner.page.get_by_role("complementary", name="Members")
    for person in people:
        await expect(members.get_by_role("button", name=re.compile(person.username))).to_be_visible()
    sockets = [await person.socket() for person in people]
    for socket in sockets:
        await socket.say("PRESENCE_UPDATE", {"status": "dnd"})
    for person in people:
        shown = members.get_by_role("button", name=re.compile(person.username))
        await expect(shown).to_contain_text("Do not disturb")
    assert any('"PRESENCE_RESET"' in frame for frame in owner.frames), "each was told of: nothing was tried"


MANY = 5_500
"""More than one response holds."""


@pytest.mark.extended("a crowd is moved in the other test here")
async def test_all_of_many_members_are_shown(visit: Visit, community: Community, rows: OwnConnection) -> None:
    prefix = await crowd(rows, community, MANY)
    owner = await visit(community.owner, place=community.place)
    members = owner.page.get_by_role("complementary", name="Members")
    away = f"Offline — {MANY + 1:,}"
    await expect(members.get_by_role("heading", name=away)).to_be_visible()
    last = f"{prefix}_{MANY}"
    await members.get_by_role("searchbox", name="Find members").fill(last)
    await expect(members.get_by_role("button", name=re.compile(last))).to_have_count(1)
