"""POST and DELETE /api/users/@me/deletion: asking, what refuses it, waiting, and keeping the account."""

import asyncio
from datetime import UTC, datetime, timedelta

from coterie.account_deletion.actions import delete_due
from coterie.process.refusals import Exit
from tests.account_deletion.conftest import PATH, Place, ask, asked, events
from tests.commands.test_commands import refused, succeed
from tests.files.conftest import until
from tests.people import PASSWORD, Browser, Person
from tests.serving import LiveServer
from tests.sync.braid_reader import Follow, follow

__all__ = ["follow"]


async def me(person: Person) -> tuple[str | None, bool]:
    """When the account will be deleted, and whether its messages go as well."""
    found = await person.expect(200, "GET", "/api/users/@me")
    return found["deletion_due_at"], found["deletion_erases_messages"]


async def test_it_works(place: Place) -> None:
    socket = await place.member.socket()
    begun_at = datetime.now(UTC)
    answer = await asked(place.member, erases_messages=True)
    due_at = datetime.fromisoformat(answer["deletion_due_at"])
    assert begun_at + timedelta(days=14) <= due_at <= datetime.now(UTC) + timedelta(days=14)
    assert (await socket.wait_for_type("USER_UPDATE"))["d"] == answer
    assert await me(place.member) == (answer["deletion_due_at"], True)
    assert (await events(place.member))[0] == "auth.deletion_requested"
    await delete_due(place.pool)
    assert await place.is_there(), "its time has not come"
    await place.let_time_pass()
    await socket.wait_for_close()
    await until(place.is_gone)
    given = {"username": place.member.username, "password": PASSWORD}
    assert (await Browser(place.admin.url, place.admin.http).post("/api/auth/login", given)).status == 401


async def test_it_needs_the_password(place: Place) -> None:
    answer = await place.member.post(PATH, {"current_password": "not the password"})
    assert (answer.status, answer.code) == (403, "wrong_password")
    assert await me(place.member) == (None, False)


async def test_asking_again_changes_what_goes_and_not_when(place: Place) -> None:
    first = await asked(place.member)
    assert await asked(place.member) == first
    second = await asked(place.member, erases_messages=True)
    assert second == {**first, "deletion_erases_messages": True}
    assert (await events(place.member)).count("auth.deletion_requested") == 2


async def test_a_login_keeps_nothing_and_the_button_does(place: Place) -> None:
    await asked(place.member, erases_messages=True)
    given = {"username": place.member.username, "password": PASSWORD}
    login = await Browser(place.admin.url, place.admin.http).expect(200, "POST", "/api/auth/login", given)
    assert login["user"]["deletion_due_at"] is not None
    again, socket = Person(place.member, login), await place.member.socket()
    for _ in range(2):
        await again.expect(204, "DELETE", PATH)
    assert (await socket.wait_for_type("USER_UPDATE"))["d"]["deletion_due_at"] is None
    assert (await events(again)).count("auth.deletion_cancelled") == 1
    assert await me(again) == (None, False)
    await delete_due(place.pool)
    assert await me(again) == (None, False)


async def test_only_its_owner_learns_of_it(place: Place) -> None:
    watching = await place.admin.socket()
    await asked(place.member)
    await watching.settle()
    assert [each for each in watching.of("USER_UPDATE") if each["d"]["id"] != place.admin.id] == []
    seen = await place.admin.expect(200, "GET", f"/api/users/{place.member.id}")
    assert not [key for key in seen if key.startswith("deletion")]


async def test_the_events_make_the_state_that_a_fresh_client_gets(place: Place, follow: Follow) -> None:
    stream = await follow(place.member, "/sync/me")
    await stream.next()
    await asked(place.member, erases_messages=True)
    fresh = await follow(place.member, "/sync/me")
    await fresh.next()
    assert fresh.version is not None
    await stream.until(fresh.version)
    assert stream.state["profile"] == fresh.state["profile"]
    assert fresh.state["profile"]["deletion_erases_messages"] is True


async def test_owned_servers_are_named_and_go_first(place: Place) -> None:
    person = await place.newcomer()
    made = [await person.expect(201, "POST", "/api/servers", {"name": name}) for name in ("Zoo", "Attic")]
    answer = await ask(person)
    assert (answer.status, answer.code) == (400, "owns_servers")
    assert answer.body["servers"] == [{"id": each["id"], "name": each["name"]} for each in reversed(made)]
    for each in made:
        await person.expect(204, "DELETE", f"/api/servers/{each['id']}")
    await asked(person)


async def test_a_server_that_is_made_meanwhile_holds_it_up(place: Place) -> None:
    await asked(place.member)
    made = await place.member.expect(201, "POST", "/api/servers", {"name": "Late"})
    await place.let_time_pass()
    due_at, _ = await me(place.member)
    assert due_at is not None
    await place.member.expect(204, "DELETE", f"/api/servers/{made['id']}")
    await delete_due(place.pool)
    await until(place.is_gone)


async def test_the_last_administrator_stays(place: Place) -> None:
    await place.admin.expect(204, "DELETE", f"/api/servers/{place.server}")
    answer = await ask(place.admin)
    assert (answer.status, answer.code) == (400, "last_admin")
    await place.admin.expect(200, "PATCH", f"/api/admin/users/{place.member.id}", {"is_admin": True})
    await asked(place.admin)
    await asked(place.member)
    await place.let_time_pass(place.admin)
    await place.let_time_pass(place.member)
    assert (await me(place.member))[0] is not None, "it is the last one now"
    assert (await place.admin.get("/api/users/@me")).status == 401


async def test_what_races_with_the_deletion_is_told_or_lost(place: Place) -> None:
    """The account is kept, or it is gone."""
    await asked(place.member)
    _, answer = await asyncio.gather(place.let_time_pass(), place.member.delete(PATH))
    if answer.status == 204 and not await place.pool.fetchval(
        "SELECT deleted_at IS NOT NULL FROM users WHERE id = $1", place.member.id
    ):
        assert await me(place.member) == (None, False)
    else:
        await until(place.is_gone)


async def test_the_operator_deletes_an_account(place: Place, instance: LiveServer) -> None:
    url, name = instance.settings.database_url, place.member.username
    said = await asyncio.to_thread(refused, Exit.USAGE, "user", "delete", place.admin.username, url=url)
    assert "last administrator" in said
    sent = await place.member.send(place.channel, "to be erased")
    said = await asyncio.to_thread(succeed, "user", "delete", name, "--erase-messages", url=url)
    assert said == f"{name} is deleted.\n"
    await until(place.is_gone)
    row = await place.pool.fetchrow("SELECT content, deleted_at, author_id FROM messages WHERE id = $1", sent["id"])
    assert row is not None
    assert (row["content"], row["author_id"], row["deleted_at"] is None) == ("", None, False)
    await asyncio.to_thread(refused, Exit.NOT_FOUND, "user", "delete", name, url=url)
