"""Notification levels: set for a server or channel, known to all your devices, and gone with what they are about."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.conversations.conftest import Open
from tests.people import Community, Person
from tests.serving import Register
from tests.sync.braid_reader import Follow

FAR = "9999-12-31T00:00:00Z"


def level(place: str, kind: str, level: str | None = None, muted_until: str | None = None) -> dict[str, Any]:
    return {"place_id": place, "kind": kind, "level": level, "muted_until": muted_until}


async def put(person: Person, path: str, **choice: Any) -> Any:
    return await person.expect(200, "PUT", f"/api/{path}/notifications", choice)


async def levels(person: Person) -> list[dict[str, Any]]:
    """REST agrees with READY."""
    listed: list[dict[str, Any]] = await person.expect(200, "GET", "/api/users/@me/notifications")
    socket = await person.socket()
    assert socket.ready["notification_levels"] == listed
    await socket.close()
    return listed


async def test_it_works(community: Community) -> None:
    member, server, channel = community.member, community.server, community.channel
    listening, other = await member.socket(), await community.owner.socket()
    assert await put(member, f"servers/{server}", level="mentions") == level(server, "server", "mentions")
    until = (datetime.now(UTC) + timedelta(hours=1)).isoformat().replace("+00:00", "Z")
    assert await put(member, f"channels/{channel}", muted_until=until) == level(channel, "channel", None, until)
    expected = [level(server, "server", "mentions"), level(channel, "channel", None, until)]
    assert await levels(member) == sorted(expected, key=lambda each: each["place_id"])
    assert await levels(community.owner) == []
    await listening.settle()
    await other.settle()
    assert [frame["d"] for frame in listening.of("NOTIFICATION_LEVEL_UPDATE")] == expected
    assert not other.of("NOTIFICATION_LEVEL_UPDATE")


async def test_nothing_said_is_no_level(community: Community) -> None:
    """Null for both returns to the level of the server; setting the same again sends no event."""
    member, server = community.member, community.server
    socket = await member.socket()
    for choice in ({"level": "nothing"}, {"level": "nothing"}, {"level": None}, {}):
        await put(member, f"servers/{server}", **choice)
    assert await levels(member) == []
    await socket.settle()
    assert len(socket.of("NOTIFICATION_LEVEL_UPDATE")) == 1
    [gone] = socket.of("NOTIFICATION_LEVEL_DELETE")
    assert gone["d"] == {"place_id": server}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (FAR, FAR),
        ("2999-01-01T02:00:00+02:00", "2999-01-01T00:00:00Z"),
        ("2001-01-01T00:00:00Z", None),
        (None, None),
    ],
)
async def test_a_time_is_kept_if_it_is_to_come(community: Community, given: str | None, kept: str | None) -> None:
    answer = await put(community.member, f"servers/{community.server}", muted_until=given)
    assert answer["muted_until"] == kept


@pytest.mark.parametrize(
    "choice",
    [
        {"level": "some"},
        {"muted_until": "2999-01-01T00:00:00"},
        {"muted_until": "soon"},
        {"muted_until": "9999-12-31T23:59:59-10:00"},
        {"level": 1},
    ],
)
async def test_what_is_no_level(community: Community, choice: dict[str, Any]) -> None:
    answer = await community.member.call("PUT", f"/api/servers/{community.server}/notifications", json=choice)
    assert answer.status in (400, 422), answer.body
    assert answer.code


async def test_only_for_what_one_sees(community: Community) -> None:
    body = {"user_id": community.member.id, "allow": 0, "deny": 1}
    hidden = await community.owner.expect(
        201, "POST", f"/api/servers/{community.server}/channels", {"name": "hidden", "type": "text"}
    )
    await community.owner.expect(200, "PUT", f"/api/channels/{hidden['id']}/overrides", body)
    for person, path in [
        (community.outsider, f"servers/{community.server}"),
        (community.outsider, f"channels/{community.channel}"),
        (community.member, f"channels/{hidden['id']}"),
        (community.member, f"channels/{community.server}"),
        (community.member, f"conversations/{community.channel}"),
        (community.member, f"servers/{community.channel}"),
    ]:
        answer = await person.call("PUT", f"/api/{path}/notifications", json={"level": "all"})
        assert answer.status == 404, path
    assert await levels(community.member) == []


async def test_a_conversation_has_one_too(community: Community, open_direct: Open) -> None:
    conversation = await open_direct(community.member, community.outsider)
    path = f"conversations/{conversation}"
    assert await put(community.member, path, level="nothing") == level(conversation, "conversation", "nothing")
    again = await put(community.member, f"channels/{conversation}", level="all")
    assert again == level(conversation, "conversation", "all")
    assert (await community.owner.call("PUT", f"/api/{path}/notifications", json={})).status == 404


ENDS = ["leave", "kick", "ban", "channel", "server"]


@pytest.mark.parametrize("end", ENDS)
async def test_levels_end_with_what_they_are_about(community: Community, follow: Follow, end: str) -> None:
    """And old state plus events is the fresh state."""
    member, server, channel = community.member, community.server, community.channel
    other = await member.expect(201, "POST", "/api/servers", {"name": "Other"})
    for path in (f"servers/{other['id']}", f"servers/{server}", f"channels/{channel}", f"channels/{community.voice}"):
        await put(member, path, level="mentions")
    await put(community.owner, f"channels/{channel}", level="nothing")
    streams = {person: await follow(person, "/sync/me") for person in (member, community.owner)}
    members = f"/api/servers/{server}/members/{member.id}"
    await {
        "leave": lambda: member.expect(204, "DELETE", f"/api/servers/{server}/leave"),
        "kick": lambda: community.owner.expect(204, "POST", f"{members}/kick", {}),
        "ban": lambda: community.owner.expect(204, "POST", f"{members}/ban", {}),
        "channel": lambda: community.owner.expect(204, "DELETE", f"/api/servers/{server}/channels/{channel}"),
        "server": lambda: community.owner.expect(204, "DELETE", f"/api/servers/{server}"),
    }[end]()
    kept = {other["id"], server, community.voice} if end == "channel" else {other["id"]}
    assert {each["place_id"] for each in await levels(member)} == kept
    for person, stream in streams.items():
        fresh = await person.get("/sync/me")
        await stream.until(json.loads(fresh.headers["version"]))
        assert stream.state == fresh.body


@pytest.mark.parametrize("size", [1, 3])
async def test_a_level_ends_with_taking_part(register: Register, follow: Follow, size: int) -> None:
    """Of a user who leaves, and of the last one, with whom the conversation is deleted."""
    people = [await register(f"person{number}") for number in range(3)]
    leaver, *others = people
    body = {"participant_ids": [other.id for other in others], "name": "Three"}
    group = (await leaver.expect(201, "POST", "/api/conversations", body))["id"]
    for other in others if size == 1 else []:
        await leaver.expect(204, "DELETE", f"/api/conversations/{group}/participants/{other.id}")
    for person in people[:size]:
        await put(person, f"conversations/{group}", level="mentions")
    stream = await follow(leaver, "/sync/me")
    await leaver.expect(204, "DELETE", f"/api/conversations/{group}/participants/{leaver.id}")
    assert await levels(leaver) == []
    fresh = await leaver.get("/sync/me")
    await stream.until(json.loads(fresh.headers["version"]))
    assert stream.state == fresh.body
    for other in others[: size - 1]:
        assert await levels(other) == [level(group, "conversation", "mentions")]


async def test_a_member_who_comes_back_has_no_level(community: Community) -> None:
    member, server = community.member, community.server
    await put(member, f"servers/{server}", level="nothing")
    await member.expect(204, "DELETE", f"/api/servers/{server}/leave")
    await member.expect(201, "POST", f"/api/servers/{server}/join")
    assert await levels(member) == []


async def test_nobody_receives_another_users(register: Register, community: Community) -> None:
    """Nor can a stranger set one by knowing the id of a server."""
    stranger = await register("stranger")
    answer = await stranger.call("PUT", f"/api/servers/{community.server}/notifications", json={"level": "all"})
    assert answer.status == 404
    nobody = await stranger.call("GET", "/api/users/@me/notifications", headers={"Authorization": "Bearer x"})
    assert nobody.status == 401
