"""A live conversation: followed from the moment of joining it, and by nobody else."""

import json
from typing import Any
from uuid import UUID

import pytest

from coterie.database.pool import OwnConnection
from coterie.services.making import Services
from coterie.sync import opening
from coterie.sync.addresses import Target
from coterie.sync.collections import Collection, find
from coterie.viewer import Viewer
from tests.conversations.conftest import Open
from tests.serving import Register, over_both_buses
from tests.sync.braid_reader import Follow


@over_both_buses
async def test_both_are_notified_and_follow_at_once(register: Register, open_direct: Open) -> None:
    one, other, outsider = [await register(name) for name in ("one", "other", "outsider")]
    sockets = [await person.socket() for person in (one, other, outsider)]
    conversation = await open_direct(one, other)
    for socket, recipient in zip(sockets[:2], (other, one), strict=True):
        frame = await socket.wait_for_type("DM_CHANNEL_CREATE")
        told = frame["d"]
        assert (told["id"], told["is_direct"], told["recipient"]["id"]) == (conversation, True, recipient.id)
        assert (told["recipient"]["email"], told["other_username"]) == (None, recipient.username)
        assert (told["last_message"], told["last_message_preview"], told["unread_count"]) == (None, "", 0)
        assert {person["user_id"] for person in told["people"]} == {one.id, other.id}
        assert frame["positions"] in [{conversation: 2}, {conversation: 3}]  # where they came into it
    sent = await one.send(conversation, "hello")
    for socket in sockets[:2]:
        frame = await socket.wait_for_type("DM_MESSAGE_CREATE")
        assert (frame["d"]["id"], frame["d"]["channel_id"]) == (sent["id"], conversation)
        assert (frame["topic"], frame["previous"], frame["position"]) == (conversation, 3, 4)
    await sockets[2].settle()
    assert not sockets[2].of("DM_CHANNEL_CREATE", "DM_MESSAGE_CREATE", "PARTICIPANT_ADD")


async def test_ready_has_the_conversations(register: Register, open_direct: Open) -> None:
    one, other = await register("one"), await register("other")
    conversation = await open_direct(one, other)
    sent = await one.send(conversation, "hello  there\nyou")
    ready = (await other.socket()).ready
    [shown] = ready["conversations"]
    assert ready["positions"][conversation] == 4
    assert (shown["id"], shown["unread_count"], shown["last_seq"]) == (conversation, 1, 4)
    assert (shown["last_message"]["id"], shown["last_message_preview"]) == (sent["id"], "hello there you")
    assert shown["participants"] == sorted([one.id, other.id])
    [channel] = ready["dm_channels"]
    assert (channel["id"], channel["recipient"]["username"]) == (conversation, one.username)
    assert channel["last_message_at"] == sent["created_at"] == shown["last_message_time"]
    assert [each["channel_id"] for each in ready["unread_counts"]] == [conversation]


async def test_what_was_missed_comes_after_resume(register: Register, open_direct: Open) -> None:
    one, other = await register("one"), await register("other")
    conversation = await open_direct(one, other)
    first = await one.send(conversation, "first")
    socket = await other.socket()
    for content in ("second", "third"):
        await one.send(conversation, content)
    await socket.close()
    again = await other.socket()
    await again.say("RESUME", {"positions": {conversation: first["seq"]}})
    await again.wait_for(lambda frame: frame.get("t") == "DM_MESSAGE_CREATE" and frame["d"]["content"] == "third")
    missed = again.of("DM_MESSAGE_CREATE")
    assert [frame["d"]["content"] for frame in missed] == ["second", "third"]
    assert [(frame["previous"], frame["position"]) for frame in missed] == [(4, 5), (5, 6)]


async def test_replies_reactions_and_typing_are_sent_too(register: Register, open_direct: Open) -> None:
    one, other = await register("one"), await register("other")
    conversation = await open_direct(one, other)
    socket = await other.socket()
    sent = await one.send(conversation, "hello")
    path = f"/api/channels/{conversation}/messages/{sent['id']}"
    for person, type, call in (
        (other, "REACTION_ADD", (204, "PUT", f"{path}/reactions/x")),
        (one, "MESSAGE_PIN", (204, "POST", f"{path}/pin")),
        (one, "MESSAGE_UPDATE", (200, "PATCH", f"/api/messages/{sent['id']}", {"content": "other words"})),
        (one, "THREAD_MESSAGE_CREATE", (201, "POST", f"{path}/thread", {"content": "a reply"})),
    ):
        await person.expect(*call)
        assert (await socket.wait_for_type(type))["d"]["channel_id"] == conversation
    await (await one.socket()).say("TYPING_START", {"channel_id": conversation})
    assert (await socket.wait_for_type("TYPING_START"))["d"]["user_id"] == one.id


async def test_a_blocked_person_may_only_read(register: Register, open_direct: Open, rows: OwnConnection) -> None:
    one, other = await register("one"), await register("other")
    conversation = await open_direct(one, other)
    sent = await other.send(conversation, "before")
    socket = await one.socket()
    await rows.execute("INSERT INTO contacts VALUES ($1, $2, 'blocked', now())", UUID(one.id), UUID(other.id))
    path = f"/api/channels/{conversation}/messages"
    for person in (one, other):
        for call in (
            ("POST", path, {"content": "after"}),
            ("POST", f"{path}/{sent['id']}/thread", {"content": "after"}),
            ("PUT", f"{path}/{sent['id']}/reactions/x", None),
            ("POST", f"{path}/{sent['id']}/pin", None),
        ):
            assert (await person.expect(403, *call))["code"] == "cannot_message"
        assert [message["id"] for message in await person.expect(200, "GET", path)] == [sent["id"]]
    typing = await other.socket()
    await typing.say("TYPING_START", {"channel_id": conversation})
    await typing.say("HEARTBEAT")
    await typing.wait_for(lambda frame: frame.get("op") == "HEARTBEAT_ACK")
    await socket.settle()
    assert not socket.of("TYPING_START")
    await other.expect(204, "DELETE", f"/api/messages/{sent['id']}")


async def test_the_messages_stream_has_messages_alone(register: Register, open_direct: Open, follow: Follow) -> None:
    one, other = await register("one"), await register("other")
    conversation = await open_direct(one, other)
    messages = await follow(one, f"/sync/conversations/{conversation}/messages", Accept="application/json")
    people = await follow(one, f"/sync/conversations/{conversation}")
    assert (await messages.next()).body == b"{}"
    snapshot = json.loads((await people.next()).body)
    assert snapshot.keys() == {"conversation", f"participants/{one.id}", f"participants/{other.id}"}
    assert snapshot["conversation"]["is_direct"]
    sent = await other.send(conversation, "hello")
    assert (await messages.next()).key == sent["id"]


async def test_an_outsider_finds_nothing(register: Register, open_direct: Open) -> None:
    one, other, outsider = [await register(name) for name in ("one", "other", "outsider")]
    conversation = await open_direct(one, other)
    sent = await one.send(conversation, "hello")
    path = f"/api/channels/{conversation}/messages"
    for call in (
        ("GET", path),
        ("GET", f"{path}/{sent['id']}"),
        ("POST", path, {"content": "let me in"}),
        ("GET", f"/sync/conversations/{conversation}"),
        ("GET", f"/sync/conversations/{conversation}/messages"),
        ("POST", f"/api/channels/{conversation}/ack", {}),
    ):
        await outsider.expect(404, *call)


async def test_a_participant_who_leaves_while_a_stream_begins_does_not_follow(
    register: Register, follow: Follow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their right was checked before, and the snapshot is read after: it already includes their leaving."""
    one, other = await register("one"), await register("other")
    body = {"participant_ids": [other.id], "name": "Us"}
    conversation = (await one.expect(201, "POST", "/api/conversations", body))["id"]
    looks: list[Any] = []

    async def find_and_put_out(services: Services, viewer: Viewer, target: Target) -> Collection:
        found = await find(services, viewer, target)
        looks.append(found)
        if len(looks) == 2:  # the second look is the one before the snapshot
            await one.expect(204, "DELETE", f"/api/conversations/{conversation}/participants/{other.id}")
        return found

    monkeypatch.setattr(opening, "find", find_and_put_out)
    stream = await follow(other, f"/sync/conversations/{conversation}/messages", Accept="application/json")
    assert (stream.status, len(looks)) == (404, 2)
