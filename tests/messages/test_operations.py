"""Reactions, pins and read marks: their responses and events, and that repeating them changes nothing."""

import asyncio
from urllib.parse import quote

from tests.people import Community

THUMB = "\N{THUMBS UP SIGN}"


async def test_reactions_are_counted_and_sent(community: Community) -> None:
    owner, outsider = await community.owner.socket(), await community.outsider.socket()
    sent = await community.member.send(community.channel, "hello")
    path = f"/api/channels/{community.channel}/messages/{sent['id']}/reactions"
    for _ in range(2):
        await community.member.expect(204, "PUT", f"{path}/{quote(THUMB)}")
    await community.owner.expect(204, "PUT", f"{path}/tada")
    mine = await community.member.expect(200, "GET", path)
    assert mine == [{"emoji": THUMB, "count": 1, "me": True}, {"emoji": "tada", "count": 1, "me": False}]
    await community.member.expect(204, "DELETE", f"{path}/{quote(THUMB)}")
    await community.member.expect(404, "DELETE", f"{path}/{quote(THUMB)}")
    await owner.wait_for_type("REACTION_REMOVE")
    frames = owner.of("REACTION_ADD", "REACTION_REMOVE")
    assert [frame["t"] for frame in frames] == ["REACTION_ADD", "REACTION_ADD", "REACTION_REMOVE"]
    assert (frames[0]["d"]["message_id"], frames[0]["d"]["user_id"]) == (sent["id"], community.member.id)
    assert frames[-1]["d"]["reactions"] == [{"emoji": "tada", "count": 1, "me": False}]
    await outsider.settle()
    assert not outsider.of("REACTION_ADD", "REACTION_REMOVE")


async def test_a_user_who_cannot_view_cannot_react(community: Community) -> None:
    sent = await community.member.send(community.channel, "hello")
    path = f"/api/channels/{community.channel}/messages/{sent['id']}"
    await community.outsider.expect(404, "PUT", f"{path}/reactions/x")
    await community.outsider.expect(404, "GET", f"{path}/reactions")
    await community.outsider.expect(404, "POST", f"{path}/pin")
    await community.outsider.expect(404, "GET", f"/api/channels/{community.channel}/pinned-messages")
    await community.outsider.expect(404, "POST", f"/api/channels/{community.channel}/ack")


async def test_emoji_have_a_size(community: Community) -> None:
    sent = await community.member.send(community.channel, "hello")
    path = f"/api/channels/{community.channel}/messages/{sent['id']}/reactions/"
    assert (await community.member.call("PUT", path + "x" * 65)).status == 400
    assert (await community.member.call("PUT", path + "x" * 64)).status == 204


async def test_pins(community: Community) -> None:
    socket = await community.member.socket()
    sent = await community.member.send(community.channel, "rules")
    path = f"/api/channels/{community.channel}/messages/{sent['id']}/pin"
    assert (await community.member.call("POST", path)).code == "missing_permission"
    for _ in range(2):
        await community.owner.expect(204, "POST", path)
    [pinned] = await community.member.expect(200, "GET", f"/api/channels/{community.channel}/pinned-messages")
    assert (pinned["id"], pinned["pinned"], pinned["pinned_by"]) == (sent["id"], True, community.owner.id)
    await community.owner.expect(204, "DELETE", path)
    await community.owner.expect(404, "DELETE", path)
    await socket.wait_for_type("MESSAGE_UNPIN")
    assert [frame["t"] for frame in socket.of("MESSAGE_PIN", "MESSAGE_UNPIN")] == ["MESSAGE_PIN", "MESSAGE_UNPIN"]


async def test_what_was_read_is_read_on_every_device(community: Community) -> None:
    mine, others = await community.member.socket(), await community.owner.socket()
    await community.owner.send(community.channel, "one")
    for _ in range(2):
        await community.member.expect(204, "POST", f"/api/channels/{community.channel}/ack")
    frame = await mine.wait_for_type("READ_MARK_UPDATE")
    assert frame["d"] == {"channel_id": community.channel, "position": 1}
    await mine.settle()
    await others.settle()
    assert len(mine.of("READ_MARK_UPDATE")) == 1
    assert not others.of("READ_MARK_UPDATE")


async def test_many_actions_at_once_take_positions_without_holes(community: Community) -> None:
    socket = await community.owner.socket()
    sent = [await community.member.send(community.channel, str(number)) for number in range(5)]
    paths = [f"/api/channels/{community.channel}/messages/{message['id']}" for message in sent]
    await asyncio.gather(
        *(community.member.expect(204, "PUT", f"{path}/reactions/{emoji}") for path in paths for emoji in "abcd"),
        *(community.owner.expect(204, "POST", f"{path}/pin") for path in paths),
        *(
            community.member.expect(200, "PATCH", f"/api/messages/{message['id']}", {"content": "edited"})
            for message in sent
        ),
    )
    await socket.wait_for(
        lambda frame: frame.get("topic") == community.channel and frame["position"] == 40
    )  # each pin has a system message
    frames = [frame for frame in socket.frames if frame.get("topic") == community.channel]
    assert [frame["position"] for frame in frames] == list(range(1, 41))
