"""PermissionCache in voice channels: to view, connect, speak and moderate, and losing each of them during a call."""

from uuid import UUID

import pytest

from coterie.database.pool import OwnConnection
from coterie.log.append import Change, append
from coterie.permissions.bits import Permission
from tests.people import Community, Person
from tests.serving import Register
from tests.voice.calls import in_voice, join, live, new_channel, present, structure, voice

VIEW, CONNECT, SPEAK = Permission.VIEW_CHANNEL, Permission.CONNECT_VOICE, Permission.SPEAK
MUTE, MANAGE = Permission.MUTE_MEMBERS, Permission.MANAGE_CHANNELS


async def override(community: Community, channel: str, person: Person, allow: int = 0, deny: int = 0) -> None:
    """Allow or deny a user something in a channel."""
    body = {"user_id": person.id, "allow": int(allow), "deny": int(deny)}
    await community.owner.expect(200, "PUT", f"/api/channels/{channel}/overrides", body)


async def test_a_hidden_channel_is_not_there(community: Community) -> None:
    """Neither for calls, nor in lists, nor in events about its participants."""
    kitchen = await new_channel(community)
    await override(community, community.voice, community.member, deny=VIEW)
    socket = await community.member.socket()
    await join(community.owner, community.voice)
    await community.owner.expect(201, "POST", live(community.voice), {})
    calls = [("POST", voice), ("GET", voice), ("DELETE", voice), ("GET", live)]
    for method, path in calls:
        answer = await community.member.call(method, path(community.voice))
        assert (answer.status, answer.code) == (404, "not_found")
    everywhere = f"/api/servers/{community.server}/voice"
    assert await community.member.expect(200, "GET", everywhere) == []
    assert len(await community.owner.expect(200, "GET", everywhere)) == 1
    assert await structure(community.member, community.server) == {}
    assert len(await structure(community.owner, community.server)) == 2
    await community.owner.expect(204, "DELETE", voice(community.voice))
    await join(community.owner, community.voice)
    await join(community.owner, kitchen)
    state = await in_voice(socket, community.owner, kitchen)
    await socket.settle()
    assert [frame["d"] for frame in socket.of("VOICE_STATE_UPDATE", "GO_LIVE_START", "GO_LIVE_STOP")] == [state]


@pytest.mark.parametrize("lost", [VIEW, CONNECT])
async def test_losing_the_right_to_a_channel_ends_the_place(community: Community, lost: Permission) -> None:
    socket, own = await community.owner.socket(), await community.member.socket()
    await join(community.member, community.voice)
    await community.member.expect(201, "POST", live(community.voice), {})
    await override(community, community.voice, community.member, deny=lost)
    await in_voice(socket, community.member, None, previous_channel_id=community.voice)
    await socket.wait_for_type("GO_LIVE_STOP")
    assert await present(community.owner, community.voice) == []
    answer = await community.member.post(voice(community.voice))
    assert answer.status == (404 if lost is VIEW else 403)
    await own.settle()
    assert bool(own.of("CHANNEL_DELETE")) is (lost is VIEW)


async def test_without_speak_one_listens(community: Community) -> None:
    member, channel, socket = community.member, community.voice, await community.owner.socket()
    await member.socket()
    await join(member, channel)
    await member.expect(200, "PATCH", voice(channel), {"self_screen": True})
    await member.expect(201, "POST", live(channel), {})
    await override(community, channel, member, deny=SPEAK)
    told = await in_voice(socket, member, channel, can_speak=False)
    assert (told["server_mute"], told["self_screen"]) == (True, False)
    await socket.wait_for_type("GO_LIVE_STOP")
    for method, path, body in (
        ("PATCH", voice(channel), {"self_video": True}),
        ("PATCH", voice(channel), {"self_screen": True}),
        ("POST", live(channel), {}),
    ):
        answer = await member.call(method, path, json=body)
        assert (answer.status, answer.code) == (403, "may_not_speak")
    assert (await member.expect(200, "PATCH", voice(channel), {"self_deaf": True}))["self_deaf"] is True
    assert (await join(member, channel))["server_mute"] is True
    await override(community, channel, member)
    told = await in_voice(socket, member, channel, can_speak=True, self_deaf=False)
    assert told["server_mute"] is False


async def test_moderators_of_a_channel(community: Community, register: Register) -> None:
    """MUTE_MEMBERS in this channel is enough for a member of a higher rank, but not of the same rank."""
    other = await register("other")
    await other.expect(201, "POST", f"/api/servers/{community.server}/join")
    for person in (community.owner, community.member, other):
        await join(person, community.voice)
    path = voice(community.voice, other.id)
    assert (await community.member.delete(path)).code == "missing_permission"
    await override(community, community.voice, community.member, allow=MUTE)
    answer = await community.member.patch(path, {"server_mute": True})
    assert (answer.status, answer.code) == (403, "not_above_them")
    await rank(community, community.member)
    await community.member.expect(200, "PATCH", path, {"server_mute": True})
    await community.member.expect(204, "DELETE", path)
    assert (await community.member.delete(voice(community.voice, community.owner.id))).code == "not_above_them"


async def rank(community: Community, person: Person) -> None:
    """Give a user a role above members without one."""
    roles = f"/api/servers/{community.server}/roles"
    role = (await community.owner.expect(201, "POST", roles, {"name": "high"}))["id"]
    path = f"/api/servers/{community.server}/members/{person.id}/roles/{role}"
    await community.owner.expect(204, "PUT", path)


async def test_who_may_enter_a_full_channel(community: Community) -> None:
    channel = await new_channel(community, user_limit=1)
    await join(community.owner, channel)
    assert (await community.member.post(voice(channel))).code == "voice_channel_full"
    await override(community, channel, community.member, allow=MANAGE)
    await join(community.member, channel)


async def test_a_member_is_only_moved_where_they_could_join(community: Community) -> None:
    kitchen = await new_channel(community)
    await join(community.member, community.voice)
    for denied in (VIEW, CONNECT):
        await override(community, kitchen, community.member, deny=denied)
        answer = await community.owner.patch(voice(community.voice, community.member.id), {"channel_id": kitchen})
        assert (answer.status, answer.code) == (400, "they_may_not_connect")
    assert await present(community.owner, community.voice) == [community.member.id]


async def test_a_timed_out_member_cannot_be_there(community: Community) -> None:
    socket = await community.owner.socket()
    await community.member.socket()
    await join(community.member, community.voice)
    path = f"/api/servers/{community.server}/members/{community.member.id}/timeout"
    await community.owner.expect(200, "POST", path, {"duration_minutes": 5})
    await in_voice(socket, community.member, None)
    assert (await community.member.post(voice(community.voice))).code == "timed_out"
    await community.owner.expect(204, "DELETE", path)
    await join(community.member, community.voice)


@pytest.mark.parametrize("operation", ["kick", "ban"])
async def test_a_member_removed_from_the_server_leaves(community: Community, operation: str) -> None:
    """Sent in order: the voice state ends, and then the membership."""
    socket = await community.owner.socket()
    await join(community.member, community.voice)
    await community.member.expect(201, "POST", live(community.voice), {})
    await community.owner.expect(
        204, "POST", f"/api/servers/{community.server}/members/{community.member.id}/{operation}"
    )
    await in_voice(socket, community.member, None, previous_channel_id=community.voice)
    await socket.wait_for_type("GO_LIVE_STOP")
    assert await present(community.owner, community.voice) == []
    assert await structure(community.owner, community.server) == {}


@pytest.mark.parametrize("way", ["log out", "disable"])
async def test_the_end_of_the_session_ends_the_place(community: Community, rows: OwnConnection, way: str) -> None:
    """At once, and not after the grace period."""
    socket, own = await community.owner.socket(), await community.member.socket()
    await join(community.member, community.voice)
    if way == "log out":
        await community.member.expect(204, "POST", "/api/auth/logout")
    else:
        session = await rows.fetchval("DELETE FROM sessions WHERE user_id = $1 RETURNING id", UUID(community.member.id))
        gone = Change(
            UUID(community.member.id), f"sessions/{session}", "SESSION_DELETE", {"id": session}, is_removal=True
        )
        await append(rows, gone)
    await own.wait_for_close()
    await in_voice(socket, community.member, None)
