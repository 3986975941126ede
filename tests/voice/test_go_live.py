"""POST, DELETE and GET /api/channels/{channel_id}/go-live"""

from typing import Any

import pytest

from tests.people import Community
from tests.shapes import GO_LIVE, assert_shape
from tests.voice.calls import join, live, new_channel, voice


async def test_it_works(community: Community) -> None:
    member, channel = community.member, community.voice
    socket = await community.owner.socket()
    await join(member, channel)
    begun = await member.expect(201, "POST", live(channel), {})
    assert_shape(begun, GO_LIVE)
    assert (begun["broadcaster_id"], begun["quality"]) == (member.id, "720p")
    assert (await socket.wait_for_type("GO_LIVE_START"))["d"] == begun
    assert await community.owner.expect(200, "GET", live(channel)) == begun

    again = await member.expect(201, "POST", live(channel), {"quality": "1080p"})
    assert await community.owner.expect(200, "GET", live(channel)) == again
    await member.expect(204, "DELETE", live(channel))
    stopped = await socket.wait_for_type("GO_LIVE_STOP")
    assert stopped["d"] == {"channel_id": channel, "broadcaster_id": member.id}
    assert (await community.owner.get(live(channel))).code == "not_live"


async def test_one_at_a_time(community: Community) -> None:
    for person in (community.owner, community.member):
        await join(person, community.voice)
    await community.member.expect(201, "POST", live(community.voice), {})
    answer = await community.owner.post(live(community.voice), {})
    assert (answer.status, answer.code) == (400, "somebody_is_live")
    answer = await community.owner.delete(live(community.voice))
    assert (answer.status, answer.code) == (403, "not_the_broadcaster")


@pytest.mark.parametrize("way", ["leave", "move", "join again", "leave the server"])
async def test_it_ends_with_the_place(community: Community, way: str) -> None:
    member, channel, socket = community.member, community.voice, await community.owner.socket()
    await join(member, channel)
    await member.expect(201, "POST", live(channel), {})
    if way == "leave":
        await member.expect(204, "DELETE", voice(channel))
    elif way == "leave the server":
        await member.expect(204, "DELETE", f"/api/servers/{community.server}/leave")
    else:
        await join(member, channel if way == "join again" else await new_channel(community))
    await socket.wait_for_type("GO_LIVE_STOP")
    assert (await community.owner.get(live(channel))).status == 404


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"quality": "4k"}, 400, "invalid"),
        ({"quality": 720}, 422, "unprocessable"),
        ({"fps": 60}, 422, "unprocessable"),
        (None, 400, "malformed_json"),
    ],
)
async def test_what_it_refuses(community: Community, body: Any, status: int, code: str) -> None:
    await join(community.member, community.voice)
    answer = await community.member.call(
        "POST",
        live(community.voice),
        **({"json": body} if body is not None else {"headers": {"Content-Type": "application/json"}}),
    )
    assert (answer.status, answer.code) == (status, code)


async def test_who_is_not_in_the_channel(community: Community) -> None:
    answer = await community.member.post(live(community.voice), {})
    assert (answer.status, answer.code) == (400, "not_in_voice_yet")
    assert (await community.member.delete(live(community.voice))).code == "not_live"
