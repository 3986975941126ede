"""Receipts: how far messages were delivered and read, sent to the others, and the old flags made from them."""

import asyncio
import json
from typing import Any

import pytest

from tests.conversations.test_direct import opened
from tests.conversations.test_groups import group
from tests.patience import PATIENCE
from tests.people import Person, Socket
from tests.serving import Register
from tests.sync.braid_reader import Follow


async def receipts(person: Person, conversation: str) -> dict[str, tuple[int, int]]:
    """The positions up to which each participant received and read messages."""
    found = await person.expect(200, "GET", f"/api/conversations/{conversation}/receipts")
    return {each["user_id"]: (each["delivered_position"], each["read_position"]) for each in found}


async def told(socket: Socket, person: Person, **positions: int) -> dict[str, Any]:
    """Wait until the socket received these positions of a user."""
    wanted = {"user_id": person.id, **positions}.items()
    frame = await socket.wait_for(lambda frame: frame["t"] == "RECEIPT_UPDATE" and wanted <= frame["d"].items())
    data: dict[str, Any] = frame["d"]
    return data


async def test_read_receipts_are_sent_to_the_others(register: Register) -> None:
    one, other, outsider = [await register(name) for name in ("one", "other", "outsider")]
    conversation = await opened(one, other)
    first, second = [(await one.send(conversation, content)) for content in ("first", "second")]
    sockets = [await person.socket() for person in (one, other, outsider)]
    path = f"/api/conversations/{conversation}/receipt"
    await other.expect(204, "PUT", path, {"delivered": second["id"], "read": first["id"]})
    for socket in sockets[:2]:
        state = await told(socket, other, delivered_position=second["seq"], read_position=first["seq"])
        assert state["conversation_id"] == conversation
        assert state["delivered_at"] is not None
        assert state["read_at"] is not None
    assert await receipts(one, conversation) == {other.id: (second["seq"], first["seq"])}
    await other.expect(204, "PUT", path, {"delivered": first["id"], "read": first["id"]})
    assert await receipts(one, conversation) == {other.id: (second["seq"], first["seq"])}
    for socket in sockets:
        await socket.settle()
    assert [len(socket.of("RECEIPT_UPDATE")) for socket in sockets] == [2, 2, 0]
    [unread] = [each for each in (await other.socket()).ready["unread_counts"] if each["channel_id"] == conversation]
    assert unread["unread_count"] == 1


@pytest.mark.parametrize("way", ["ack", "ack up to", "dm-channels", "read"])
async def test_every_way_of_marking_as_read_sends_a_receipt(register: Register, way: str) -> None:
    one, other = await register("one"), await register("other")
    conversation = await opened(one, other)
    sent = await one.send(conversation, "hello")
    status, method, path, body = {
        "ack": (204, "POST", f"/api/channels/{conversation}/ack", None),
        "ack up to": (204, "POST", f"/api/channels/{conversation}/ack", {"message_id": sent["id"]}),
        "dm-channels": (204, "POST", f"/api/dm-channels/{conversation}/ack", None),
        "read": (200, "PATCH", f"/api/messages/{sent['id']}/read", None),
    }[way]
    await other.expect(status, method, path, body)
    assert await receipts(one, conversation) == {other.id: (sent["seq"], sent["seq"])}
    assert await other.expect(200, "GET", "/api/users/@me/unread") == []


@pytest.mark.parametrize("way", ["socket", "page", "history", "answer", "stream"])
async def test_what_has_arrived_is_delivered(register: Register, follow: Follow, way: str) -> None:
    one, other = await register("one"), await register("other")
    conversation = await opened(one, other)
    socket, own = await one.socket(), await other.socket()
    streamed = None
    if way == "stream":
        streamed = await follow(other, f"/sync/conversations/{conversation}/messages", Accept="*/*")
    sent = await one.send(conversation, "hello")
    if way == "socket":
        await own.say("DELIVERED", {"channel_id": conversation, "message_id": sent["id"]})
    elif way == "page":
        await other.expect(200, "GET", f"/api/channels/{conversation}/messages")
    elif way == "history":
        await other.expect(200, "GET", f"/api/conversations/{conversation}/messages")
    elif way == "answer":
        await other.send(conversation, "hello you")
    elif streamed is not None:
        while b"hello" not in streamed.raw:
            await streamed.read_chunk()
    await told(socket, other, delivered_position=sent["seq"], read_position=0)


async def test_what_is_not_there_or_not_theirs_moves_nothing(register: Register) -> None:
    one, other, outsider = [await register(name) for name in ("one", "other", "outsider")]
    conversation = await opened(one, other)
    elsewhere = await opened(one, outsider)
    sent, foreign = await one.send(conversation, "hello"), await one.send(elsewhere, "hello")
    path = f"/api/conversations/{conversation}/receipt"
    for name in ("delivered", "read"):
        await other.expect(404, "PUT", path, {name: foreign["id"]})
        await outsider.expect(404, "PUT", path, {name: sent["id"]})
    await outsider.expect(404, "PATCH", f"/api/messages/{sent['id']}/read")
    await outsider.expect(404, "GET", f"/api/conversations/{conversation}/receipts")
    await (await outsider.socket()).say("DELIVERED", {"channel_id": conversation, "message_id": sent["id"]})
    await one.expect(204, "PUT", path, {"read": sent["id"]})  # your own is ignored
    assert await receipts(one, conversation) == {}


async def test_a_user_without_read_receipts_still_sends_delivery_receipts(register: Register) -> None:
    one, other = await register("one"), await register("other")
    conversation = await opened(one, other)
    await other.expect(200, "PATCH", "/api/users/@me/privacy", {"send_read_receipts": False})
    sent = await one.send(conversation, "hello")
    await other.expect(204, "POST", f"/api/channels/{conversation}/ack")
    assert await receipts(one, conversation) == {other.id: (sent["seq"], 0)}
    assert await other.expect(200, "GET", "/api/users/@me/unread") == []
    await other.expect(200, "PATCH", "/api/users/@me/privacy", {"send_read_receipts": True})
    await other.expect(204, "POST", f"/api/channels/{conversation}/ack")
    assert await receipts(one, conversation) == {other.id: (sent["seq"], sent["seq"])}


async def test_the_old_flags_say_by_everybody_else(register: Register, follow: Follow) -> None:
    people = [await register() for _ in range(3)]
    conversation = await group(*people)
    sent = await people[0].send(conversation, "hello")
    path = f"/api/conversations/{conversation}"
    seen = []
    for reader in (people[1], people[2]):
        seen.append(await flags(people[0], path))
        await reader.expect(204, "PUT", f"{path}/receipt", {"delivered": sent["id"]})
    seen.append(await flags(people[0], path))
    for reader in (people[1], people[2]):
        await reader.expect(204, "PUT", f"{path}/receipt", {"read": sent["id"]})
        seen.append(await flags(people[0], path))
    assert seen == [(False, False), (False, False), (True, False), (True, False), (True, True)]
    stream = await follow(people[1], f"/sync/conversations/{conversation}/messages", Accept="*/*")
    while b"data: " not in stream.raw:
        await stream.read_chunk()
    streamed = json.loads(stream.raw.partition(b"data: ")[2].partition(b"\n")[0])
    assert (streamed["is_delivered"], streamed["is_read"]) == (True, True)


async def flags(person: Person, path: str) -> tuple[bool, bool]:
    [message] = (await person.expect(200, "GET", f"{path}/messages"))["messages"]
    shown = await person.expect(200, "GET", path)
    assert shown["last_message"] == message
    return message["is_delivered"], message["is_read"]


async def test_they_go_with_a_participant_who_leaves(register: Register) -> None:
    people = [await register() for _ in range(3)]
    conversation = await group(*people)
    await people[0].send(conversation, "hello")
    for reader in people[1:]:
        await reader.expect(204, "POST", f"/api/channels/{conversation}/ack")
    path = f"/api/conversations/{conversation}/participants/{people[2].id}"
    await people[2].expect(204, "DELETE", path)
    assert (await receipts(people[0], conversation)).keys() == {people[1].id}
    await people[0].expect(204, "PUT", path)
    assert (await receipts(people[0], conversation)).keys() == {people[1].id}


async def test_state_and_events_are_a_fresh_state(register: Register, follow: Follow) -> None:
    people = [await register() for _ in range(4)]
    conversation = await group(*people[:3])
    path = f"/api/conversations/{conversation}"
    stream = await follow(people[0], f"/sync/conversations/{conversation}", Accept="application/json")
    messages = await follow(people[0], f"/sync/conversations/{conversation}/messages", Accept="application/json")
    await stream.next()
    await messages.next()
    for number in range(3):
        sent = await people[number].send(conversation, f"{number}")
        await asyncio.gather(
            *(reader.expect(204, "PUT", f"{path}/receipt", {"read": sent["id"]}) for reader in people[:3]),
            people[1].expect(200, "PATCH", path, {"name": f"{number}"}),
        )
    await people[0].expect(204, "PUT", f"{path}/participants/{people[3].id}")
    await people[0].expect(204, "DELETE", f"{path}/participants/{people[2].id}")
    await people[1].expect(200, "PATCH", "/api/users/@me", {"avatar_url": "https://example.org/new.png"})
    await people[0].expect(200, "PATCH", path, {"owner_id": people[1].id})
    await people[0].send(conversation, "the end")
    for followed, what in ((stream, ""), (messages, "/messages")):
        address = f"/sync/conversations/{conversation}{what}"
        fresh = await people[0].expect(200, "GET", address)
        async with asyncio.timeout(PATIENCE):
            while followed.state != fresh:
                await followed.next()


async def test_many_receipts_are_one_commit(register: Register) -> None:
    """Of a burst every position is the newest, whatever order they come in."""
    one, other = await register("one"), await register("other")
    conversation = await opened(one, other)
    sent = [await one.send(conversation, f"{number}") for number in range(20)]
    socket = await one.socket()
    own = await other.socket()
    for message in (*sent[10:], *sent[:10]):
        await own.say("DELIVERED", {"channel_id": conversation, "message_id": message["id"]})
    await told(socket, other, delivered_position=sent[-1]["seq"])
    await socket.settle()
    positions = [frame["d"]["delivered_position"] for frame in socket.of("RECEIPT_UPDATE")]
    assert positions == sorted(set(positions))
