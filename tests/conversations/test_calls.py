"""Calls in conversations: voice states as in voice channels, in the conversation's own topic."""

from typing import Any

from coterie.database.pool import OwnConnection
from tests.conversations.test_direct import block, opened
from tests.conversations.test_groups import group
from tests.people import Community, Person
from tests.serving import Register
from tests.voice.calls import in_voice, join, live, present, voice


async def talk(person: Person, conversation: str) -> dict[str, Any]:
    """The voice part of a fresh state."""
    state = await person.expect(200, "GET", f"/sync/conversations/{conversation}")
    return {key: value for key, value in state.items() if key.startswith(("voice_states/", "go_live/"))}


async def test_it_works(register: Register) -> None:
    one, other, outsider = [await register(name) for name in ("one", "other", "outsider")]
    conversation = await opened(one, other)
    sockets = [await person.socket() for person in (one, other, outsider)]
    state = await join(one, conversation)
    assert state.items() >= {"user_id": one.id, "channel_id": conversation, "server_id": None}.items()
    for socket in sockets[:2]:
        assert await in_voice(socket, one, conversation) == state
    assert await talk(other, conversation) == {f"voice_states/{conversation}/{one.id}": state}
    await join(other, conversation)
    assert await present(one, conversation) == [one.id, other.id]
    await one.expect(200, "PATCH", voice(conversation), {"self_mute": True, "self_video": True})
    await in_voice(sockets[1], one, conversation, self_mute=True, self_video=True)
    await one.expect(201, "POST", live(conversation), {})
    assert (await sockets[1].wait_for_type("GO_LIVE_START"))["d"]["broadcaster_id"] == one.id
    await sockets[0].say("VOICE_SIGNAL", {"to_user_id": other.id, "type": "offer", "sdp": "v=0"})
    assert (await sockets[1].wait_for_type("VOICE_SIGNAL"))["d"]["from_user_id"] == one.id
    await one.expect(204, "DELETE", voice(conversation))
    gone = await in_voice(sockets[1], one, None)
    assert (gone["previous_channel_id"], gone["server_id"]) == (conversation, None)
    await sockets[1].wait_for_type("GO_LIVE_STOP")
    assert (await talk(other, conversation)).keys() == {f"voice_states/{conversation}/{other.id}"}
    await sockets[2].settle()
    assert not sockets[2].of("VOICE_STATE_UPDATE", "GO_LIVE_START", "GO_LIVE_STOP")
    for method, path in (("POST", voice), ("GET", voice), ("PATCH", voice), ("DELETE", voice), ("GET", live)):
        await outsider.expect(404, method, path(conversation), {"self_mute": True} if method == "PATCH" else None)


async def test_nobody_moderates_there(register: Register) -> None:
    one, other = await register("one"), await register("other")
    conversation = await group(one, other)
    for person in (one, other):
        await join(person, conversation)
    await one.expect(403, "PATCH", voice(conversation, other.id), {"server_mute": True})
    await one.expect(403, "DELETE", voice(conversation, other.id))


async def test_a_user_is_in_one_call_at_a_time(register: Register, community: Community) -> None:
    """Joining a call in a conversation leaves a server's voice channel, and the other way round."""
    member, owner = community.member, community.owner
    conversation = await opened(member, owner)
    socket = await owner.socket()
    for place, before in ((community.voice, None), (conversation, community.voice), (community.voice, conversation)):
        await join(member, place)
        await in_voice(socket, member, place)
        if before is not None:
            await in_voice(socket, member, None, previous_channel_id=before)
    assert await present(owner, conversation) == []
    assert await present(owner, community.voice) == [member.id]


async def test_a_blocked_user_cannot_call_and_leaves_the_call(register: Register, rows: OwnConnection) -> None:
    one, other = await register("one"), await register("other")
    conversation = await opened(one, other)
    socket, own = await one.socket(), await other.socket()
    await join(other, conversation)
    await in_voice(socket, other, conversation)
    await block(rows, one, other)
    for person in (one, other):
        refused = await person.expect(403, "POST", voice(conversation))
        assert refused["code"] == "cannot_message"
    await in_voice(own, other, None, previous_channel_id=conversation)  # at the next beat


async def test_leaving_the_conversation_leaves_the_call(register: Register) -> None:
    people = [await register() for _ in range(3)]
    conversation = await group(*people)
    sockets = [await person.socket() for person in people]
    for person in people[1:]:
        await join(person, conversation)
    path = f"/api/conversations/{conversation}/participants"
    await people[1].expect(204, "DELETE", f"{path}/{people[1].id}")
    await in_voice(sockets[0], people[1], None, previous_channel_id=conversation)
    await people[0].expect(204, "DELETE", f"{path}/{people[2].id}")
    await in_voice(sockets[0], people[2], None, previous_channel_id=conversation)
    assert await present(people[0], conversation) == []
    assert await talk(people[0], conversation) == {}
    await join(people[0], conversation)
    await people[0].expect(204, "DELETE", f"{path}/{people[0].id}")
    assert await people[0].expect(404, "GET", voice(conversation))


async def test_a_lost_connection_ends_the_call_after_the_grace(register: Register, rows: OwnConnection) -> None:
    one, other = await register("one"), await register("other")
    conversation = await opened(one, other)
    socket, own = await one.socket(), await other.socket()
    await join(other, conversation)
    await in_voice(socket, other, conversation)
    await own.close()
    while not await rows.fetchval("SELECT left_at FROM voice_states WHERE user_id = $1", other.id):
        await socket.settle()
    await rows.execute("UPDATE voice_states SET left_at = now() - interval '1 day' WHERE user_id = $1", other.id)
    await in_voice(socket, other, None, previous_channel_id=conversation)
