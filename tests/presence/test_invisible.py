"""An invisible user looks offline to everyone else, whatever they do except write."""

from typing import Any
from uuid import UUID

import pytest

from coterie.database.pool import OwnConnection
from tests.people import Community, Person, Socket
from tests.presence.test_tracker import places

ME = "/api/users/@me"


async def appear(person: Person, **fields: Any) -> None:
    await person.expect(200, "PATCH", ME, fields)


def presences(socket: Socket, person: Person) -> list[tuple[str, str | None, str | None]]:
    """What a socket received about a user."""
    frames = [frame["d"] for frame in socket.of("PRESENCE_UPDATE") if frame["d"]["user_id"] == person.id]
    return [(each["status"], each["custom_status"], each["activity"]) for each in frames]


async def shown(person: Person, *, to: Person, server: str) -> tuple[str, str | None]:
    """Status and activity of a user in the list of members, which must agree with their profile."""
    members = await to.expect(200, "GET", f"/api/servers/{server}/members")
    [member] = [each for each in members if each["user_id"] == person.id]
    profile = await to.expect(200, "GET", f"/api/users/{person.id}")
    assert (profile["status"], profile["activity"]) == (member["status"], member["activity"])
    return member["status"], member["activity"]


async def test_nobody_sees_an_invisible_one_come_and_go(community: Community) -> None:
    owner, member = community.owner, community.member
    await appear(member, status="offline", activity="Chess")
    watching = await owner.socket()
    hidden = await member.socket()
    await hidden.settle()
    assert await shown(member, to=owner, server=community.server) == ("offline", None)
    await hidden.say("PRESENCE_UPDATE", {"activity": "Go"})
    await hidden.wait_for(lambda frame: frame.get("t") == "USER_UPDATE" and frame["d"].get("activity") == "Go")
    await hidden.say("TYPING_START", {"channel_id": community.channel})
    await hidden.settle()
    await hidden.close()
    again = await member.socket()
    await again.settle()
    await watching.settle()
    assert (presences(watching, member), watching.of("TYPING_START")) == ([], [])
    own = await member.expect(200, "GET", ME)
    assert (own["status"], own["activity"]) == ("offline", "Go"), "they themselves know better"


async def test_becoming_invisible_looks_like_leaving(community: Community, rows: OwnConnection) -> None:
    member = community.member
    watching = await community.owner.socket()
    socket = await member.socket()
    await appear(member, custom_status="busy", activity="Chess")
    await watching.wait_for(lambda frame: frame.get("t") == "PRESENCE_UPDATE" and frame["d"]["activity"] == "Chess")
    told = len(presences(watching, member))
    await appear(member, status="offline")
    await watching.wait_for(lambda frame: frame.get("t") == "PRESENCE_UPDATE" and frame["d"]["status"] == "offline")
    await socket.close()
    await places(rows, UUID(member.id), 0)
    await appear(member, status="away")
    await watching.settle()
    assert presences(watching, member)[told:] == [("offline", "busy", None)]
    back = await member.socket()
    await watching.wait_for(lambda frame: frame.get("t") == "PRESENCE_UPDATE" and frame["d"]["status"] == "away")
    await back.close()


async def test_a_user_who_becomes_visible_is_seen_at_once_and_can_type(community: Community) -> None:
    member = community.member
    await appear(member, status="offline")
    watching, socket = await community.owner.socket(), await member.socket()
    await appear(member, status="dnd")
    await watching.wait_for(lambda frame: frame.get("t") == "PRESENCE_UPDATE" and frame["d"]["status"] == "dnd")
    await socket.wait_for(lambda frame: frame.get("t") == "USER_UPDATE" and frame["d"].get("status") == "dnd")
    await socket.say("TYPING_START", {"channel_id": community.channel})
    assert (await watching.wait_for_type("TYPING_START"))["d"]["user_id"] == member.id


async def test_a_second_device_is_announced_to_nobody(community: Community) -> None:
    watching = await community.owner.socket()
    first = await community.member.socket()
    await watching.wait_for(lambda frame: frame.get("t") == "PRESENCE_UPDATE")
    second = await community.member.socket()
    await first.close()
    await second.settle()
    await watching.settle()
    assert len(presences(watching, community.member)) == 1


@pytest.mark.parametrize("change", [{"bio": "gardener"}, {"status": "online"}, {"custom_status": None}])
async def test_what_changes_nothing_is_sent_to_nobody(community: Community, change: dict[str, Any]) -> None:
    watching = await community.owner.socket()
    socket = await community.member.socket()
    await watching.wait_for(lambda frame: frame.get("t") == "PRESENCE_UPDATE")
    await appear(community.member, **change)
    await socket.settle()
    await watching.settle()
    assert presences(watching, community.member) == [("online", None, None)]
