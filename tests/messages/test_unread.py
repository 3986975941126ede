"""Unread counts: right from the moment of joining, on every device, and never for channels that cannot be viewed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from coterie.database.pool import OwnConnection
from tests.people import Community, Person


async def unread(person: Person) -> dict[str, tuple[int, int]]:
    """The unread messages of each channel, and the mentions among them; REST agrees with READY."""
    listed = await person.expect(200, "GET", "/api/users/@me/unread")
    found = {each["channel_id"]: (each["unread_count"], each["mention_count"]) for each in listed}
    socket = await person.socket()
    ready = socket.ready
    await socket.close()
    mentions = {each["channel_id"]: each["count"] for each in ready["mention_counts"]}
    counts = {
        each["channel_id"]: (each["unread_count"], mentions.get(each["channel_id"], 0))
        for each in ready["unread_counts"]
    }
    assert counts == found
    return found


async def ack(person: Person, channel: str, body: Any = None) -> None:
    await person.expect(204, "POST", f"/api/channels/{channel}/ack", body)


async def test_it_counts_from_the_moment_of_joining(community: Community) -> None:
    channel, outsider = community.channel, community.outsider
    await community.owner.send(channel, "before")
    assert await unread(outsider) == {}
    await outsider.expect(201, "POST", f"/api/servers/{community.server}/join")
    assert await unread(outsider) == {}
    await community.owner.send(channel, f"welcome @{outsider.username}")
    await community.owner.send(channel, "@everyone")
    await community.owner.send(channel, "so")
    assert await unread(outsider) == {channel: (3, 2)}
    await ack(outsider, channel)
    assert await unread(outsider) == {}


async def test_a_member_who_comes_back_starts_again(community: Community) -> None:
    member, server = community.member, community.server
    await ack(member, community.channel)
    await member.expect(204, "DELETE", f"/api/servers/{server}/leave")
    await community.owner.send(community.channel, f"@{member.username} left")
    await member.expect(201, "POST", f"/api/servers/{server}/join")
    assert await unread(member) == {}


async def test_what_does_not_count(community: Community) -> None:
    """Your own messages, replies in threads, and deleted messages."""
    channel, member = community.channel, community.member
    await member.send(channel, f"@{member.username}")
    assert await unread(member) == {}
    root = await community.owner.send(channel, "root")
    thread = f"/api/channels/{channel}/messages/{root['id']}/thread"
    await community.owner.expect(201, "POST", thread, {"content": f"@{member.username}"})
    assert await unread(member) == {channel: (1, 0)}
    gone = await community.owner.send(channel, f"@{member.username}")
    assert await unread(member) == {channel: (2, 1)}
    await community.owner.expect(204, "DELETE", f"/api/messages/{gone['id']}")
    assert await unread(member) == {channel: (1, 0)}


async def test_a_hidden_channel_is_not_counted(community: Community) -> None:
    await community.owner.send(community.channel, "@everyone")
    body = {"user_id": community.member.id, "allow": 0, "deny": 1}
    await community.owner.expect(200, "PUT", f"/api/channels/{community.channel}/overrides", body)
    assert await unread(community.member) == {}


async def test_a_mark_goes_up_to_a_message_and_never_back(community: Community) -> None:
    channel, member = community.channel, community.member
    sent = [await community.owner.send(channel, str(number)) for number in range(3)]
    socket = await member.socket()
    await ack(member, channel, {"message_id": sent[1]["id"]})
    assert await unread(member) == {channel: (1, 0)}
    await ack(member, channel, {"message_id": sent[0]["id"]})
    assert await unread(member) == {channel: (1, 0)}
    await ack(member, channel, {})
    assert await unread(member) == {}
    await socket.settle()
    positions = [frame["d"]["position"] for frame in socket.of("READ_MARK_UPDATE")]
    assert positions == [sent[1]["seq"], sent[2]["seq"]]
    path = f"/api/channels/{channel}/ack"
    assert (await member.post(path, {"message_id": community.server})).status == 404


async def test_an_edit_changes_who_is_mentioned(community: Community) -> None:
    channel, member = community.channel, community.member
    sent = await community.owner.send(channel, "hello")
    await community.owner.expect(200, "PATCH", f"/api/messages/{sent['id']}", {"content": f"@{member.username}"})
    assert await unread(member) == {channel: (1, 1)}
    await community.owner.expect(200, "PATCH", f"/api/messages/{sent['id']}", {"content": "hello"})
    assert await unread(member) == {channel: (1, 0)}


async def test_here_mentions_those_who_are_connected(community: Community) -> None:
    socket = await community.member.socket()
    await community.outsider.expect(201, "POST", f"/api/servers/{community.server}/join")
    await community.owner.send(community.channel, "@here")
    await socket.close()
    assert await unread(community.member) == {community.channel: (1, 1)}
    assert await unread(community.outsider) == {community.channel: (1, 0)}


async def test_a_count_is_capped(community: Community) -> None:
    for number in range(103):
        await community.owner.send(community.channel, f"{number}")
    assert await unread(community.member) == {community.channel: (100, 0)}


async def test_where_a_capped_count_begins(community: Community, rows: OwnConnection) -> None:
    """Behind the read mark, and not at the last message that was counted; never before the user joined."""
    channel, member = community.channel, community.member
    first, *others = [await community.owner.send(channel, f"{number}") for number in range(103)]
    everything = "/api/users/@me/unread"
    [oldest] = await member.expect(200, "GET", everything)  # without a mark
    assert (oldest["read_position"], oldest["first_id"]) == (others[2]["seq"] - 1, None)
    await ack(member, channel, {"message_id": first["id"]})
    [capped] = await member.expect(200, "GET", everything)
    assert capped["unread_count"] == 100
    assert capped["read_position"] == others[0]["seq"] - 1
    assert (capped["first_id"], capped["first_at"]) == (others[0]["id"], others[0]["created_at"])
    socket = await member.socket()
    assert socket.ready["unread_counts"] == [capped]
    await socket.close()
    await ack(member, channel, {"message_id": others[2]["id"]})
    [exact] = await member.expect(200, "GET", everything)
    assert (exact["unread_count"], exact["read_position"], exact["first_id"]) == (99, others[2]["seq"], None)
    await ack(member, channel, {"unread_from": first["id"]})
    await rows.execute("UPDATE server_members SET joined_at = $1 WHERE user_id = $2", at(others[1]), UUID(member.id))
    [back] = await member.expect(200, "GET", everything)
    assert (back["read_position"], back["first_id"]) == (others[2]["seq"] - 1, None)


def at(message: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(message["created_at"])


async def test_anonymous_callers_learn_nothing(community: Community) -> None:
    answer = await community.member.call("GET", "/api/users/@me/unread", headers={"Authorization": "Bearer x"})
    assert answer.status == 401


async def test_a_message_is_marked_as_unread(community: Community) -> None:
    """It and all later ones are unread again, on all devices; nothing else moves a mark back."""
    channel, member = community.channel, community.member
    sent = [await community.owner.send(channel, str(number)) for number in range(3)]
    await ack(member, channel)
    socket = await member.socket()
    await ack(member, channel, {"unread_from": sent[1]["id"]})
    update = await socket.wait_for(lambda frame: frame.get("t") == "READ_MARK_UPDATE")
    assert update["d"] == {"channel_id": channel, "position": sent[1]["seq"] - 1}
    assert await unread(member) == {channel: (2, 0)}
    for later in (sent[2], sent[1]):
        await ack(member, channel, {"unread_from": later["id"]})
        assert await unread(member) == {channel: (2, 0)}
    assert [update["d"]] == [frame["d"] for frame in socket.of("READ_MARK_UPDATE")]
    await ack(member, channel, {"message_id": sent[0]["id"]})
    assert await unread(member) == {channel: (2, 0)}
    await ack(member, channel)
    assert await unread(member) == {}
    await socket.close()


async def test_only_messages_of_the_channel_are_marked_as_unread(community: Community) -> None:
    sent = await community.owner.send(community.channel, "here")
    elsewhere = await community.owner.expect(
        201, "POST", f"/api/servers/{community.server}/channels", {"name": "elsewhere", "type": "text"}
    )
    body = {"unread_from": sent["id"]}
    for person, channel in ((community.member, elsewhere["id"]), (community.outsider, community.channel)):
        answer = await person.post(f"/api/channels/{channel}/ack", body)
        assert (answer.status, answer.code) == (404, "not_found")


async def test_a_whole_server_is_marked_in_one_request(community: Community) -> None:
    """In every channel that they can view, on all their devices, and for nobody else."""
    owner, member, server = community.owner, community.member, community.server
    paths = f"/api/servers/{server}/channels"
    other = (await owner.expect(201, "POST", paths, {"name": "other", "type": "text"}))["id"]
    hidden = (await owner.expect(201, "POST", paths, {"name": "hidden", "type": "text"}))["id"]
    for channel in (community.channel, other, hidden):
        await owner.send(channel, f"@{member.username}")
    deny = {"role_id": server, "allow": 0, "deny": 1}
    override = await owner.expect(200, "PUT", f"/api/channels/{hidden}/overrides", deny)
    device = await member.socket()
    await member.expect(204, "POST", f"/api/servers/{server}/ack")
    await device.settle()
    told = [frame["d"]["channel_id"] for frame in device.of("READ_MARK_UPDATE")]
    assert sorted(told) == sorted((community.channel, other))
    assert await unread(member) == {}
    await member.expect(204, "POST", f"/api/servers/{server}/ack")
    await owner.expect(204, "DELETE", f"/api/channels/{hidden}/overrides/{override['id']}")
    assert await unread(member) == {hidden: (1, 1)}
    await community.outsider.expect(404, "POST", f"/api/servers/{server}/ack")
