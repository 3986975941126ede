"""POST /api/friends/request and /respond, GET /api/friends/requests, DELETE /api/friends/requests/{id}"""

from typing import Any
from uuid import uuid4

import pytest

from coterie.database.pool import OwnConnection
from coterie.friends import requests
from tests.friends.company import REQUEST, RESPOND, ask, asked, befriend, friends_of, requests_of, respond
from tests.people import Person
from tests.serving import Register
from tests.shapes import FRIEND_REQUEST, assert_shape


@pytest.fixture
async def alice(register: Register) -> Person:
    return await register("alice")


@pytest.fixture
async def bob(register: Register) -> Person:
    return await register("bob")


async def test_it_works(alice: Person, bob: Person) -> None:
    answer = await ask(alice, bob, message="Hello, it is me")
    assert answer == {
        "success": True,
        "request_id": answer["request_id"],
        "status": "pending",
        "conversation_id": None,
        "error": None,
        "code": None,
    }
    [incoming] = (await bob.expect(200, "GET", "/api/friends/requests"))["requests"]
    assert_shape(incoming, FRIEND_REQUEST)
    assert incoming["message"] == "Hello, it is me"
    assert (incoming["from_user_id"], incoming["from_username"]) == (alice.id, alice.username)
    assert (incoming["to_user_id"], incoming["to_username"]) == (bob.id, bob.username)
    assert await requests_of(alice, "outgoing") == await requests_of(alice) == [incoming]
    assert await requests_of(alice, "incoming") == await requests_of(bob, "outgoing") == []
    answer = await respond(bob, incoming["id"])
    assert answer["conversation_id"]
    assert (await friends_of(alice), await friends_of(bob)) == ([bob.id], [alice.id])
    assert await requests_of(alice) == await requests_of(bob) == []
    for person in (alice, bob):
        found = await person.expect(200, "GET", f"/api/channels/{answer['conversation_id']}/messages")
        assert found == []


@pytest.mark.parametrize("way", ["to_username", "to_user_id"])
async def test_by_name_and_by_id(alice: Person, bob: Person, way: str) -> None:
    value = {"to_username": f" {bob.username.upper()}", "to_user_id": bob.id}[way]
    answer = await alice.expect(200, "POST", REQUEST, {way: value})
    assert answer["success"]
    assert [request["id"] for request in await requests_of(bob)] == [answer["request_id"]]


async def test_a_declined_request_is_gone(alice: Person, bob: Person) -> None:
    request = await asked(alice, bob)
    answer = await respond(bob, request, accept=False)
    assert answer["conversation_id"] is None
    assert await requests_of(alice) == await requests_of(bob) == []
    assert await friends_of(alice) == []


async def test_a_repeated_answer_is_answered_alike(alice: Person, bob: Person) -> None:
    request = await asked(alice, bob)
    answers = [await respond(bob, request) for _ in range(3)]
    assert len({answer["conversation_id"] for answer in answers}) == 1
    answer = await bob.post(RESPOND, {"request_id": request, "accept": False})
    assert (answer.status, answer.code) == (409, "request_closed")
    assert await friends_of(bob) == [alice.id]


async def test_a_repeated_decline_is_answered_alike(alice: Person, bob: Person) -> None:
    request = await asked(alice, bob)
    for _ in range(2):
        await respond(bob, request, accept=False)
    answer = await bob.post(RESPOND, {"request_id": request, "accept": True})
    assert (answer.status, answer.code) == (409, "request_closed")
    assert await friends_of(bob) == []


async def test_an_old_answer_makes_no_friends_again(alice: Person, bob: Person) -> None:
    request = await asked(alice, bob)
    await respond(bob, request)
    await alice.expect(204, "DELETE", f"/api/friends/{bob.id}")
    answer = await bob.post(RESPOND, {"request_id": request, "accept": True})
    assert (answer.status, answer.code) == (409, "request_closed")
    assert await friends_of(bob) == []


async def test_only_the_recipient_answers(alice: Person, bob: Person, register: Register) -> None:
    request = await asked(alice, bob)
    for person, status, code in [(alice, 403, "not_the_recipient"), (await register(), 404, "not_found")]:
        for accept in (True, False):
            answer = await person.post(RESPOND, {"request_id": request, "accept": accept})
            assert (answer.status, answer.code) == (status, code)
    assert len(await requests_of(bob)) == 1
    answer = await bob.post(RESPOND, {"request_id": str(uuid4()), "accept": True})
    assert (answer.status, answer.code) == (404, "not_found")


async def test_only_the_sender_takes_back(alice: Person, bob: Person, register: Register) -> None:
    request = await asked(alice, bob)
    path = f"/api/friends/requests/{request}"
    for person, status, code in [(bob, 403, "not_the_sender"), (await register(), 404, "not_found")]:
        answer = await person.delete(path)
        assert (answer.status, answer.code) == (status, code)
    assert len(await requests_of(bob)) == 1
    for _ in range(2):
        await alice.expect(204, "DELETE", path)
    assert await requests_of(bob) == []
    answer = await bob.post(RESPOND, {"request_id": request, "accept": True})
    assert (answer.status, answer.code) == (409, "request_closed")


async def test_what_was_answered_is_not_taken_back(alice: Person, bob: Person) -> None:
    request = await asked(alice, bob)
    await respond(bob, request)
    answer = await alice.delete(f"/api/friends/requests/{request}")
    assert (answer.status, answer.code) == (409, "request_closed")


async def test_a_user_who_withdrew_a_request_can_ask_again(alice: Person, bob: Person) -> None:
    await alice.expect(204, "DELETE", f"/api/friends/requests/{await asked(alice, bob)}")
    again = await asked(alice, bob, message="now really")
    assert [(request["id"], request["message"]) for request in await requests_of(bob)] == [(again, "now really")]


def refused(answer: dict[str, Any], code: str) -> None:
    assert not answer["success"]
    assert (answer["code"], answer["conversation_id"]) == (code, None)
    assert answer["error"]


async def test_not_oneself(alice: Person) -> None:
    refused(await ask(alice, alice), "not_yourself")
    refused(await alice.expect(200, "POST", REQUEST, {"to_username": alice.username}), "not_yourself")


async def test_one_at_a_time(alice: Person, bob: Person) -> None:
    request = await asked(alice, bob, message="first")
    answer = await ask(alice, bob, message="second")
    refused(answer, "request_pending")
    assert (answer["request_id"], answer["status"]) == (request, "pending")
    assert [found["message"] for found in await requests_of(bob)] == ["first"]


async def test_asking_back_accepts(alice: Person, bob: Person) -> None:
    request = await asked(alice, bob)
    answer = await ask(bob, alice)
    assert (answer["success"], answer["status"], answer["request_id"]) == (True, "accepted", request)
    assert answer["conversation_id"]
    assert (await friends_of(alice), await friends_of(bob)) == ([bob.id], [alice.id])
    assert await requests_of(alice) == []


async def test_friends_need_not_ask(alice: Person, bob: Person) -> None:
    await befriend(alice, bob)
    for one, other in ((alice, bob), (bob, alice)):
        refused(await ask(one, other), "already_friends")


async def test_friends_again_have_the_conversation_that_they_had(alice: Person, bob: Person) -> None:
    conversation = await befriend(alice, bob)
    sent = await alice.send(conversation, "remember?")
    await bob.expect(204, "DELETE", f"/api/friends/{alice.id}")
    assert await befriend(bob, alice) == conversation
    found = await bob.expect(200, "GET", f"/api/channels/{conversation}/messages")
    assert [message["id"] for message in found] == [sent["id"]]


async def test_a_declined_user_waits(alice: Person, bob: Person, rows: OwnConnection) -> None:
    first = await asked(alice, bob)
    await respond(bob, first, accept=False)
    refused(await ask(alice, bob), "cooling_off")
    earlier = "UPDATE friend_requests SET responded_at = responded_at - $2::text::interval WHERE id = $1"
    await rows.execute(earlier, first, "6 days 23 hours")
    refused(await ask(alice, bob), "cooling_off")
    await rows.execute(earlier, first, "1 hour")
    second = await asked(alice, bob)
    assert [request["id"] for request in await requests_of(bob)] == [second]


async def test_taking_back_does_not_shorten_the_wait(alice: Person, bob: Person, rows: OwnConnection) -> None:
    """Of one direction there is one row, so the history cannot be grown by asking and taking back."""
    await respond(bob, await asked(alice, bob), accept=False)
    await rows.execute(
        "UPDATE friend_requests SET responded_at = now() - interval '8 days' WHERE from_user_id = $1", alice.id
    )
    for _ in range(3):
        await alice.expect(204, "DELETE", f"/api/friends/requests/{await asked(alice, bob)}")
    assert await rows.fetchval("SELECT count(*) FROM friend_requests WHERE from_user_id = $1", alice.id) == 1


async def test_a_user_who_declined_can_ask(alice: Person, bob: Person) -> None:
    await respond(bob, await asked(alice, bob), accept=False)
    await asked(bob, alice)


@pytest.mark.parametrize(
    ("circle", "is_asked"), [("everyone", True), ("servers", False), ("friends", False), ("nobody", False)]
)
async def test_who_may_ask_a_stranger(alice: Person, bob: Person, circle: str, is_asked: bool) -> None:
    await bob.expect(200, "PATCH", "/api/users/@me/privacy", {"friend_requests_from": circle})
    answer = await ask(alice, bob)
    if is_asked:
        assert answer["success"]
    else:
        refused(answer, "nobody_to_ask")
        assert await requests_of(bob) == []


@pytest.mark.parametrize(
    ("circle", "is_asked"), [("everyone", True), ("servers", True), ("friends", False), ("nobody", False)]
)
async def test_who_may_ask_from_the_same_server(alice: Person, bob: Person, circle: str, is_asked: bool) -> None:
    server = await alice.expect(201, "POST", "/api/servers", {"name": "Club", "is_public": True})
    await bob.expect(201, "POST", f"/api/servers/{server['id']}/join")
    await bob.expect(200, "PATCH", "/api/users/@me/privacy", {"friend_requests_from": circle})
    assert (await ask(alice, bob))["success"] is is_asked
    assert (await ask(bob, alice))["success"]


@pytest.mark.parametrize(
    ("circle", "is_asked"), [("everyone", True), ("servers", False), ("friends", True), ("nobody", False)]
)
async def test_who_may_ask_with_a_common_friend(
    alice: Person, bob: Person, register: Register, circle: str, is_asked: bool
) -> None:
    common = await register("common")
    await befriend(alice, common)
    await befriend(common, bob)
    await bob.expect(200, "PATCH", "/api/users/@me/privacy", {"friend_requests_from": circle})
    assert (await ask(alice, bob))["success"] is is_asked


async def test_a_user_who_takes_no_requests_can_answer_one(alice: Person, bob: Person) -> None:
    request = await asked(alice, bob)
    await bob.expect(200, "PATCH", "/api/users/@me/privacy", {"friend_requests_from": "nobody"})
    refused(await ask(alice, bob), "request_pending")
    await respond(bob, request)
    assert await friends_of(alice) == [bob.id]


@pytest.mark.parametrize(
    ("body", "status", "fields"),
    [
        ({}, 400, {"to_email", "to_username", "to_user_id"}),
        ({"to_username": "x", "to_user_id": str(uuid4())}, 400, {"to_email", "to_username", "to_user_id"}),
        ({"to_email": "nobody"}, 400, {"to_email"}),
        ({"to_email": ""}, 400, {"to_email"}),
        ({"to_username": "x" * 65}, 400, {"to_username"}),
        ({"to_user_id": "x"}, 422, {"to_user_id"}),
        ({"to_username": "somebody", "message": "x" * 501}, 400, {"message"}),
        ({"to_username": "somebody", "message": 5}, 422, {"message"}),
    ],
)
async def test_a_wrong_value_is_named(alice: Person, body: dict[str, Any], status: int, fields: set[str]) -> None:
    answer = await alice.post(REQUEST, body)
    assert answer.status == status, answer.body
    assert answer.body["fields"].keys() == fields


async def test_an_unprintable_message_is_refused(alice: Person, bob: Person) -> None:
    answer = await alice.post(REQUEST, {"to_user_id": bob.id, "message": "nul\0"})
    assert (answer.status, answer.code) == (400, "invalid")
    answer = await alice.post(REQUEST, {"to_username": "nul\0"})
    assert (answer.status, answer.code) == (400, "invalid")


@pytest.mark.parametrize(("message", "kept"), [("x" * 500, "x" * 500), ("  ", None), ("", None), (None, None)])
async def test_the_message_is_kept(alice: Person, bob: Person, message: str | None, kept: str | None) -> None:
    await asked(alice, bob, message=message)
    [request] = await requests_of(bob)
    assert request["message"] == kept


async def test_a_direction_must_be_one(alice: Person) -> None:
    answer = await alice.get("/api/friends/requests?direction=sideways")
    assert (answer.status, answer.code) == (400, "invalid")


async def test_the_limit_of_pending_requests(
    alice: Person, bob: Person, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "OUTGOING_LIMIT", 2)
    others = [await register() for _ in range(3)]
    for other in others[:2]:
        await asked(alice, other)
    refused(await ask(alice, others[2]), "too_many_requests")
    monkeypatch.setattr(requests, "INCOMING_LIMIT", 1)
    refused(await ask(bob, others[0]), "nobody_to_ask")
    await respond(others[0], (await requests_of(others[0]))[0]["id"], accept=False)
    await asked(bob, others[0])
    await asked(alice, others[2])


async def test_the_limit_of_friends(
    alice: Person, bob: Person, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "FRIEND_LIMIT", 1)
    late = await register()
    pending = await asked(late, alice)
    await befriend(alice, bob)
    answer = await alice.post(RESPOND, {"request_id": pending, "accept": True})
    assert (answer.status, answer.code) == (400, "too_many_friends")
    refused(await ask(alice, late), "too_many_friends")
    assert len(await requests_of(alice)) == 1
    assert await friends_of(late) == []
    await alice.expect(204, "DELETE", f"/api/friends/{bob.id}")
    await respond(alice, pending)
