"""What both receive, on all their devices, and nobody else; and that it adds up to what is fetched again."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from coterie.database.pool import OwnConnection
from tests.friends.company import ask, asked, befriend, requests_of, respond, with_address
from tests.patience import PATIENCE
from tests.people import Browser, Person, Socket
from tests.serving import Register, over_both_buses
from tests.shapes import BLOCK, CONTACT, FRIEND_REQUEST, assert_shape
from tests.sync.braid_reader import Follow, follow

__all__ = ["follow"]

KINDS = ("CONTACT_", "FRIEND_REQUEST_", "BLOCK_", "PRIVACY_", "DM_CHANNEL_")


def told(socket: Socket) -> list[str]:
    """The types of the events about friends that a socket received."""
    return [frame["t"] for frame in socket.frames if (frame.get("t") or "").startswith(KINDS)]


async def all_online(rows: OwnConnection, *people: Person) -> None:
    """A connection is written down shortly after READY."""
    connected = "SELECT count(DISTINCT user_id) FROM presences WHERE user_id = ANY($1)"
    async with asyncio.timeout(PATIENCE):
        while await rows.fetchval(connected, [person.id for person in people]) < len(people):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@over_both_buses
async def test_both_receive_a_request_and_a_friendship(register: Register, rows: OwnConnection) -> None:
    alice, bob, carol = [await register(name) for name in ("alice", "bob", "carol")]
    devices = {"alice": await alice.socket(), "second": await alice.socket(), "bob": await bob.socket()}
    outsider = await carol.socket()
    await all_online(rows, alice, bob)
    request = await asked(alice, bob, message="hello")
    for socket in devices.values():
        frame = await socket.wait_for_type("FRIEND_REQUEST_CREATE")
        assert_shape(frame["d"], FRIEND_REQUEST)
        assert (frame["d"]["id"], frame["d"]["message"]) == (request, "hello")
    await respond(bob, request)
    for name, socket in devices.items():
        gone = await socket.wait_for_type("FRIEND_REQUEST_DELETE")
        assert gone["d"] == {"id": request, "status": "accepted"}
        friend = (await socket.wait_for_type("CONTACT_CREATE"))["d"]
        assert_shape(friend, CONTACT)
        assert friend["contact_user_id"] == (alice.id if name == "bob" else bob.id)
        assert friend["is_online"], "whoever hears of a new friend sees at once that they are there"
        await socket.wait_for_type("DM_CHANNEL_CREATE")
    await alice.expect(204, "DELETE", f"/api/friends/{bob.id}")
    for name, socket in devices.items():
        assert (await socket.wait_for_type("CONTACT_DELETE"))["d"] == {"user_id": alice.id if name == "bob" else bob.id}
    await outsider.settle()
    assert told(outsider) == []


async def test_ready_has_it_all(register: Register) -> None:
    person, friend, sender, recipient, blocked = [await register() for _ in range(5)]
    await befriend(person, friend)
    incoming, outgoing = await asked(sender, person), await asked(person, recipient)
    await person.expect(204, "PUT", f"/api/blocks/{blocked.id}")
    ready = (await person.socket()).ready
    for contact in ready["contacts"]:
        assert_shape(contact, CONTACT)
    assert [contact["contact_user_id"] for contact in ready["contacts"]] == [friend.id]
    assert [request["id"] for request in ready["friend_requests"]] == [outgoing, incoming]
    for block in ready["blocks"]:
        assert_shape(block, BLOCK)
    assert [block["user_id"] for block in ready["blocks"]] == [blocked.id]


async def test_a_block_looks_like_any_other_end_of_a_friendship(register: Register) -> None:
    alice, bob, carol = [await register(name) for name in ("alice", "bob", "carol")]
    await befriend(alice, bob)
    request = await asked(carol, alice)
    sockets = {person.username: await person.socket() for person in (alice, bob, carol)}
    for blocked in (bob, carol):
        await alice.expect(204, "PUT", f"/api/blocks/{blocked.id}")
    await alice.expect(204, "DELETE", f"/api/blocks/{bob.id}")
    for socket in sockets.values():
        await socket.settle()
    assert told(sockets[bob.username]) == ["CONTACT_DELETE"]
    assert told(sockets[carol.username]) == ["FRIEND_REQUEST_DELETE"]
    [gone] = sockets[carol.username].of("FRIEND_REQUEST_DELETE")
    assert gone["d"] == {"id": request, "status": "rejected"}
    own = sockets[alice.username]
    assert sorted(told(own)) == [
        "BLOCK_CREATE",
        "BLOCK_CREATE",
        "BLOCK_DELETE",
        "CONTACT_DELETE",
        "FRIEND_REQUEST_DELETE",
    ]
    assert own.of("BLOCK_CREATE")[0]["d"]["username"] == bob.username


async def test_a_new_picture_is_sent_to_friends(register: Register) -> None:
    alice, bob, carol = [await register(name) for name in ("alice", "bob", "carol")]
    await befriend(alice, bob)
    friend, stranger = await bob.socket(), await carol.socket()
    await alice.expect(200, "PATCH", "/api/users/@me", {"avatar_url": "https://example.org/a.png"})
    frame = await friend.wait_for_type("CONTACT_UPDATE")
    assert (frame["d"]["contact_user_id"], frame["d"]["avatar_url"]) == (alice.id, "https://example.org/a.png")
    await stranger.settle()
    assert told(stranger) == []
    assert len(friend.of("CONTACT_UPDATE")) == 1


async def test_what_changes_nothing_sends_nothing(register: Register) -> None:
    alice, bob = await register("alice"), await register("bob")
    await befriend(alice, bob)
    ears = [await person.socket() for person in (alice, bob)]
    await ask(alice, bob)
    await alice.expect(204, "DELETE", f"/api/blocks/{bob.id}")
    for _ in range(2):
        await alice.expect(204, "DELETE", f"/api/friends/{bob.id}")
    for ear in ears:
        await ear.settle()
        assert told(ear) == ["CONTACT_DELETE"]


Operation = Callable[[Person, Person], Awaitable[Any]]


async def declining(one: Person, other: Person) -> None:
    await respond(other, await asked(one, other), accept=False)


async def taking_back(one: Person, other: Person) -> None:
    await one.expect(204, "DELETE", f"/api/friends/requests/{await asked(one, other)}")


async def asking_back(one: Person, other: Person) -> None:
    await asked(one, other)
    assert (await ask(other, one))["status"] == "accepted"


async def parting(one: Person, other: Person) -> None:
    await befriend(one, other)
    await other.expect(204, "DELETE", f"/api/friends/{one.id}")


async def blocking_a_friend(one: Person, other: Person) -> None:
    await befriend(one, other)
    await one.expect(204, "PUT", f"/api/blocks/{other.id}")


async def blocking_a_sender(one: Person, other: Person) -> None:
    await asked(other, one, message="let me in")
    await one.expect(204, "PUT", f"/api/blocks/{other.id}")


async def unblocking(one: Person, other: Person) -> None:
    await one.expect(204, "PUT", f"/api/blocks/{other.id}")
    await one.expect(204, "DELETE", f"/api/blocks/{other.id}")


async def a_new_picture(one: Person, other: Person) -> None:
    await befriend(one, other)
    await one.expect(200, "PATCH", "/api/users/@me", {"avatar_url": "https://example.org/b.png"})


async def privacy(one: Person, other: Person) -> None:
    await one.expect(200, "PATCH", "/api/users/@me/privacy", {"direct_messages_from": "friends"})


async def by_address(one: Person, other: Person) -> None:
    body = {"to_email": other.user["email"]}
    request = (await one.expect(200, "POST", "/api/friends/request", body))["request_id"]
    await respond(other, request)


@pytest.mark.parametrize(
    "operation",
    [
        asked,
        befriend,
        by_address,
        declining,
        taking_back,
        asking_back,
        parting,
        blocking_a_friend,
        blocking_a_sender,
        unblocking,
        a_new_picture,
        privacy,
    ],
)
async def test_old_state_and_events_are_the_fresh_state(
    browser: Browser, rows: OwnConnection, follow: Follow, operation: Operation
) -> None:
    one, other = await with_address(browser, rows), await with_address(browser, rows)
    streams = {person.id: await follow(person, "/sync/me") for person in (one, other)}
    for stream in streams.values():
        await stream.next()
    await operation(one, other)
    for person in (one, other):
        answer = await person.get("/sync/me")
        await streams[person.id].until(json.loads(answer.headers["version"]))
        assert streams[person.id].state == answer.body


async def test_lists_are_what_the_log_says(register: Register) -> None:
    alice, bob, carol, dave = [await register(name) for name in ("alice", "bob", "carol", "dave")]
    await befriend(alice, bob)
    await asked(carol, alice)
    await alice.expect(204, "PUT", f"/api/blocks/{dave.id}")
    log = await alice.expect(200, "GET", "/sync/me")
    [contact] = (await alice.expect(200, "GET", "/api/contacts"))["contacts"]
    kept = log[f"contacts/{bob.id}"]
    assert kept == {key: contact[key] for key in kept}
    [request] = await requests_of(alice)
    assert log[f"friend_requests/{request['id']}"] == request
    [block] = await alice.expect(200, "GET", "/api/blocks")
    assert {**log[f"blocks/{dave.id}"], "avatar_url": None} == block
