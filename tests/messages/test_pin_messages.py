"""Pinning a message adds one system message to its channel, which everyone who may view the channel receives."""

import asyncio
from typing import Any

from tests.conversations.test_direct import opened
from tests.people import Community, Person

ENDINGS = ("MESSAGE_PIN", "MESSAGE_UNPIN", "MESSAGE_CREATE")


def pin(message: dict[str, Any]) -> str:
    return f"/api/channels/{message['channel_id']}/messages/{message['id']}/pin"


async def told(person: Person, channel: str) -> list[tuple[str, str, Any]]:
    """The system messages of a channel, oldest first: by whom, in English, and the details."""
    page = await person.expect(200, "GET", f"/api/channels/{channel}/messages")
    system = [message for message in page[::-1] if message["type"] == "system"]
    return [(each["author_id"], each["content"], each["type_details"]) for each in system]


async def test_it_works(community: Community) -> None:
    """One for each pin; repeating it, refusals and unpinning add none. It is unread for nobody."""
    owner, member, channel = community.owner, community.member, community.channel
    sent = await member.send(channel, "rules")
    await owner.expect(204, "POST", f"/api/channels/{channel}/ack")
    sockets = [await person.socket() for person in (owner, member, community.outsider)]
    await member.expect(403, "POST", pin(sent))
    for _ in range(2):
        await owner.expect(204, "POST", pin(sent))
    expected = (owner.id, f"{owner.username} pinned a message.", {"kind": "pin", "message_id": sent["id"]})
    assert await told(member, channel) == [expected]
    await owner.expect(204, "DELETE", pin(sent))
    assert await told(member, channel) == [expected]
    await owner.expect(204, "POST", pin(sent))
    assert await told(member, channel) == [expected] * 2
    for socket in sockets:
        await socket.settle()
    for socket in sockets[:2]:
        frames = socket.of(*ENDINGS)
        assert [frame["t"] for frame in frames] == [*ENDINGS[::2], ENDINGS[1], *ENDINGS[::2]]
        created = frames[1]["d"]
        assert (created["type"], created["type_details"], created["mention_user_ids"]) == ("system", expected[2], [])
        assert [frame["position"] for frame in frames] == list(range(sent["seq"] + 1, sent["seq"] + 6))
    assert not sockets[2].of(*ENDINGS)
    assert await member.expect(200, "GET", "/api/users/@me/unread") == []
    assert [each["id"] for each in await member.expect(200, "GET", f"/api/channels/{channel}/pinned-messages")] == [
        sent["id"]
    ]


async def test_a_display_name_and_nothing_of_the_text(community: Community) -> None:
    await community.owner.expect(200, "PATCH", "/api/users/@me", {"display_name": "Ada"})
    sent = await community.member.send(community.channel, "soon to be deleted")
    await community.owner.expect(204, "POST", pin(sent))
    await community.member.expect(204, "DELETE", f"/api/messages/{sent['id']}")
    details = {"kind": "pin", "message_id": sent["id"]}
    assert await told(community.member, community.channel) == [(community.owner.id, "Ada pinned a message.", details)]


async def test_a_reply_in_a_thread_is_told_of_in_the_channel(community: Community) -> None:
    root = await community.member.send(community.channel, "root")
    path = f"/api/channels/{community.channel}/messages/{root['id']}/thread"
    reply = await community.member.expect(201, "POST", path, {"content": "reply"})
    await community.owner.expect(204, "POST", pin(reply))
    assert [details["message_id"] for _, _, details in await told(community.member, community.channel)] == [reply["id"]]
    [again] = await community.member.expect(200, "GET", path)
    assert again["id"] == reply["id"]


async def test_in_a_conversation(community: Community) -> None:
    owner, member = community.owner, community.member
    conversation = await opened(owner, member)
    sent = await owner.send(conversation, "the address")
    await owner.expect(204, "POST", f"/api/channels/{conversation}/ack")
    socket = await owner.socket()
    await member.expect(204, "POST", pin(sent))
    frame = await socket.wait_for_type("DM_MESSAGE_CREATE")
    assert frame["d"]["type_details"] == {"kind": "pin", "message_id": sent["id"]}
    shown = await owner.expect(200, "GET", f"/api/conversations/{conversation}")
    preview = f"{member.username} pinned a message."
    assert (shown["unread_count"], shown["last_message_preview"]) == (0, preview)
    assert (await owner.call("POST", pin(frame["d"]))).code == "system_message"


async def test_many_at_once(community: Community) -> None:
    """Each has one, however many pin it at once, and positions have no holes."""
    owner, channel = community.owner, community.channel
    sent = [await owner.send(channel, str(number)) for number in range(4)]
    socket = await community.member.socket()
    await asyncio.gather(*(owner.call("POST", pin(message)) for message in sent * 3))
    await socket.wait_for(lambda frame: frame.get("topic") == channel and frame["position"] == 12)
    positions = [frame["position"] for frame in socket.frames if frame.get("topic") == channel]
    assert positions == list(range(5, 13))
    pinned = [details["message_id"] for _, _, details in await told(owner, channel)]
    assert sorted(pinned) == sorted(message["id"] for message in sent)
