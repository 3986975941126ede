"""A bus that is slower than the responses to requests, as on a busy machine: events are late, but not lost."""

import asyncio

import pytest

from coterie.log.hub import Hub
from tests.people import Community
from tests.sync.braid_reader import Follow
from tests.voice.calls import join

LATE_SECONDS = 0.3


@pytest.fixture(autouse=True)
def slow_bus(monkeypatch: pytest.MonkeyPatch) -> None:
    receive = Hub.receive

    def receive_late(hub: Hub, payload: str) -> None:
        asyncio.get_running_loop().call_later(LATE_SECONDS, receive, hub, payload)

    monkeypatch.setattr(Hub, "receive", receive_late)


async def test_channels_that_come_and_go_end_no_stream(community: Community, follow: Follow) -> None:
    path, server = f"/sync/servers/{community.server}", f"/api/servers/{community.server}"
    stream = await follow(community.owner, path)
    await stream.next()
    await community.owner.expect(201, "POST", f"{server}/channels", {"name": "news", "type": "text"})
    await community.owner.expect(204, "DELETE", f"{server}/channels/{community.voice}")
    await community.owner.expect(200, "PATCH", server, {"name": "Society"})
    answer = await community.owner.get(path)
    await stream.until(answer.headers["version"].strip('"'))
    assert stream.state == answer.body


async def test_a_user_who_just_joined_a_voice_channel_can_signal_at_once(community: Community) -> None:
    owner, member = await community.owner.socket(), await community.member.socket()
    for person in (community.owner, community.member):
        await join(person, community.voice)
    await owner.say("VOICE_SIGNAL", {"to_user_id": community.member.id, "type": "offer", "sdp": "hello"})
    await member.wait_for_type("VOICE_SIGNAL")
