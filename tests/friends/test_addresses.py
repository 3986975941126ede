"""Requests by e-mail address: who sees an address, and that nobody learns whose an address is."""

import asyncio
import re
from datetime import timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import pytest

from coterie.database import pool as pools
from coterie.database.pool import OwnConnection
from coterie.friends import requests
from coterie.friends.actions import Friends
from coterie.friends.models import RequestCreation
from coterie.settings.record import Settings
from tests.friends.company import (
    REQUEST,
    ask,
    asked,
    befriend,
    requests_of,
    respond,
    with_address,
    with_claimed_address,
)
from tests.people import Browser, Person

ABOUT_PEOPLE: Final = re.compile(r"\b(users|topics|contacts|friend_requests)\b")


@pytest.fixture
async def alice(browser: Browser, rows: OwnConnection) -> Person:
    return await with_address(browser, rows)


@pytest.fixture
async def bob(browser: Browser, rows: OwnConnection) -> Person:
    return await with_address(browser, rows)


async def by_address(person: Person, address: str) -> dict[str, Any]:
    answer: dict[str, Any] = await person.expect(200, "POST", REQUEST, {"to_email": address})
    return answer


async def addresses(person: Person) -> list[str]:
    contacts = (await person.expect(200, "GET", "/api/contacts"))["contacts"]
    return [contact["email"] for contact in contacts]


async def test_both_see_the_addresses(alice: Person, bob: Person) -> None:
    answer = await by_address(alice, f" {bob.user['email'].upper()} ")
    for person in (alice, bob):
        [request] = await requests_of(person)
        assert (request["from_email"], request["to_email"]) == (alice.user["email"], bob.user["email"])
    await respond(bob, answer["request_id"])
    assert await addresses(alice) == [bob.user["email"]]
    assert await addresses(bob) == [alice.user["email"]]


async def test_an_address_that_nobody_verified_is_shown_to_nobody(browser: Browser, bob: Person) -> None:
    """Anyone can register with an address that is not theirs, and would seem to be its owner."""
    impostor = await with_claimed_address(browser)
    socket = await bob.socket()
    answer = await by_address(impostor, bob.user["email"])
    told = await socket.wait_for_type("FRIEND_REQUEST_CREATE")
    for request in (told["d"], *await requests_of(bob), *await requests_of(impostor)):
        assert (request["from_email"], request["to_email"]) == ("", bob.user["email"])
    await respond(bob, answer["request_id"])
    told = await socket.wait_for_type("CONTACT_CREATE")
    assert (told["d"]["email"], await addresses(bob)) == ("", [""])
    assert impostor.user["email"] not in str(await bob.expect(200, "GET", "/sync/me"))
    assert (await impostor.expect(200, "GET", "/api/auth/me"))["email"] == impostor.user["email"]


async def test_asking_otherwise_shows_none(alice: Person, bob: Person) -> None:
    request = await asked(alice, bob)
    for person in (alice, bob):
        [found] = await requests_of(person)
        assert (found["from_email"], found["to_email"]) == ("", "")
    await respond(bob, request)
    for person in (alice, bob):
        assert await addresses(person) == [""]
        texts = [str(await person.expect(200, "GET", path)) for path in ("/api/contacts", "/api/friends/requests")]
        other = bob if person is alice else alice
        assert other.user["email"] not in "".join(texts)


async def test_what_counts_is_the_request_that_is_accepted(alice: Person, bob: Person) -> None:
    """A user who asks back by address has not seen the other's, and does not show their own."""
    await asked(alice, bob)
    assert (await by_address(bob, alice.user["email"]))["status"] == "accepted"
    assert await addresses(alice) == await addresses(bob) == [""]


async def test_friends_again_know_what_the_new_request_showed(alice: Person, bob: Person) -> None:
    await respond(bob, (await by_address(alice, bob.user["email"]))["request_id"])
    await alice.expect(204, "DELETE", f"/api/friends/{bob.id}")
    await befriend(bob, alice)
    assert await addresses(alice) == [""]


async def unknown(alice: Person, bob: Person) -> str:
    return f"{uuid4().hex}@example.org"


async def taking_no_requests(alice: Person, bob: Person) -> str:
    await bob.expect(200, "PATCH", "/api/users/@me/privacy", {"friend_requests_from": "nobody"})
    return str(bob.user["email"])


async def taking_them_from_others(alice: Person, bob: Person) -> str:
    await bob.expect(200, "PATCH", "/api/users/@me/privacy", {"friend_requests_from": "friends"})
    return str(bob.user["email"])


async def blocking(alice: Person, bob: Person) -> str:
    await bob.expect(204, "PUT", f"/api/blocks/{alice.id}")
    return str(bob.user["email"])


async def blocked(alice: Person, bob: Person) -> str:
    """A user blocked by name has an address that the blocker need not know."""
    await alice.expect(204, "PUT", f"/api/blocks/{bob.id}")
    return str(bob.user["email"])


async def a_friend_by_name(alice: Person, bob: Person) -> str:
    await befriend(alice, bob)
    return await taking_no_requests(alice, bob)


async def asked_by_name(alice: Person, bob: Person) -> str:
    await asked(alice, bob)
    return await taking_no_requests(alice, bob)


async def asking_by_name(alice: Person, bob: Person) -> str:
    await asked(bob, alice)
    return await taking_no_requests(alice, bob)


async def declining(alice: Person, bob: Person) -> str:
    await respond(bob, await asked(alice, bob), accept=False)
    return await taking_no_requests(alice, bob)


@pytest.mark.parametrize(
    "whose",
    [
        unknown,
        taking_no_requests,
        taking_them_from_others,
        blocking,
        blocked,
        a_friend_by_name,
        asked_by_name,
        asking_by_name,
        declining,
    ],
)
async def test_an_address_that_takes_no_requests_is_nobodys(alice: Person, bob: Person, whose: Any) -> None:
    answer = await by_address(alice, await whose(alice, bob))
    assert answer == {
        "success": False,
        "request_id": None,
        "status": None,
        "conversation_id": None,
        "error": "User not found, or they don't accept friend requests from you.",
        "code": "nobody_to_ask",
    }


async def test_a_user_who_knows_the_address_learns_the_relationship(alice: Person, bob: Person) -> None:
    await respond(bob, (await by_address(alice, bob.user["email"]))["request_id"])
    assert (await by_address(alice, await taking_no_requests(alice, bob)))["code"] == "already_friends"


async def test_by_name_friends_receive_it_too(alice: Person, bob: Person) -> None:
    await befriend(alice, bob)
    await taking_no_requests(alice, bob)
    assert (await ask(alice, bob))["code"] == "already_friends"


async def test_your_own_address_is_you(alice: Person) -> None:
    assert (await by_address(alice, alice.user["email"]))["code"] == "not_yourself"


async def test_an_account_without_an_address_can_ask_by_address(browser: Browser, bob: Person) -> None:
    nameless = await Person.register(browser)
    await by_address(nameless, bob.user["email"])
    [request] = await requests_of(bob)
    assert (request["from_email"], request["to_email"]) == ("", bob.user["email"])
    await respond(bob, request["id"])
    assert await addresses(bob) == [""]
    assert await addresses(nameless) == [bob.user["email"]]


@pytest.mark.parametrize("whose", [taking_no_requests, blocking, blocked, a_friend_by_name, declining])
async def test_it_costs_what_a_refusal_of_an_unknown_address_costs(
    alice: Person, bob: Person, whose: Any, shared_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same statements in the same order, so that the time tells nothing either."""
    made: list[str] = []

    class ToldConnection(pools._DatedConnection):
        def __init__(self, *arguments: object) -> None:
            super().__init__(*arguments)
            self.add_query_logger(lambda logged: made.append(logged.query))

    monkeypatch.setattr(pools, "_DatedConnection", ToldConnection)
    pool = await pools.open_pool(Settings(database_url=shared_database_url, pool_size=2))
    costs = []
    for address in (await unknown(alice, bob), await whose(alice, bob)):
        made.clear()
        outcome = await requests.ask(Friends(pool, timedelta(0)), UUID(alice.id), RequestCreation(to_email=address))
        assert outcome.code == "nobody_to_ask"
        await asyncio.sleep(0.01)  # until the last statement was told
        costs.append([statement for statement in made if ABOUT_PEOPLE.search(statement)])
    await pool.close()
    assert costs[0] == costs[1]
    assert len(costs[0]) == 4
