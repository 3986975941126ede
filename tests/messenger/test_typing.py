"""POST /typing"""

import pytest

from tests.messenger.conftest import Listen
from tests.people import Browser, Community


@pytest.mark.parametrize("path", ["/typing", "/api/typing"])
async def test_it_works(community: Community, listen: Listen, path: str) -> None:
    stream = await listen(community.owner)
    for is_typing in (True, False):
        body = {"user": "somebody else", "is_typing": is_typing, "channel_id": community.channel}
        answer = await community.member.post(path, body)
        assert (answer.status, answer.body) == (200, "")
        told = await stream.wait_for(lambda told: told.name == "typing" and told.payload["is_typing"] is is_typing)  # noqa: B023
        assert (told.payload["user"], told.payload["channel_id"]) == (community.member.username, community.channel)
        assert told.data["version"] is None
        assert told.id is None


async def test_the_gateway_receives_it_too(community: Community) -> None:
    socket = await community.owner.socket()
    await community.member.post("/typing", {"is_typing": True, "channel_id": community.channel})
    await community.member.post("/typing", {"is_typing": False, "channel_id": community.channel})
    frames = [await socket.wait_for_type(type) for type in ("TYPING_START", "TYPING_STOP")]
    assert [frame["d"]["user_id"] for frame in frames] == [community.member.id] * 2


async def test_a_member_who_cannot_write_cannot_be_typing(community: Community, browser: Browser) -> None:
    body = {"is_typing": True, "channel_id": community.channel}
    assert (await community.outsider.post("/typing", body)).status == 404
    assert (await browser.post("/typing", body)).status == 401
    assert (await community.member.get("/typing")).status == 405
    for wrong in ({}, {"is_typing": "yes"}, [1]):
        assert (await community.member.post("/typing", wrong)).status in (400, 422)
    assert (await community.member.call("POST", "/typing", data=b"{")).status == 400


async def test_without_a_channel_nobody_is_notified(community: Community, listen: Listen) -> None:
    stream = await listen(community.owner)
    assert (await community.member.post("/typing", {"user": "x", "is_typing": True})).status == 200
    await stream.settle(community.owner)
    assert not [told for told in stream.told if told.name == "typing"]


async def test_nobody_learns_that_an_invisible_user_types(community: Community, listen: Listen) -> None:
    stream = await listen(community.owner)
    await community.member.expect(200, "PATCH", "/api/users/@me", {"status": "offline"})
    body = {"is_typing": True, "channel_id": community.channel}
    assert (await community.member.post("/typing", body)).status == 200
    await stream.settle(community.owner)
    assert not [told for told in stream.told if told.name == "typing"]
