"""A crowd that comes and goes at once is not told person by person: the client is told to ask, and shows it."""

import re

import pytest
from playwright.async_api import expect

from coterie.log import fleeting
from tests.browser.visitor import Visitor
from tests.people import Community
from tests.serving import Register


async def test_after_a_crowd_has_moved_the_members_are_right(
    owner: Visitor, community: Community, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"FRAMES_PER_SECOND": 20.0, "BURST_SECONDS": 0.0, "WAITING_LIMIT": 0}.items():
        monkeypatch.setattr(fleeting, name, value)
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
        await expect(shown).to_contain_text("Do not disturb", timeout=30_000)
    assert any('"PRESENCE_RESET"' in frame for frame in owner.frames), "each was told of: nothing was tried"
