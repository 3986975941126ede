"""A server of the test's own, with users who are registered once."""

import pytest

from tests.people import Community


@pytest.fixture
async def community(shared_community: Community) -> Community:
    """As the cast of other tests, but the owner and the member are in further servers."""
    people = shared_community
    server = (await people.owner.expect(201, "POST", "/api/servers", {"name": "Club", "is_public": True}))["id"]
    channels = f"/api/servers/{server}/channels"
    text = await people.owner.expect(201, "POST", channels, {"name": "general", "type": "text"})
    voice = await people.owner.expect(201, "POST", channels, {"name": "Lounge", "type": "voice"})
    await people.member.expect(201, "POST", f"/api/servers/{server}/join")
    return Community(people.owner, people.member, people.outsider, server, text["id"], voice["id"])
