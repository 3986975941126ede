"""Friends and requests of an account that is disabled."""

from uuid import UUID

from coterie.accounts import actions as accounts
from coterie.database.pool import open_pool
from coterie.settings.record import Settings
from tests.friends.company import ask, asked, befriend, requests_of, respond
from tests.people import Person
from tests.serving import LiveServer, Register


async def disable(server: LiveServer, person: Person) -> None:
    """As the operator's command does, which is a process of its own."""
    pool = await open_pool(Settings(database_url=server.settings.database_url, pool_size=2))
    await accounts.disable(pool, UUID(person.id))
    await pool.close()


async def test_they_stay_in_the_list_and_are_offline(register: Register, live_server: LiveServer) -> None:
    alice, bob = await register("alice"), await register("bob")
    await befriend(alice, bob)
    socket, ear = await bob.socket(), await alice.socket()
    await disable(live_server, bob)
    await socket.wait_for_close()
    await ear.wait_for(lambda frame: frame.get("t") == "PRESENCE_UPDATE" and frame["d"]["status"] == "offline")
    [contact] = (await alice.expect(200, "GET", "/api/contacts"))["contacts"]
    assert (contact["contact_user_id"], contact["is_online"]) == (bob.id, False)
    assert ear.of("CONTACT_DELETE") == []


async def test_nobody_can_ask_them(register: Register, live_server: LiveServer) -> None:
    alice, bob = await register("alice"), await register("bob")
    await disable(live_server, bob)
    assert (await ask(alice, bob))["code"] == "nobody_to_ask"


async def test_what_they_asked_can_be_answered_and_taken_back_what_one_asked_them(
    register: Register, live_server: LiveServer
) -> None:
    alice, bob, carol = [await register(name) for name in ("alice", "bob", "carol")]
    theirs, mine = await asked(bob, alice), await asked(carol, bob)
    await disable(live_server, bob)
    assert [request["id"] for request in await requests_of(alice)] == [theirs]
    assert (await respond(alice, theirs))["conversation_id"]
    await carol.expect(204, "DELETE", f"/api/friends/requests/{mine}")
