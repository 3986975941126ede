"""What channels can do with messages, conversations can do: files, reactions, pins, threads, edits."""

import pytest

from tests.conversations.test_direct import opened
from tests.conversations.test_groups import group
from tests.files.conftest import Kept, fetch, kept, upload, uploaded
from tests.people import Person
from tests.serving import Register

__all__ = ["kept"]


@pytest.fixture
async def people(register: Register) -> list[Person]:
    return [await register(name) for name in ("one", "other", "outsider")]


async def test_files_are_their_own(people: list[Person]) -> None:
    one, other, outsider = people
    conversation = await opened(one, other)
    sent = await one.send(conversation, "look")
    [file] = await uploaded(one, sent["id"], ("note.txt", b"between us"))
    assert (await fetch(other, file["url"])).body == b"between us"
    assert (await fetch(outsider, file["url"])).status == 404
    [shown] = await other.expect(200, "GET", f"/api/channels/{conversation}/messages")
    assert [each["id"] for each in shown["attachments"]] == [file["id"]]
    assert (await upload(other, sent["id"], ("x.txt", b"x"))).status == 403
    assert (await upload(outsider, sent["id"], ("x.txt", b"x"))).status == 404


async def test_a_participant_who_left_has_no_files_any_more(people: list[Person]) -> None:
    one, other, _ = people
    conversation = await group(one, other)
    sent = await one.send(conversation, "look")
    [file] = await uploaded(one, sent["id"], ("note.txt", b"between us"))
    await other.expect(204, "DELETE", f"/api/conversations/{conversation}/participants/{other.id}")
    assert (await fetch(other, file["url"])).status == 404


async def test_the_last_one_takes_the_files_along(people: list[Person], kept: Kept) -> None:
    one, other, _ = people
    conversation = await group(one, other)
    sent = await other.send(conversation, "look")
    [file] = await uploaded(other, sent["id"], ("note.txt", b"between us"))
    assert kept.objects(file["id"])
    for person in (one, other):
        await person.expect(204, "DELETE", f"/api/conversations/{conversation}/participants/{person.id}")
    await kept.is_removed(file["id"])


async def test_everybody_pins_and_reacts_and_only_authors_change(people: list[Person]) -> None:
    one, other, outsider = people
    conversation = await opened(one, other)
    sent = await one.send(conversation, "hello")
    path = f"/api/channels/{conversation}/messages/{sent['id']}"
    await other.expect(204, "POST", f"{path}/pin")
    await other.expect(204, "PUT", f"{path}/reactions/x")
    reply = await other.expect(201, "POST", f"{path}/thread", {"content": "a reply"})
    assert reply["thread_id"] == sent["id"]
    [pinned] = await one.expect(200, "GET", f"/api/channels/{conversation}/pinned-messages")
    assert (pinned["id"], pinned["thread_reply_count"]) == (sent["id"], 1)
    assert pinned["reactions"] == [{"emoji": "x", "count": 1, "me": False}]
    await one.expect(200, "PATCH", f"/api/messages/{sent['id']}", {"content": "other words"})
    assert len(await one.expect(200, "GET", f"{path}/edits")) == 1
    await other.expect(403, "PATCH", f"/api/messages/{sent['id']}", {"content": "not theirs"})
    await other.expect(403, "DELETE", f"/api/messages/{sent['id']}")
    for method, call in (("PUT", f"{path}/reactions/y"), ("POST", f"{path}/pin"), ("GET", f"{path}/thread")):
        await outsider.expect(404, method, call)


async def test_a_repeated_write_makes_one_message(people: list[Person]) -> None:
    one, other, _ = people
    conversation = await opened(one, other)
    first = await one.send(conversation, "hello", nonce="once")
    again = await one.send(conversation, "hello", nonce="once")
    assert again["id"] == first["id"]
    socket = await one.socket()
    body = {"channel_id": conversation, "content": "over the socket", "nonce": "twice"}
    await socket.say("MESSAGE_SEND", body)
    ack = await socket.wait_for(lambda frame: frame["op"] == "MESSAGE_ACK")
    assert ack["d"]["message"]["content"] == "over the socket"
    assert len(await other.expect(200, "GET", f"/api/channels/{conversation}/messages")) == 2
