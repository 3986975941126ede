"""GET, PATCH and DELETE /api/admin/users, the end of sessions, and reset links"""

import asyncio
from typing import Any

import pytest

from coterie.database.connection import Database
from tests.administration.conftest import Newcomer
from tests.people import PASSWORD, Browser, Person

USERS = "/api/admin/users"


def one(person: Person) -> str:
    return f"{USERS}/{person.id}"


async def listed(admin: Person, query: str = "") -> dict[str, Any]:
    found: dict[str, Any] = await admin.expect(200, "GET", f"{USERS}?{query}")
    return found


async def names(admin: Person, query: str) -> list[str]:
    return [each["username"] for each in (await listed(admin, query))["users"]]


async def events(admin: Person, person: Person | None = None) -> list[tuple[str, str | None]]:
    query = f"?account_id={person.id}" if person else ""
    found = await admin.expect(200, "GET", f"/api/admin/security-events{query}")
    return [(each["type"], each["actor_id"]) for each in found if each["type"].startswith("admin.")]


async def promoted(admin: Person, newcomer: Newcomer) -> Person:
    """Another administrator."""
    person = await newcomer("second")
    await admin.expect(200, "PATCH", one(person), {"is_admin": True})
    return person


async def test_people_are_listed_in_pages_the_newest_first(admin: Person, newcomer: Newcomer) -> None:
    people = [await newcomer() for _ in range(3)]
    first, second = await listed(admin, "per_page=2"), await listed(admin, "per_page=2&page=2")
    assert [each["id"] for each in first["users"]] == [people[2].id, people[1].id]
    assert [each["id"] for each in second["users"]] == [people[0].id, admin.id]
    assert {key: first[key] for key in ("total", "page", "per_page")} == {"total": 4, "page": 1, "per_page": 2}
    assert (await listed(admin, "page=1000000"))["users"] == []
    row = second["users"][1]
    assert (row["is_admin"], row["disabled"], row["disabled_at"], row["session_count"]) == (True, False, None, 1)


async def test_a_search_takes_no_wildcards_and_knows_addresses(admin: Person, newcomer: Newcomer) -> None:
    ann, bob = await newcomer("ann_x"), await newcomer("bobb", email="Percent%Sign@example.org")
    assert await names(admin, "search=ANN_X") == [ann.username]
    assert await names(admin, "search=an_x") == []
    assert await names(admin, "search=percent%25sign") == [bob.username]
    assert await names(admin, "search=%25%25") == []
    assert await names(admin, "search=%5C") == []
    assert (await listed(admin, "search=ann_x"))["total"] == 1


async def test_people_are_sorted_by_name_and_by_messages(admin: Person, newcomer: Newcomer) -> None:
    zoe, abe = await newcomer("Zoe"), await newcomer("abe")
    server = await zoe.expect(201, "POST", "/api/servers", {"name": "Den"})
    channel = await zoe.expect(201, "POST", f"/api/servers/{server['id']}/channels", {"name": "talk", "type": "text"})
    await zoe.send(channel["id"], "hello")
    assert await names(admin, "sort_by=username") == sorted([zoe.username, abe.username, admin.username], key=str.lower)
    assert await names(admin, "sort_by=message_count") == [zoe.username, abe.username, admin.username]
    row = (await listed(admin, "search=zoe"))["users"][0]
    assert (row["message_count"], row["server_count"]) == (1, 1)


@pytest.mark.parametrize(
    "query",
    ["page=0", "page=1000001", "per_page=0", "per_page=101", "sort_by=email", "search=" + "x" * 101, "search=%00"],
)
async def test_what_a_list_does_not_take(admin: Person, query: str) -> None:
    assert (await admin.get(f"{USERS}?{query}")).status == 400


@pytest.mark.parametrize("body", [{"disabled": None}, {"disabled": "yes"}, {"is_admin": True, "email": "x"}, []])
async def test_what_a_change_does_not_take(admin: Person, newcomer: Newcomer, body: Any) -> None:
    person = await newcomer()
    assert (await admin.patch(one(person), body)).status in {400, 422}


async def test_disabling_ends_sessions_and_closes_sockets(admin: Person, newcomer: Newcomer) -> None:
    person = await newcomer()
    socket = await person.socket()
    answer = await admin.patch(one(person), {"disabled": True})
    assert (answer.status, answer.body) == (200, "")
    await socket.wait_for_close()
    assert (await person.get("/api/users/@me")).status == 401
    given = {"username": person.username, "password": PASSWORD}
    refused = await Browser(admin.url, admin.http).post("/api/auth/login", given)
    assert (refused.status, refused.code) == (403, "account_disabled")
    row = (await listed(admin, f"search={person.username}"))["users"][0]
    assert (row["disabled"], row["disabled_at"] is None, row["session_count"]) == (True, False, 0)
    await admin.expect(200, "PATCH", one(person), {"disabled": True})  # changes nothing
    await admin.expect(200, "PATCH", one(person), {"disabled": False})
    assert (await listed(admin, f"search={person.username}"))["users"][0]["disabled_at"] is None
    await Browser(admin.url, admin.http).expect(200, "POST", "/api/auth/login", given)
    expected = [("admin.account_enabled", admin.id), ("admin.account_disabled", admin.id)]
    assert await events(admin, person) == expected


async def test_rights_are_given_and_taken_at_once(admin: Person, newcomer: Newcomer) -> None:
    person = await newcomer()
    socket = await person.socket()
    await admin.expect(200, "PATCH", one(person), {"is_admin": True})
    assert (await socket.wait_for_type("USER_UPDATE"))["d"]["is_admin"] is True
    await listed(person)
    await admin.expect(200, "PATCH", one(person), {"is_admin": False})
    assert (await person.get(USERS)).code == "admins_only"
    assert await events(admin, person) == [("admin.demoted", admin.id), ("admin.promoted", admin.id)]


async def test_no_one_demotes_disables_or_deletes_themselves(admin: Person, newcomer: Newcomer) -> None:
    await promoted(admin, newcomer)
    for change in ({"is_admin": False}, {"disabled": True}):
        answer = await admin.patch(one(admin), change)
        assert (answer.status, answer.code) == (400, "not_yourself")
    answer = await admin.delete(one(admin))
    assert (answer.status, answer.code) == (400, "not_yourself")
    await admin.expect(200, "PATCH", one(admin), {"is_admin": True, "disabled": False})


@pytest.mark.parametrize("change", [{"is_admin": False}, {"disabled": True}, None])
async def test_of_two_administrators_against_each_other_one_is_left(
    admin: Person, newcomer: Newcomer, pool: Database, change: dict[str, bool] | None
) -> None:
    second = await promoted(admin, newcomer)

    async def act(actor: Person, target: Person) -> int:
        answer = await (actor.delete(one(target)) if change is None else actor.patch(one(target), change))
        return answer.status

    statuses = await asyncio.gather(act(admin, second), act(second, admin))
    assert min(statuses) in {200, 204}
    assert max(statuses) in {400, 401, 403}
    left = "SELECT count(*) FROM users WHERE is_admin AND disabled_at IS NULL"
    assert await pool.fetchval(left) == 1


async def test_the_last_active_administrator_stays_though_the_caller_is_disabled_meanwhile(
    admin: Person, newcomer: Newcomer, pool: Database
) -> None:
    """The caller's session is believed for a moment, but the database knows better."""
    second = await promoted(admin, newcomer)
    await pool.execute("UPDATE users SET disabled_at = now() WHERE id = $1", second.id)
    answer = await second.patch(one(admin), {"is_admin": False})
    assert answer.status in {401, 403}
    assert (await listed(admin, f"search={admin.username}"))["users"][0]["is_admin"] is True


async def test_ending_sessions_leaves_the_account(admin: Person, newcomer: Newcomer) -> None:
    person = await newcomer()
    socket = await person.socket()
    await admin.expect(204, "DELETE", f"{one(person)}/sessions")
    await socket.wait_for_close()
    assert (await person.get("/api/users/@me")).code == "session_ended"
    given = {"username": person.username, "password": PASSWORD}
    await Browser(admin.url, admin.http).expect(200, "POST", "/api/auth/login", given)
    assert await events(admin, person) == [("admin.logged_out", admin.id)]


async def test_a_reset_link_needs_no_address(admin: Person, newcomer: Newcomer) -> None:
    person, second = await newcomer(), await promoted(admin, newcomer)
    made = await admin.expect(201, "POST", f"{one(person)}/reset-link")
    given = {"token": made["token"], "new_password": "another good one"}
    await Browser(admin.url, admin.http).expect(200, "POST", "/api/auth/reset-password", given)
    given = {"username": person.username, "password": "another good one"}
    await Browser(admin.url, admin.http).expect(200, "POST", "/api/auth/login", given)
    assert (await admin.post(f"{one(second)}/reset-link")).code == "admin_protected"


async def test_a_bot_is_disabled_but_no_administrator_and_not_deleted(admin: Person, newcomer: Newcomer) -> None:
    person = await newcomer()
    made = await person.expect(201, "POST", "/api/bots", {"name": "Clock"})
    bot = f"{USERS}/{made['bot']['user_id']}"
    assert (await listed(admin, "search=clock"))["users"][0]["is_bot"] is True
    for answer in (
        await admin.patch(bot, {"is_admin": True}),
        await admin.delete(bot),
        await admin.delete(f"{bot}/sessions"),
        await admin.post(f"{bot}/reset-link"),
    ):
        assert (answer.status, answer.code) == (400, "bot_account")
    await admin.expect(200, "PATCH", bot, {"disabled": True})
    headers = {"Authorization": f"Bot {made['token']}"}
    assert (await admin.get("/api/users/@me", headers=headers)).status == 401


async def test_unknown_accounts_are_not_found(admin: Person) -> None:
    nobody = f"{USERS}/00000000-0000-4000-8000-000000000000"
    for answer in (
        await admin.patch(nobody, {"disabled": True}),
        await admin.delete(nobody),
        await admin.delete(f"{nobody}/sessions"),
        await admin.post(f"{nobody}/reset-link"),
    ):
        assert (answer.status, answer.code) == (404, "not_found")
    assert (await admin.patch(f"{USERS}/nobody", {})).status in {400, 404}
