"""Groups: created, named, handed over; users are added, leave and are removed."""

from uuid import uuid4

import pytest

from coterie.conversations import actions
from coterie.database.pool import OwnConnection
from tests.conversations.test_direct import block
from tests.people import Person
from tests.serving import Register, over_both_buses
from tests.sync.braid_reader import Follow


async def group(owner: Person, *others: Person, **fields: str) -> str:
    body = {"participant_ids": [other.id for other in others], "name": "Us", **fields}
    id: str = (await owner.expect(201, "POST", "/api/conversations", body))["id"]
    return id


@pytest.fixture
async def people(register: Register) -> list[Person]:
    return [await register(name) for name in ("owner", "second", "third", "outsider")]


async def test_it_works(people: list[Person]) -> None:
    owner, second, third, outsider = people
    body = {"participant_ids": [second.id, third.id], "description": "what it is about"}
    made = await owner.expect(201, "POST", "/api/conversations", body)
    assert (made["is_direct"], made["name"], made["owner_id"]) == (False, None, owner.id)
    assert (made["recipient"], made["other_username"], made["description"]) == (None, None, "what it is about")
    assert set(made["participants"]) == {owner.id, second.id, third.id}
    assert [each["user_id"] for each in made["people"]] == made["participants"]
    await third.send(made["id"], "hello")
    for person in people[:3]:
        [shown] = (await person.expect(200, "GET", "/api/conversations"))["conversations"]
        assert (shown["id"], shown["last_message_preview"]) == (made["id"], "hello")
        assert await person.expect(200, "GET", "/api/dm-channels") == []
    assert (await outsider.expect(200, "GET", "/api/conversations"))["conversations"] == []


async def test_everyone_can_name_it_and_all_receive_it(people: list[Person]) -> None:
    owner, second, third, _ = people
    conversation = await group(owner, second, third)
    sockets = [await person.socket() for person in people]
    changed = await third.expect(200, "PATCH", f"/api/conversations/{conversation}", {"name": "Trio"})
    assert (changed["name"], changed["description"]) == ("Trio", None)
    for socket in sockets[:3]:
        told = await socket.wait_for_type("CONVERSATION_UPDATE")
        assert (told["d"]["name"], told["topic"]) == ("Trio", conversation)
    await third.expect(200, "PATCH", f"/api/conversations/{conversation}", {"name": "Trio"})
    for socket in sockets:
        await socket.settle()
    assert [len(socket.of("CONVERSATION_UPDATE")) for socket in sockets] == [1, 1, 1, 0]


async def test_only_the_owner_hands_it_over_and_only_to_a_participant(people: list[Person]) -> None:
    owner, second, third, outsider = people
    path = f"/api/conversations/{await group(owner, second, third)}"
    refused = await second.expect(403, "PATCH", path, {"owner_id": second.id})
    assert refused["code"] == "not_the_groups_owner"
    await owner.expect(404, "PATCH", path, {"owner_id": outsider.id})
    assert (await owner.expect(200, "PATCH", path, {"owner_id": third.id}))["owner_id"] == third.id
    await owner.expect(403, "PATCH", path, {"owner_id": owner.id})


async def test_a_new_participant_is_notified_and_receives_what_follows(people: list[Person], follow: Follow) -> None:
    owner, second, third, _ = people
    conversation = await group(owner, second)
    await owner.send(conversation, "before")
    sockets = [await person.socket() for person in people]
    for _ in range(2):
        await second.expect(204, "PUT", f"/api/conversations/{conversation}/participants/{third.id}")
    told = await sockets[2].wait_for_type("DM_CHANNEL_CREATE")
    assert told["d"].items() >= {"id": conversation, "name": "Us", "is_direct": False, "unread_count": 0}.items()
    assert told["positions"] == {conversation: 5}
    for socket in sockets[:2]:
        added = await socket.wait_for_type("PARTICIPANT_ADD")
        assert added["d"].items() >= {"user_id": third.id, "username": third.username, "avatar_url": None}.items()
    await owner.send(conversation, "after")
    await sockets[2].wait_for(lambda frame: frame["t"] == "DM_MESSAGE_CREATE" and frame["d"]["content"] == "after")
    history = await third.expect(200, "GET", f"/api/channels/{conversation}/messages")
    assert [message["content"] for message in history if message["type"] == "text"] == ["after", "before"]
    await sockets[3].settle()
    assert not sockets[3].of("DM_CHANNEL_CREATE", "PARTICIPANT_ADD", "DM_MESSAGE_CREATE")


@over_both_buses
async def test_a_removed_participant_receives_nothing_more(people: list[Person], follow: Follow) -> None:
    owner, second, third, _ = people
    conversation = await group(owner, second, third)
    path = f"/api/conversations/{conversation}/participants"
    sockets = [await person.socket() for person in people]
    streams = [
        await follow(third, f"/sync/conversations/{conversation}{what}", Accept="application/json")
        for what in ("", "/messages")
    ]
    assert (await second.expect(403, "DELETE", f"{path}/{third.id}"))["code"] == "not_the_groups_owner"
    await owner.expect(204, "DELETE", f"{path}/{third.id}")
    await owner.send(conversation, "are they gone?")
    assert (await sockets[2].wait_for_type("CONVERSATION_LEAVE"))["d"] == {"id": conversation}
    for socket in sockets[:2]:
        removed = await socket.wait_for_type("PARTICIPANT_REMOVE")
        assert removed["d"] == {"conversation_id": conversation, "user_id": third.id}
    await sockets[2].settle()
    [farewell] = sockets[2].of("DM_MESSAGE_CREATE")
    assert farewell["d"]["type_details"] == {"kind": "participant_remove", "user_id": third.id}
    for stream in streams:
        assert not [update for update in await stream.read_to_end() if b"gone" in update.body]
    await third.expect(404, "POST", f"/api/channels/{conversation}/messages", {"content": "let me in"})
    await third.expect(404, "GET", path)
    await sockets[2].say("RESUME", {"positions": {conversation: 0}})
    await sockets[2].wait_for_type("TOPIC_GONE")
    await owner.expect(404, "DELETE", f"{path}/{third.id}")


async def test_a_participant_who_comes_back_receives_again(people: list[Person]) -> None:
    owner, second, third, _ = people
    conversation = await group(owner, second, third)
    path = f"/api/conversations/{conversation}/participants/{third.id}"
    socket = await third.socket()
    for _ in range(3):
        await third.expect(204, "DELETE", path)
        await owner.send(conversation, "without them")
        await owner.expect(204, "PUT", path)
    await owner.send(conversation, "together again")
    await socket.wait_for(lambda frame: frame["t"] == "DM_MESSAGE_CREATE" and "again" in frame["d"]["content"])


async def test_the_owners_leaving_hands_over_and_the_last_one_ends_it(
    people: list[Person], rows: OwnConnection
) -> None:
    owner, second, third, _ = people
    conversation = await group(owner, second)
    await owner.expect(204, "PUT", f"/api/conversations/{conversation}/participants/{third.id}")
    await owner.send(conversation, "goodbye")
    path = f"/api/conversations/{conversation}"
    await owner.expect(204, "DELETE", f"{path}/participants/{owner.id}")
    assert (await third.expect(200, "GET", path))["owner_id"] == second.id
    await second.expect(204, "DELETE", f"{path}/participants/{second.id}")
    assert (await third.expect(200, "GET", path))["owner_id"] == third.id
    socket = await third.socket()
    await third.expect(204, "DELETE", f"{path}/participants/{third.id}")
    await socket.wait_for_type("CONVERSATION_LEAVE")
    await third.expect(404, "GET", path)
    for table in ("topics", "channels", "conversations"):
        assert await rows.fetchval(f"SELECT count(*) FROM {table} WHERE id = $1", conversation) == 0
    assert await rows.fetchval("SELECT count(*) FROM messages WHERE channel_id = $1", conversation) == 0


async def test_the_level_of_notifications_goes_with_taking_part(people: list[Person]) -> None:
    owner, second, _, _ = people
    conversation = await group(owner, second)
    for person in (second, owner):
        await person.expect(200, "PUT", f"/api/conversations/{conversation}/notifications", {"level": "nothing"})
        await person.expect(204, "DELETE", f"/api/conversations/{conversation}/participants/{person.id}")
        assert await person.expect(200, "GET", "/api/users/@me/notifications") == []
        affairs = await person.expect(200, "GET", "/sync/me")
        assert not [key for key in affairs if key.endswith(conversation)]


async def test_the_refusals(people: list[Person], rows: OwnConnection) -> None:
    owner, second, third, outsider = people
    conversation = await group(owner, second)
    path = f"/api/conversations/{conversation}"
    await owner.expect(404, "PUT", f"{path}/participants/{uuid4()}")
    await block(rows, third, second)
    assert (await second.expect(403, "PUT", f"{path}/participants/{third.id}"))["code"] == "cannot_message"
    body = {"participant_ids": [third.id, owner.id]}
    assert (await second.expect(403, "POST", "/api/conversations", body))["code"] == "cannot_message"
    await owner.expect(204, "PUT", f"{path}/participants/{third.id}")
    await second.send(conversation, "in a group nothing changes")
    await outsider.expect(404, "PATCH", path, {"name": "Mine"})
    await outsider.expect(404, "PUT", f"{path}/participants/{outsider.id}")
    await owner.expect(400, "PATCH", path, {"name": ""})


async def test_the_limit_of_participants(people: list[Person], monkeypatch: pytest.MonkeyPatch) -> None:
    owner, second, third, outsider = people
    monkeypatch.setattr(actions, "PARTICIPANT_LIMIT", 3)
    conversation = await group(owner, second, third)
    path = f"/api/conversations/{conversation}/participants/{outsider.id}"
    assert (await owner.expect(400, "PUT", path))["code"] == "too_many_participants"
    body = {"participant_ids": [second.id, third.id, outsider.id]}
    assert (await owner.expect(400, "POST", "/api/conversations", body))["code"] == "too_many_participants"
    monkeypatch.setattr(actions, "GROUP_LIMIT", 1)
    body = {"participant_ids": [outsider.id, third.id]}
    assert (await owner.expect(400, "POST", "/api/conversations", body))["code"] == "too_many_groups"
    await outsider.expect(400, "POST", "/api/conversations", {"participant_ids": [owner.id], "name": "More"})


async def test_a_new_picture_reaches_the_conversations(people: list[Person]) -> None:
    owner, second, _, outsider = people
    conversation = await group(owner, second)
    sockets = [await person.socket() for person in (owner, outsider)]
    picture = "https://example.org/second.png"
    await second.expect(200, "PATCH", "/api/users/@me", {"avatar_url": picture})
    told = await sockets[0].wait_for_type("PARTICIPANT_UPDATE")
    assert (told["topic"], told["d"]["avatar_url"]) == (conversation, picture)
    await second.expect(200, "PATCH", "/api/users/@me", {"bio": "about me"})
    for socket in sockets:
        await socket.settle()
    assert [len(socket.of("PARTICIPANT_UPDATE")) for socket in sockets] == [1, 0]
