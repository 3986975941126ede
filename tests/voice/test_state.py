"""POST, DELETE, PATCH and GET /api/channels/{channel_id}/voice"""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from coterie.database.pool import OwnConnection
from tests.people import Browser, Community
from tests.serving import Register
from tests.shapes import VOICE_STATE, assert_shape
from tests.voice.calls import FLAGS, in_voice, join, live, new_channel, present, structure, voice


async def test_it_works(community: Community) -> None:
    member, channel = community.member, community.voice
    socket, outside = await community.owner.socket(), await community.outsider.socket()
    state = await join(member, channel)
    assert_shape(state, VOICE_STATE)
    assert (state["user_id"], state["channel_id"]) == (member.id, channel)
    assert not any(state[flag] for flag in FLAGS)
    assert await in_voice(socket, member, channel) == state
    assert await community.owner.expect(200, "GET", voice(channel)) == [state]

    changed = await member.expect(200, "PATCH", voice(channel), {"self_mute": True})
    assert changed == {**state, "self_mute": True}
    assert await in_voice(socket, member, channel, self_mute=True) == changed

    await member.expect(204, "DELETE", voice(channel))
    gone = await in_voice(socket, member, None)
    assert_shape(gone, VOICE_STATE)
    assert gone["joined_at"] is None
    assert not any(gone[flag] for flag in FLAGS)
    assert await member.expect(200, "GET", voice(channel)) == []
    await outside.settle()
    assert not outside.of("VOICE_STATE_UPDATE")


async def test_state_and_events_are_the_fresh_state(community: Community) -> None:
    """A client that only listens has the same state as one that fetches it now."""
    socket, kitchen = await community.owner.socket(), await new_channel(community)
    await join(community.owner, community.voice)
    await join(community.member, community.voice)
    await community.member.expect(201, "POST", live(community.voice), {})
    await community.member.expect(200, "PATCH", voice(community.voice), {"self_deaf": True, "self_video": True})
    await join(community.owner, kitchen)
    await socket.settle()
    told: dict[str, Any] = {}
    for frame in socket.of("VOICE_STATE_UPDATE"):
        state = frame["d"]
        if state["channel_id"] is None:
            told.pop(f"voice_states/{state['previous_channel_id']}/{state['user_id']}")
        else:
            told[f"voice_states/{state['channel_id']}/{state['user_id']}"] = state
    for frame in socket.of("GO_LIVE_START"):
        told[f"go_live/{frame['d']['channel_id']}"] = frame["d"]
    assert len(told) == 3
    assert told == await structure(community.owner, community.server)


async def test_joining_elsewhere_moves(community: Community) -> None:
    member, kitchen, socket = community.member, await new_channel(community), await community.owner.socket()
    await join(member, community.voice)
    await member.expect(200, "PATCH", voice(community.voice), {"self_mute": True})
    assert (await join(member, kitchen))["self_mute"] is False
    assert await present(member, community.voice) == []
    assert await present(member, kitchen) == [member.id]
    await socket.settle()
    channels = [frame["d"]["channel_id"] for frame in socket.of("VOICE_STATE_UPDATE")]
    assert channels == [community.voice, community.voice, None, kitchen]


async def test_joining_in_another_server_leaves_the_first(community: Community) -> None:
    owner = community.owner
    other = (await owner.expect(201, "POST", "/api/servers", {"name": "Other"}))["id"]
    body = {"name": "There", "type": "voice"}
    there = (await owner.expect(201, "POST", f"/api/servers/{other}/channels", body))["id"]
    seen_here = await community.member.socket()
    await join(owner, community.voice)
    await join(owner, there)
    await in_voice(seen_here, owner, None)
    await seen_here.settle()
    assert not [frame for frame in seen_here.of("VOICE_STATE_UPDATE") if frame["d"]["channel_id"] == there]
    assert await present(owner, there) == [owner.id]


async def test_joining_again_resets_the_voice_state(community: Community) -> None:
    first = await join(community.member, community.voice)
    await join(community.owner, community.voice)
    await community.member.expect(200, "PATCH", voice(community.voice), {"self_mute": True, "self_screen": True})
    assert await join(community.member, community.voice) == first
    assert await present(community.owner, community.voice) == [community.member.id, community.owner.id]


async def test_two_joins_at_once_leave_one_voice_state(community: Community) -> None:
    member, kitchen, socket = community.member, await new_channel(community), await community.owner.socket()
    for _ in range(3):
        await asyncio.gather(*(join(member, channel) for channel in (community.voice, kitchen) * 3))
    places = [channel for channel in (community.voice, kitchen) if await present(member, channel) == [member.id]]
    assert len(places) == 1
    assert len(await structure(member, community.server)) == 1
    await socket.settle()
    assert socket.of("VOICE_STATE_UPDATE")[-1]["d"]["channel_id"] == places[0]


async def test_a_channel_is_never_fuller_than_it_may_be(community: Community, register: Register) -> None:
    channel = await new_channel(community, user_limit=2)
    people = [await register() for _ in range(6)]
    for person in people:
        await person.expect(201, "POST", f"/api/servers/{community.server}/join")
    answers = await asyncio.gather(*(person.post(voice(channel)) for person in people))
    assert sorted(answer.status for answer in answers) == [201, 201, 409, 409, 409, 409]
    assert {answer.code for answer in answers if answer.status == 409} == {"voice_channel_full"}
    assert len(await present(community.owner, channel)) == 2
    for person, answer in zip(people, answers, strict=True):
        if answer.status == 201:
            await join(person, channel)  # joining again takes no second seat
    await join(community.owner, channel)  # could raise the limit, and so can enter


async def test_a_limit_can_be_changed(community: Community) -> None:
    path = f"/api/servers/{community.server}/channels/{community.voice}"
    assert (await community.owner.expect(200, "GET", path))["user_limit"] is None
    assert (await community.owner.expect(200, "PATCH", path, {"user_limit": 1}))["user_limit"] == 1
    assert (await community.owner.expect(200, "PATCH", path, {"name": "Parlour"}))["user_limit"] == 1
    assert (await community.owner.expect(200, "PATCH", path, {"user_limit": None}))["user_limit"] is None
    assert (await community.owner.patch(path, {"user_limit": 0})).code == "invalid"
    text = f"/api/servers/{community.server}/channels/{community.channel}"
    assert (await community.owner.patch(text, {"user_limit": 5})).code == "no_user_limit"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "invalid"),
        ({"server_mute": False}, 422, "unprocessable"),
        ({"self_mute": None}, 422, "unprocessable"),
        ({"self_mute": "yes"}, 422, "unprocessable"),
        ([], 422, "unprocessable"),
    ],
)
async def test_what_changing_refuses(community: Community, body: Any, status: int, code: str) -> None:
    await join(community.member, community.voice)
    answer = await community.member.patch(voice(community.voice), body)
    assert (answer.status, answer.code) == (status, code)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "voice", None),
        ("DELETE", "voice", None),
        ("PATCH", "voice", {"self_mute": True}),
        ("GET", "voice", None),
        ("PATCH", "voice/{somebody}", {"server_mute": True}),
        ("DELETE", "voice/{somebody}", None),
        ("POST", "go-live", {}),
        ("DELETE", "go-live", None),
        ("GET", "go-live", None),
    ],
)
async def test_who_is_refused(shared_community: Community, browser: Browser, method: str, path: str, body: Any) -> None:
    """Outsiders and unknown channels get the same error; text channels another."""
    community = shared_community
    rest = path.format(somebody=community.member.id)

    async def code(person: Browser, channel: str) -> tuple[int, str | None]:
        options = {"json": body} if body is not None else {}
        answer = await person.call(method, f"/api/channels/{channel}/{rest}", **options)
        return answer.status, answer.code

    assert await code(community.outsider, community.voice) == (404, "not_found")
    assert await code(community.member, str(uuid4())) == (404, "not_found")
    assert await code(community.member, community.channel) == (400, "not_a_voice_channel")
    assert await code(browser, community.voice) == (401, "unauthenticated")
    assert (await code(community.member, "lounge"))[0] == 400


async def test_who_is_not_in_the_channel(community: Community) -> None:
    await join(community.owner, community.voice)
    for method, body in (("DELETE", None), ("PATCH", {"self_mute": True})):
        answer = await community.member.call(method, voice(community.voice), **({"json": body} if body else {}))
        assert (answer.status, answer.code) == (404, "not_in_voice")


async def test_joining_takes_an_empty_body_too(community: Community) -> None:
    bodies: list[dict[str, Any]] = [{"json": {}}, {"data": b"", "headers": {"Content-Type": "application/json"}}]
    for body in bodies:
        answer = await community.member.call("POST", voice(community.voice), **body)
        assert answer.status == 201


async def test_what_ends_a_place(community: Community, rows: OwnConnection) -> None:
    """Leaving the server is sent as a leave; the end of the channel or of the server is sent instead of one."""
    socket, kitchen = await community.owner.socket(), await new_channel(community)
    await join(community.member, community.voice)
    await community.member.expect(204, "DELETE", f"/api/servers/{community.server}/leave")
    await in_voice(socket, community.member, None, previous_channel_id=community.voice)
    await community.member.expect(201, "POST", f"/api/servers/{community.server}/join")
    assert await present(community.member, community.voice) == []

    await join(community.member, kitchen)
    await community.owner.expect(204, "DELETE", f"/api/servers/{community.server}/channels/{kitchen}")
    await socket.wait_for_type("CHANNEL_DELETE")

    await join(community.member, community.voice)
    await community.owner.expect(204, "DELETE", f"/api/servers/{community.server}")
    await socket.wait_for_type("SERVER_DELETE")
    assert await rows.fetchval("SELECT count(*) FROM voice_states WHERE user_id = $1", community.member.id) == 0
