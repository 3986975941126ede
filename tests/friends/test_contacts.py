"""GET /api/contacts and DELETE /api/friends/{user_id}"""

import asyncio
from uuid import uuid4

from tests.friends.company import befriend, friends_of
from tests.patience import PATIENCE
from tests.people import Person
from tests.serving import Register
from tests.shapes import CONTACT, assert_shape


async def contact(person: Person, other: Person) -> dict[str, object]:
    contacts = (await person.expect(200, "GET", "/api/contacts"))["contacts"]
    [found] = [each for each in contacts if each["contact_user_id"] == other.id]
    assert_shape(found, CONTACT)
    return dict(found)


async def test_it_works(register: Register) -> None:
    alice, bob = await register("alice"), await register("bob")
    assert await alice.expect(200, "GET", "/api/contacts") == {"contacts": []}
    await befriend(alice, bob)
    mine, theirs = await contact(alice, bob), await contact(bob, alice)
    assert (mine["user_id"], mine["username"], mine["email"]) == (alice.id, bob.username, "")
    assert (theirs["user_id"], theirs["username"], theirs["display_name"]) == (bob.id, alice.username, None)


async def test_they_come_by_name_without_regard_to_case(register: Register) -> None:
    person = await register()
    for name in ("bbb", "AAA", "ccc"):
        await befriend(person, await register(name))
    contacts = (await person.expect(200, "GET", "/api/contacts"))["contacts"]
    assert [found["username"][:3] for found in contacts] == ["AAA", "bbb", "ccc"]


async def test_a_connected_user_is_online_unless_invisible(register: Register) -> None:
    alice, bob = await register("alice"), await register("bob")
    await befriend(alice, bob)
    away = await contact(alice, bob)
    assert (away["is_online"], away["status"]) == (False, "offline")
    await bob.socket()
    async with asyncio.timeout(PATIENCE):
        while not (there := await contact(alice, bob))["is_online"]:
            pass
    assert there["status"] == "online"
    assert str(there["last_seen"]) > str(away["last_seen"])
    await bob.expect(200, "PATCH", "/api/users/@me", {"status": "offline"})
    invisible = await contact(alice, bob)
    assert (invisible["is_online"], invisible["status"], invisible["activity"]) == (False, "offline", None)


async def test_parting_is_for_both(register: Register) -> None:
    alice, bob = await register("alice"), await register("bob")
    conversation = await befriend(alice, bob)
    await alice.send(conversation, "hello")
    for _ in range(2):
        await bob.expect(204, "DELETE", f"/api/friends/{alice.id}")
    assert await friends_of(alice) == await friends_of(bob) == []
    await alice.send(conversation, "are you still there?")
    assert len(await bob.expect(200, "GET", f"/api/channels/{conversation}/messages")) == 2


async def test_parting_from_nobody_changes_nothing(register: Register) -> None:
    alice, bob, carol = [await register(name) for name in ("alice", "bob", "carol")]
    await befriend(alice, bob)
    for stranger in (carol.id, str(uuid4()), alice.id):
        await alice.expect(204, "DELETE", f"/api/friends/{stranger}")
    assert await friends_of(alice) == [bob.id]
