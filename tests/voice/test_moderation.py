"""PATCH and DELETE /api/channels/{channel_id}/voice/{user_id}"""

from typing import Any

import pytest

from tests.people import Community
from tests.voice.calls import in_voice, join, live, new_channel, present, voice


async def test_it_works(community: Community) -> None:
    owner, member, channel = community.owner, community.member, community.voice
    socket = await member.socket()
    await join(member, channel)
    muted = await owner.expect(200, "PATCH", voice(channel, member.id), {"server_mute": True})
    assert (muted["server_mute"], muted["server_deaf"], muted["can_speak"]) == (True, False, True)
    assert await in_voice(socket, member, channel, server_mute=True) == muted
    both = await owner.expect(200, "PATCH", voice(channel, member.id), {"server_deaf": True})
    assert (both["server_mute"], both["server_deaf"]) == (True, True)
    changed = await member.expect(200, "PATCH", voice(channel), {"self_mute": True})
    assert (changed["server_mute"], changed["server_deaf"]) == (True, True)


async def test_leaving_does_not_undo_it(community: Community) -> None:
    owner, member, channel = community.owner, community.member, community.voice
    await join(member, channel)
    await owner.expect(200, "PATCH", voice(channel, member.id), {"server_mute": True})
    await member.expect(204, "DELETE", voice(channel))
    assert (await join(member, channel))["server_mute"] is True
    assert (await join(member, await new_channel(community)))["server_mute"] is True
    assert (await join(member, channel))["server_mute"] is True
    await owner.expect(200, "PATCH", voice(channel, member.id), {"server_mute": False})
    assert (await join(member, channel))["server_mute"] is False


async def test_it_counts_in_this_server_only(community: Community) -> None:
    owner, member = community.owner, community.member
    await join(member, community.voice)
    await owner.expect(200, "PATCH", voice(community.voice, member.id), {"server_mute": True})
    other = (await member.expect(201, "POST", "/api/servers", {"name": "Mine"}))["id"]
    body = {"name": "There", "type": "voice"}
    there = (await member.expect(201, "POST", f"/api/servers/{other}/channels", body))["id"]
    assert (await join(member, there))["server_mute"] is False


async def test_moving_a_member(community: Community) -> None:
    owner, member, kitchen = community.owner, community.member, await new_channel(community)
    socket = await member.socket()
    await join(member, community.voice)
    await member.expect(200, "PATCH", voice(community.voice), {"self_mute": True})
    await member.expect(201, "POST", live(community.voice), {})
    moved = await owner.expect(200, "PATCH", voice(community.voice, member.id), {"channel_id": kitchen})
    assert (moved["channel_id"], moved["self_mute"]) == (kitchen, True)
    await in_voice(socket, member, None, previous_channel_id=community.voice)
    assert await in_voice(socket, member, kitchen) == moved
    await socket.wait_for_type("GO_LIVE_STOP")
    assert await present(member, kitchen) == [member.id]


async def test_where_nobody_is_moved(community: Community) -> None:
    owner, member = community.owner, community.member
    await join(member, community.voice)
    other = (await owner.expect(201, "POST", "/api/servers", {"name": "Other"}))["id"]
    body = {"name": "There", "type": "voice"}
    there = (await owner.expect(201, "POST", f"/api/servers/{other}/channels", body))["id"]
    for channel, code in ((there, "not_found"), (community.channel, "not_a_voice_channel")):
        answer = await owner.patch(voice(community.voice, member.id), {"channel_id": channel})
        assert answer.code == code
    assert await present(owner, community.voice) == [member.id]


async def test_disconnecting_a_member(community: Community) -> None:
    socket = await community.member.socket()
    await join(community.member, community.voice)
    await community.owner.expect(204, "DELETE", voice(community.voice, community.member.id))
    await in_voice(socket, community.member, None)
    assert await present(community.owner, community.voice) == []
    answer = await community.owner.delete(voice(community.voice, community.member.id))
    assert (answer.status, answer.code) == (404, "not_in_voice")


async def test_who_may_not(community: Community) -> None:
    await join(community.owner, community.voice)
    await join(community.member, community.voice)
    for target in (community.owner, community.member):
        path = voice(community.voice, target.id)
        assert (await community.member.patch(path, {"server_mute": True})).status == 403
        assert (await community.member.delete(path)).status == 403
    answer = await community.owner.patch(voice(community.voice, community.owner.id), {"server_mute": True})
    assert (answer.status, answer.code) == (403, "not_above_them")


@pytest.mark.parametrize("body", [{}, {"self_mute": True}, {"server_mute": None}, {"channel_id": "lounge"}])
async def test_what_it_refuses(community: Community, body: Any) -> None:
    await join(community.member, community.voice)
    answer = await community.owner.patch(voice(community.voice, community.member.id), body)
    assert answer.status == (422 if body else 400)


async def test_it_is_recorded(community: Community) -> None:
    owner, member, channel = community.owner, community.member, community.voice
    await join(member, channel)
    await owner.expect(200, "PATCH", voice(channel, member.id), {"server_mute": True})
    await owner.expect(204, "DELETE", voice(channel, member.id))
    newest = (await owner.expect(200, "GET", f"/api/servers/{community.server}/audit-logs"))[:2]
    assert [(entry["action"], entry["target_id"], entry["details"]) for entry in newest] == [
        ("member_voice_disconnect", member.id, {"channel_id": channel}),
        ("member_voice_update", member.id, {"from_channel_id": channel, "server_mute": True}),
    ]
