"""GET /api/blocks, PUT and DELETE /api/blocks/{user_id}"""

from uuid import uuid4

import pytest

from coterie.friends import actions
from tests.friends.company import REQUEST, ask, asked, befriend, blocks_of, friends_of, requests_of
from tests.people import Person
from tests.serving import Register
from tests.shapes import BLOCK, assert_shape


@pytest.fixture
async def alice(register: Register) -> Person:
    return await register("alice")


@pytest.fixture
async def bob(register: Register) -> Person:
    return await register("bob")


async def block(person: Person, other: Person) -> None:
    await person.expect(204, "PUT", f"/api/blocks/{other.id}")


async def unblock(person: Person, other: Person) -> None:
    await person.expect(204, "DELETE", f"/api/blocks/{other.id}")


async def test_it_works(alice: Person, bob: Person) -> None:
    for _ in range(2):
        await block(alice, bob)
    [found] = await alice.expect(200, "GET", "/api/blocks")
    assert_shape(found, BLOCK)
    assert (found["user_id"], found["username"]) == (bob.id, bob.username)
    assert await blocks_of(bob) == []
    for _ in range(2):
        await unblock(alice, bob)
    assert await blocks_of(alice) == []
    await asked(bob, alice)


async def test_the_newest_comes_first(alice: Person, register: Register) -> None:
    people = [await register() for _ in range(3)]
    for person in people:
        await block(alice, person)
    found = await alice.expect(200, "GET", "/api/blocks")
    assert [each["user_id"] for each in found] == [person.id for person in reversed(people)]


async def test_it_ends_the_friendship_for_good(alice: Person, bob: Person) -> None:
    await befriend(alice, bob)
    await block(alice, bob)
    assert await friends_of(alice) == await friends_of(bob) == []
    await unblock(alice, bob)
    assert await friends_of(alice) == []
    assert (await ask(alice, bob))["success"], "parting is no declining"


@pytest.mark.parametrize("is_from_blocked", [True, False])
async def test_it_ends_an_open_request(alice: Person, bob: Person, is_from_blocked: bool) -> None:
    sender, recipient = (bob, alice) if is_from_blocked else (alice, bob)
    request = await asked(sender, recipient)
    await block(alice, bob)
    assert await requests_of(alice) == await requests_of(bob) == []
    answer = await recipient.post("/api/friends/respond", {"request_id": request, "accept": True})
    assert (answer.status, answer.code) == (409, "request_closed")


async def test_the_blocked_user_cannot_ask_nor_learn_why(alice: Person, bob: Person, register: Register) -> None:
    nobody = await register("nobody")
    await nobody.expect(200, "PATCH", "/api/users/@me/privacy", {"friend_requests_from": "nobody"})
    await block(alice, bob)
    answers = [await ask(bob, alice), await ask(bob, nobody)]
    answers.append(await bob.expect(200, "POST", REQUEST, {"to_user_id": str(uuid4())}))
    answers.append(await bob.expect(200, "POST", REQUEST, {"to_username": "nobody_has_this_name"}))
    assert answers[0]["code"] == "nobody_to_ask"
    assert all(answer == answers[0] for answer in answers)
    assert await requests_of(alice) == []


async def test_one_does_not_ask_whom_one_blocks(alice: Person, bob: Person) -> None:
    await block(alice, bob)
    answer = await ask(alice, bob)
    assert (answer["success"], answer["code"]) == (False, "blocked_by_you")
    assert await blocks_of(alice) == [bob.id]


async def test_two_can_block_each_other(alice: Person, bob: Person) -> None:
    await block(alice, bob)
    await block(bob, alice)
    await unblock(alice, bob)
    assert (await ask(alice, bob))["code"] == "nobody_to_ask"
    assert (await ask(bob, alice))["code"] == "blocked_by_you"
    await unblock(bob, alice)
    await asked(alice, bob)


async def test_not_oneself_and_nobody_else_either(alice: Person) -> None:
    answer = await alice.call("PUT", f"/api/blocks/{alice.id}")
    assert (answer.status, answer.code) == (400, "not_yourself")
    answer = await alice.call("PUT", f"/api/blocks/{uuid4()}")
    assert (answer.status, answer.code) == (404, "not_found")
    await alice.expect(204, "DELETE", f"/api/blocks/{uuid4()}")


async def test_the_limit(alice: Person, bob: Person, register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "BLOCK_LIMIT", 1)
    await block(alice, await register())
    answer = await alice.call("PUT", f"/api/blocks/{bob.id}")
    assert (answer.status, answer.code) == (400, "too_many_blocks")
    assert bob.id not in await blocks_of(alice)
