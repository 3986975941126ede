"""Direct conversations over REST: /api/conversations and /api/dm-channels are two views of the same rows."""

import asyncio
from uuid import UUID, uuid4

import pytest

from coterie.database.pool import OwnConnection
from tests.people import Person
from tests.serving import Register

CIRCLES = {"everyone": 201, "servers": 403, "friends": 403, "nobody": 403}


async def opened(one: Person, other: Person) -> str:
    id: str = (await one.expect(201, "POST", "/api/conversations", {"participant_ids": [other.id]}))["id"]
    return id


async def test_it_works(register: Register) -> None:
    one, other = await register("one"), await register("other")
    made = await one.expect(201, "POST", "/api/conversations", {"participant_ids": [other.id]})
    assert made["is_direct"]
    assert (made["name"], made["owner_id"]) == (None, None)
    assert made["recipient"].items() >= {"id": other.id, "email": None, "activity": None, "is_admin": False}.items()
    again = await other.expect(200, "POST", "/api/dm-channels", {"user_id": one.id})
    assert (again["id"], again["recipient"]["id"], again["last_message_at"]) == (made["id"], one.id, None)
    sent = await other.expect(201, "POST", f"/api/dm-channels/{made['id']}/messages", {"content": "hello"})
    assert sent.items() >= {"channel_id": made["id"], "author_id": other.id, "edited_at": None}.items()
    [page] = await one.expect(200, "GET", f"/api/dm-channels/{made['id']}/messages")
    assert page == sent
    [listed] = await one.expect(200, "GET", "/api/dm-channels")
    assert listed["last_message_at"] == sent["created_at"]
    [shown] = (await one.expect(200, "GET", "/api/conversations"))["conversations"]
    assert (shown["id"], shown["unread_count"], shown["last_message"]["id"]) == (made["id"], 1, sent["id"])
    await one.expect(204, "POST", f"/api/dm-channels/{made['id']}/ack")
    assert (await one.expect(200, "GET", f"/api/conversations/{made['id']}"))["unread_count"] == 0


async def test_many_openers_on_both_routes_open_one(register: Register) -> None:
    one, other = await register("one"), await register("other")
    answers = await asyncio.gather(
        *(one.post("/api/conversations", {"participant_ids": [other.id]}) for _ in range(10)),
        *(other.post("/api/dm-channels", {"user_id": one.id}) for _ in range(10)),
    )
    assert len({answer.body["id"] for answer in answers}) == 1
    assert sorted(answer.status for answer in answers) == [200] * 19 + [201]


async def test_users_who_cannot_be_written_to(register: Register) -> None:
    one = await register("one")
    for path, body in (
        ("/api/dm-channels", {"user_id": one.id}),
        ("/api/conversations", {"participant_ids": [one.id]}),
    ):
        assert (await one.expect(400, "POST", path, body))["code"] == "not_yourself"
    await one.expect(404, "POST", "/api/dm-channels", {"user_id": str(uuid4())})
    await one.expect(404, "POST", "/api/conversations", {"participant_ids": [str(uuid4())]})
    await one.expect(400, "POST", "/api/conversations", {"participant_ids": []})


@pytest.mark.parametrize("circle", CIRCLES)
async def test_every_user_sets_who_can_write_to_them(register: Register, circle: str, rows: OwnConnection) -> None:
    one, other = await register("one"), await register("other")
    await other.expect(200, "PATCH", "/api/users/@me/privacy", {"direct_messages_from": circle})
    answer = await one.post("/api/conversations", {"participant_ids": [other.id]})
    assert answer.status == CIRCLES[circle]
    if answer.status == 403:
        assert answer.code == "cannot_message"
        assert (await one.expect(200, "GET", "/api/conversations"))["conversations"] == []
    if circle == "servers":
        await share_a_server(one, other)
    else:
        await befriend(rows, one, other)
    conversation = (await one.post("/api/conversations", {"participant_ids": [other.id]})).body["id"]
    await one.send(conversation, "hello")


async def test_a_user_who_lost_the_right_cannot_write_any_more(register: Register, rows: OwnConnection) -> None:
    one, other = await register("one"), await register("other")
    conversation = await opened(one, other)
    await one.send(conversation, "before")
    await other.expect(200, "PATCH", "/api/users/@me/privacy", {"direct_messages_from": "nobody"})
    path = f"/api/channels/{conversation}/messages"
    assert (await one.expect(403, "POST", path, {"content": "after"}))["code"] == "cannot_message"
    await other.send(conversation, "the other way round it goes")
    await befriend(rows, one, other)
    await one.send(conversation, "friends may")


async def test_a_block_refuses_alike_and_hides_nothing(register: Register, rows: OwnConnection) -> None:
    one, other, stranger = [await register(name) for name in ("one", "other", "stranger")]
    conversation = await opened(one, other)
    for person in (one, stranger):
        await block(rows, other, person)
    path = f"/api/channels/{conversation}/messages"
    assert (await one.expect(403, "POST", path, {"content": "hello"}))["code"] == "cannot_message"
    assert (await other.expect(403, "POST", path, {"content": "hello"}))["code"] == "cannot_message"
    found = await one.expect(200, "POST", "/api/conversations", {"participant_ids": [other.id]})
    assert found["id"] == conversation
    await stranger.expect(403, "POST", "/api/dm-channels", {"user_id": other.id})
    await other.expect(403, "POST", "/api/dm-channels", {"user_id": stranger.id})


async def test_it_can_be_hidden_until_the_next_message(register: Register) -> None:
    one, other = await register("one"), await register("other")
    conversation = await opened(one, other)
    await other.send(conversation, "hello")
    socket = await one.socket()
    await one.expect(204, "PUT", f"/api/conversations/{conversation}/hidden")
    changed = await socket.wait_for_type("CONVERSATION_STATE_UPDATE")
    assert (changed["d"]["id"], changed["d"]["hidden_position"]) == (conversation, 4)
    assert (await one.expect(200, "GET", "/api/conversations"))["conversations"] == []
    assert await one.expect(200, "GET", "/api/dm-channels") == []
    [hidden] = (await one.expect(200, "GET", "/api/conversations?hidden=true"))["conversations"]
    assert (hidden["id"], hidden["is_hidden"]) == (conversation, True)
    assert len(await other.expect(200, "GET", "/api/dm-channels")) == 1
    ready = (await one.socket()).ready
    assert (ready["dm_channels"], len(ready["conversations"])) == ([], 1)
    await other.send(conversation, "are you there?")
    assert len(await one.expect(200, "GET", "/api/dm-channels")) == 1
    await one.expect(204, "PUT", f"/api/conversations/{conversation}/hidden")
    await one.expect(204, "DELETE", f"/api/conversations/{conversation}/hidden")
    assert len(await one.expect(200, "GET", "/api/dm-channels")) == 1
    await one.expect(204, "PUT", f"/api/conversations/{conversation}/hidden")
    await one.expect(200, "POST", "/api/dm-channels", {"user_id": other.id})
    assert len(await one.expect(200, "GET", "/api/dm-channels")) == 1


async def test_nobody_leaves_comes_or_names_it(register: Register) -> None:
    one, other, third = [await register(name) for name in ("one", "other", "third")]
    path = f"/api/conversations/{await opened(one, other)}"
    for call in (
        ("PATCH", path, {"name": "Us"}),
        ("PUT", f"{path}/participants/{third.id}"),
        ("DELETE", f"{path}/participants/{one.id}"),
        ("DELETE", f"{path}/participants/{other.id}"),
    ):
        assert (await one.expect(400, *call))["code"] == "not_a_group"
        await third.expect(404, *call)


async def test_the_recipient_is_shown_as_others_see_them(register: Register, rows: OwnConnection) -> None:
    one, other = await register("one"), await register("other")
    await rows.execute(
        "UPDATE users SET email = $2, is_admin = TRUE WHERE id = $1", UUID(other.id), f"{other.id}@x.org"
    )
    await other.expect(200, "PATCH", "/api/users/@me", {"activity": "chess", "bio": "about me"})
    conversation = await opened(one, other)
    recipient = (await one.expect(200, "GET", f"/api/conversations/{conversation}"))["recipient"]
    assert (recipient["email"], recipient["activity"], recipient["is_admin"]) == (None, None, False)
    assert (recipient["bio"], recipient["status"]) == ("about me", "offline")


async def befriend(rows: OwnConnection, one: Person, other: Person) -> None:
    for user, contact in ((one, other), (other, one)):
        await hold(rows, user, contact, "friend")


async def block(rows: OwnConnection, user: Person, blocked: Person) -> None:
    await hold(rows, user, blocked, "blocked")


async def hold(rows: OwnConnection, user: Person, contact: Person, state: str) -> None:
    await rows.execute(
        "INSERT INTO contacts (user_id, contact_user_id, state, created_at) VALUES ($1, $2, $3, now())",
        UUID(user.id),
        UUID(contact.id),
        state,
    )


async def share_a_server(one: Person, other: Person) -> None:
    server = await one.expect(201, "POST", "/api/servers", {"name": "Ours", "is_public": True})
    await other.expect(201, "POST", f"/api/servers/{server['id']}/join")
