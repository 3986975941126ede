"""Who receives a user's presence, once, and who does not: co-members, friends and partners in conversations."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from coterie.database.pool import OwnConnection
from coterie.identifiers import new_id
from coterie.log.append import Change, append
from coterie.presence import queries
from coterie.presence.audience import friends_of
from tests.messenger.conftest import Listen, listen
from tests.people import Person, Socket
from tests.presence.test_tracker import places
from tests.serving import Register

__all__ = ["listen"]

ME = "/api/users/@me"


class Circle:
    """Users with the relationships that the tests choose."""

    def __init__(self, register: Register, rows: OwnConnection) -> None:
        self._register, self._rows = register, rows

    async def person(self, name: str) -> Person:
        return await self._register(name)

    async def befriend(self, one: Person, other: Person) -> None:
        for mine, theirs in ((one, other), (other, one)):
            await self._contact(mine, theirs, "friend")

    async def part(self, one: Person, other: Person) -> None:
        for mine, theirs in ((one, other), (other, one)):
            await self._part(mine, theirs)

    async def block(self, one: Person, other: Person) -> None:
        await self.part(one, other)
        await self._contact(one, other, "blocked")

    async def converse(self, *people: Person) -> UUID:
        """A conversation in which all have written, created before anyone connects."""
        id = new_id()
        pair = sorted(person.id for person in people) if len(people) == 2 else [None, None]
        async with self._rows.transaction():
            await self._rows.execute("INSERT INTO topics (id, kind) VALUES ($1, 'conversation')", id)
            await self._rows.execute("INSERT INTO channels (id, type, created_at) VALUES ($1, 'text', now())", id)
            await self._rows.execute(
                """
                INSERT INTO conversations (id, is_direct, direct_low, direct_high) VALUES ($1, $2, $3, $4)
                """,
                id,
                pair[0] is not None,
                *pair,
            )
            await self._rows.execute(
                """
                INSERT INTO conversation_participants (conversation_id, user_id, joined_at, has_written)
                SELECT $1, id, now(), TRUE FROM unnest($2::uuid[]) AS id
                """,
                id,
                [person.id for person in people],
            )
        return id

    async def share_server(self, owner: Person, *members: Person) -> str:
        server: str = (await owner.expect(201, "POST", "/api/servers", {"name": "Club", "is_public": True}))["id"]
        for member in members:
            await member.expect(201, "POST", f"/api/servers/{server}/join")
        return server

    async def _contact(self, mine: Person, theirs: Person, state: str) -> None:
        kind, type = ("contacts", "CONTACT_CREATE") if state == "friend" else ("blocks", "BLOCK_CREATE")
        async with self._rows.transaction():
            await self._rows.execute(
                "INSERT INTO contacts (user_id, contact_user_id, state, created_at) VALUES ($1, $2, $3, $4)",
                mine.id,
                theirs.id,
                state,
                datetime.now(UTC),
            )
            change = Change(UUID(mine.id), f"{kind}/{theirs.id}", type, {"user_id": theirs.id})
            await append(self._rows, change)

    async def _part(self, mine: Person, theirs: Person) -> None:
        async with self._rows.transaction():
            await self._rows.execute(
                "DELETE FROM contacts WHERE user_id = $1 AND contact_user_id = $2", mine.id, theirs.id
            )
            gone = {"user_id": theirs.id}
            await append(
                self._rows, Change(UUID(mine.id), f"contacts/{theirs.id}", "CONTACT_DELETE", gone, is_removal=True)
            )


@pytest.fixture
async def circle(register: Register, rows: OwnConnection) -> Circle:
    return Circle(register, rows)


def heard(socket: Socket, person: Person) -> list[str]:
    """The statuses of a user that a socket received."""
    return [frame["d"]["status"] for frame in socket.of("PRESENCE_UPDATE") if frame["d"]["user_id"] == person.id]


async def is_told(socket: Socket, person: Person, status: str) -> None:
    here = {"user_id": person.id, "status": status}
    await socket.wait_for(lambda frame: frame.get("t") == "PRESENCE_UPDATE" and here.items() <= frame["d"].items())


async def profile_status(person: Person, of: Person) -> str:
    status: str = (await person.expect(200, "GET", f"/api/users/{of.id}"))["status"]
    return status


async def test_acquaintances_are_notified_once_and_nobody_else(circle: Circle) -> None:
    people = [await circle.person(name) for name in ("alice", "member", "friend", "partner", "grouped", "all", "none")]
    alice, member, friend, partner, grouped, everything, stranger = people
    await circle.share_server(alice, member, everything)
    await circle.share_server(everything, alice)
    await circle.befriend(alice, friend)
    await circle.befriend(alice, everything)
    await circle.befriend(friend, stranger)
    await circle.converse(alice, partner)
    await circle.converse(alice, everything)
    await circle.converse(alice, grouped, everything)
    *others, outside, own = [await person.socket() for person in (*people[1:], alice)]
    for socket in others:
        await is_told(socket, alice, "online")
    await alice.expect(200, "PATCH", ME, {"status": "dnd"})
    for socket in others:
        await is_told(socket, alice, "dnd")
        await socket.settle()
        assert heard(socket, alice) == ["online", "dnd"]
    await outside.settle()
    await own.settle()
    assert (heard(outside, alice), heard(own, alice)) == ([], [])
    assert [await profile_status(person, alice) for person in people] == ["dnd"] * 6 + ["offline"]


async def test_friendship_counts_from_when_it_begins_until_it_ends(circle: Circle, rows: OwnConnection) -> None:
    alice, bob = await circle.person("alice"), await circle.person("bob")
    at_bobs, at_alices = await bob.socket(), await alice.socket()
    await places(rows, UUID(alice.id), 1)
    await circle.befriend(alice, bob)
    await at_bobs.wait_for_type("CONTACT_CREATE")
    await alice.expect(200, "PATCH", ME, {"status": "away"})
    await is_told(at_bobs, alice, "away")
    await circle.part(alice, bob)
    await at_bobs.wait_for_type("CONTACT_DELETE")
    await alice.expect(200, "PATCH", ME, {"status": "dnd"})
    await at_alices.settle()
    await circle.befriend(alice, bob)
    await at_bobs.wait_for(lambda _: len(at_bobs.of("CONTACT_CREATE")) == 2)
    await alice.expect(200, "PATCH", ME, {"status": "online"})
    await is_told(at_bobs, alice, "online")
    assert heard(at_bobs, alice) == ["away", "online"]


async def test_a_socket_for_the_users_own_data_receives_no_friends(circle: Circle) -> None:
    alice, bob = await circle.person("alice"), await circle.person("bob")
    await circle.befriend(alice, bob)
    narrow, wide = await bob.socket("&follow=own"), await bob.socket()
    await alice.socket()
    await is_told(wide, alice, "online")
    await narrow.settle()
    assert not narrow.of("PRESENCE_UPDATE")


async def test_a_blocked_user_is_not_notified(circle: Circle) -> None:
    """Though they still share a conversation and a group; the blocked user's own presence is sent as before."""
    alice, bob, carol = [await circle.person(name) for name in ("alice", "bob", "carol")]
    await circle.converse(alice, bob)
    await circle.converse(alice, bob, carol)
    await circle.befriend(alice, bob)
    await circle.block(alice, bob)
    at_bobs, at_carols, at_alices = await bob.socket(), await carol.socket(), await alice.socket()
    await is_told(at_carols, alice, "online")
    await at_bobs.settle()
    assert heard(at_bobs, alice) == []
    assert [await profile_status(bob, alice), await profile_status(carol, alice)] == ["offline", "online"]
    await bob.expect(200, "PATCH", ME, {"status": "away"})
    await is_told(at_alices, bob, "away")


async def test_blocking_looks_like_leaving(circle: Circle) -> None:
    alice, bob, carol = [await circle.person(name) for name in ("alice", "bob", "carol")]
    await circle.share_server(alice, carol)
    await circle.converse(alice, bob)
    at_bobs, at_carols, at_alices = await bob.socket(), await carol.socket(), await alice.socket()
    for socket in (at_bobs, at_carols):
        await is_told(socket, alice, "online")
    for person in (bob, carol):
        await alice.expect(204, "PUT", f"/api/blocks/{person.id}")
    await is_told(at_bobs, alice, "offline")
    await at_carols.settle()
    assert heard(at_carols, alice) == ["online"], "they share a server still"
    await at_alices.close()


async def test_a_block_by_an_offline_user_is_not_noticed(circle: Circle) -> None:
    alice, bob = await circle.person("alice"), await circle.person("bob")
    await circle.converse(alice, bob)
    await alice.expect(200, "PATCH", ME, {"status": "offline"})
    at_bobs, at_alices = await bob.socket(), await alice.socket()
    await alice.expect(204, "PUT", f"/api/blocks/{bob.id}")
    await at_bobs.settle()
    assert heard(at_bobs, alice) == []
    await at_alices.close()


async def test_a_blocked_user_still_receives_co_members(circle: Circle) -> None:
    alice, bob = await circle.person("alice"), await circle.person("bob")
    await circle.converse(alice, bob)
    await circle.share_server(alice, bob)
    await circle.block(alice, bob)
    at_bobs = await bob.socket()
    await alice.socket()
    await is_told(at_bobs, alice, "online")
    await at_bobs.settle()
    assert (heard(at_bobs, alice), await profile_status(bob, alice)) == (["online"], "online")


async def test_who_may_not_know_sees_nothing_move(circle: Circle, rows: OwnConnection) -> None:
    alice, bob = await circle.person("alice"), await circle.person("bob")
    socket = await alice.socket()
    await socket.close()
    stranger = (await queries.seen_by(rows, UUID(bob.id), [UUID(alice.id)]))[UUID(alice.id)]
    assert stranger.last_seen == datetime.fromisoformat(alice.user["created_at"])
    assert not stranger.is_online


async def test_opening_a_conversation_shows_no_presence(circle: Circle, listen: Listen) -> None:
    """A stranger opens a direct conversation and a group, writes there, and learns nothing until the other writes."""
    alice, bob = await circle.person("alice"), await circle.person("bob")
    at_alices, at_bobs, events = await alice.socket(), await bob.socket(), await listen(bob)

    def at_events() -> list[str]:
        found = [told.payload for told in events.told if told.name == "presence"]
        return [each["status"] for each in found if each["user_id"] == alice.id]

    await alice.expect(200, "PATCH", ME, {"custom_status": "at the doctor", "activity": "waiting"})
    direct = (await bob.expect(201, "POST", "/api/dm-channels", {"user_id": alice.id}))["id"]
    group = {"participant_ids": [alice.id], "name": "Us", "is_direct": False}
    for conversation in (direct, (await bob.expect(201, "POST", "/api/conversations", group))["id"]):
        await bob.send(conversation, "hello?")
    await alice.expect(200, "PATCH", ME, {"status": "dnd", "custom_status": "still there"})
    await at_bobs.settle()
    await events.settle(bob)
    assert (heard(at_bobs, alice), at_events()) == ([], [])
    assert await shown(bob, alice) == [("offline", None, None)] * 3
    await is_told(at_alices, bob, "online")
    await alice.send(direct, "who are you?")
    await is_told(at_bobs, alice, "dnd")
    await events.wait_for(lambda _: at_events() == ["dnd"])
    assert await shown(bob, alice) == [("dnd", "still there", "waiting")] * 3
    await alice.send(direct, "again")
    await at_bobs.settle()
    assert heard(at_bobs, alice) == ["dnd"], "only the first message announces it"


async def shown(viewer: Person, of: Person) -> list[tuple[str, str | None, str | None]]:
    """How a user appears in their profile, in the list of direct conversations and in READY."""
    socket = await viewer.socket()
    profile = await viewer.expect(200, "GET", f"/api/users/{of.id}")
    [listed] = await viewer.expect(200, "GET", "/api/dm-channels")
    [ready] = socket.ready["dm_channels"]
    await socket.close()
    people = (profile, listed["recipient"], ready["recipient"])
    return [(each["status"], each["custom_status"], each["activity"]) for each in people]


def test_the_audience_of_friends_is_nobodys_id() -> None:
    ids = [new_id() for _ in range(100)]
    assert len({*ids, *map(friends_of, ids)}) == 200
    assert [friends_of(friends_of(id)) for id in ids] == ids
