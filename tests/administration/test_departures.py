"""DELETE /api/admin/users/{id}: what stays of a deleted account, and that everybody sees it go."""

import asyncio
import json
from datetime import timedelta
from io import BytesIO
from typing import Any

import aiohttp
import pytest
from PIL import Image

from coterie.database.connection import Database
from coterie.departures import actions as departures
from coterie.permissions.bits import Permission
from tests.administration.conftest import Newcomer
from tests.administration.test_people import events, names, one
from tests.patience import PATIENCE
from tests.people import PASSWORD, Browser, Person, befriend
from tests.scheduled_events.calls import announce, answer, counts
from tests.sync.braid_reader import Follow, follow

__all__ = ["follow"]


class Place:
    """A server of the owner's with a member, and a channel."""

    def __init__(self, owner: Person, member: Person, server: str, channel: str) -> None:
        self.owner, self.member, self.server, self.channel = owner, member, server, channel


@pytest.fixture
async def place(newcomer: Newcomer) -> Place:
    owner, member = await newcomer("owner"), await newcomer("member")
    server = (await owner.expect(201, "POST", "/api/servers", {"name": "Den", "is_public": True}))["id"]
    made = await owner.expect(201, "POST", f"/api/servers/{server}/channels", {"name": "talk", "type": "text"})
    await member.expect(201, "POST", f"/api/servers/{server}/join")
    return Place(owner, member, server, made["id"])


async def history(person: Person, channel: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await person.expect(200, "GET", f"/api/channels/{channel}/messages")
    return found


async def is_there(pool: Database, user_id: str) -> bool:
    found: bool = await pool.fetchval("SELECT EXISTS (SELECT FROM users WHERE id = $1)", user_id)
    return found


async def dissolved(pool: Database, user_id: str) -> None:
    """Wait until an account is dissolved; the recurring work may have taken it over from the request."""
    async with asyncio.timeout(PATIENCE):
        while await is_there(pool, user_id):  # noqa: ASYNC110 (another process may do it)
            await asyncio.sleep(0.02)


def picture() -> bytes:
    drawn = BytesIO()
    Image.new("RGB", (8, 8), "teal").save(drawn, "PNG")
    return drawn.getvalue()


async def test_messages_stay_without_an_author_and_followers_see_it(
    admin: Person, place: Place, pool: Database
) -> None:
    said = await place.member.send(place.channel, "what I said")
    answered = await place.owner.send(place.channel, "what you said")
    path = f"/api/channels/{place.channel}/messages/{answered['id']}/reactions/%F0%9F%91%8D"
    await place.member.call("PUT", path)
    await place.member.call("POST", path)
    event = await announce(place.owner, place.channel)
    await answer(place.member, event, "coming")
    watching = await place.owner.socket()
    await admin.expect(204, "DELETE", one(place.member))
    await dissolved(pool, place.member.id)
    left = await watching.wait_for_type("MEMBER_LEAVE")
    assert left["d"]["user_id"] == place.member.id
    told = await watching.wait_for(lambda frame: frame.get("d", {}).get("id") == said["id"] and frame["t"] != "READY")
    assert (told["t"], told["d"]["author_id"], told["d"]["content"]) == ("MESSAGE_UPDATE", None, "what I said")
    known = await watching.wait_for(lambda frame: frame.get("d", {}).get("id") == event["id"] and frame["t"] != "READY")
    assert counts(known["d"]["event"]) == (0, 0, 0), "those who follow the answers learn it"
    now = {each["id"]: each for each in await history(place.owner, place.channel)}
    assert now[said["id"]]["author_id"] is None
    assert now[answered["id"]]["reactions"] == []
    members = await place.owner.expect(200, "GET", f"/api/servers/{place.server}/members")
    assert [each["user_id"] for each in members] == [place.owner.id]
    given = {"username": place.member.username, "password": PASSWORD}
    assert (await Browser(admin.url, admin.http).post("/api/auth/login", given)).status == 401
    assert ("admin.account_deleted", admin.id) in await events(admin)


async def test_what_names_them_in_a_server_changes_for_followers(
    admin: Person, place: Place, newcomer: Newcomer, pool: Database, follow: Follow
) -> None:
    """Old state and events are the fresh state, for what a deletion in the database alone would change silently."""
    owner, member, server = place.owner, place.member, f"/api/servers/{place.server}"
    role = await owner.expect(
        201, "POST", f"{server}/roles", {"name": "all", "permissions": int(Permission.ADMINISTRATOR)}
    )
    await owner.expect(204, "PUT", f"{server}/members/{member.id}/roles/{role['id']}")
    form = aiohttp.FormData({"name": "wave"})
    form.add_field("image", picture(), filename="wave.png", content_type="image/png")
    assert (await member.call("POST", f"{server}/emojis", data=form)).status == 201
    invite = await member.expect(201, "POST", f"{server}/invites", {})
    await member.expect(201, "POST", f"/api/channels/{place.channel}/documents", {"title": "Plan", "text": "first"})
    body = {"name": "Hook", "url": "https://example.com/", "event_types": ["message.created"]}
    await member.expect(201, "POST", f"{server}/webhooks", body)
    banned = await newcomer("banned")
    await member.expect(204, "POST", f"{server}/members/{banned.id}/ban", {})
    override = {"user_id": member.id, "allow": 0, "deny": 1}
    await owner.expect(200, "PUT", f"/api/channels/{place.channel}/overrides", override)
    stream = await follow(owner, f"/sync/servers/{place.server}")
    await stream.next()
    assert member.id in json.dumps(stream.state)
    for gone in (member, banned):
        await admin.expect(204, "DELETE", one(gone))
        await dissolved(pool, gone.id)
    fresh = await follow(owner, f"/sync/servers/{place.server}")
    await fresh.next()
    assert fresh.version is not None
    await stream.until(fresh.version)
    assert stream.state == fresh.state
    assert not {member.id, banned.id} & set(json.dumps(fresh.state).split('"'))
    assert fresh.state[f"invites/{invite['id']}"]["created_by"] is None


async def test_friends_groups_and_direct_conversations_lose_them(
    admin: Person, newcomer: Newcomer, pool: Database
) -> None:
    ann, bob, cleo = await newcomer("ann"), await newcomer("bob"), await newcomer("cleo")
    await befriend(ann, bob)
    direct = await ann.expect(200, "POST", "/api/conversations", {"participant_ids": [bob.id]})
    group = await ann.expect(201, "POST", "/api/conversations", {"participant_ids": [bob.id, cleo.id]})
    sent = await ann.expect(201, "POST", f"/api/channels/{direct['id']}/messages", {"content": "only to you"})
    watching = await bob.socket()
    await admin.expect(204, "DELETE", one(ann))
    await dissolved(pool, ann.id)
    assert (await watching.wait_for_type("CONTACT_DELETE"))["d"]["user_id"] == ann.id
    gone = [each["d"]["conversation_id"] for each in watching.of("PARTICIPANT_REMOVE")]
    assert sorted(gone) == sorted([direct["id"], group["id"]])
    assert await bob.expect(200, "GET", "/api/contacts") == {"contacts": []}
    [message] = [each for each in await history(bob, direct["id"]) if each["id"] == sent["id"]]
    assert (message["author_id"], message["content"]) == (None, "only to you")
    shown = await bob.expect(200, "GET", f"/api/conversations/{group['id']}")
    assert (shown["owner_id"], len(shown["participants"])) == (bob.id, 2)
    shown = await bob.expect(200, "GET", f"/api/conversations/{direct['id']}")
    assert shown["participants"] == [bob.id]
    fresh = await bob.socket()
    assert fresh.ready is not None
    await bob.expect(201, "POST", f"/api/channels/{direct['id']}/messages", {"content": "are you there?"})


async def test_who_owns_servers_is_not_deleted(admin: Person, place: Place) -> None:
    answer = await admin.delete(one(place.owner))
    assert (answer.status, answer.code) == (400, "owns_servers")
    await place.owner.expect(200, "GET", "/api/users/@me")
    await place.owner.expect(204, "DELETE", f"/api/servers/{place.server}")
    await admin.expect(204, "DELETE", one(place.owner))


async def test_bots_go_with_who_made_them(admin: Person, newcomer: Newcomer, pool: Database) -> None:
    person = await newcomer()
    made = await person.expect(201, "POST", "/api/bots", {"name": "Clock"})
    await admin.expect(204, "DELETE", one(person))
    assert await names(admin, "search=clock") == []
    await dissolved(pool, made["bot"]["user_id"])


async def test_a_deletion_is_finished_by_another_process(
    admin: Person, place: Place, pool: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The account is hidden from the first moment on; each step ends one thing, and finds what is left."""
    monkeypatch.setattr(departures, "FIRST_STEPS", 0)
    monkeypatch.setattr(departures, "SOON", timedelta(hours=1))
    monkeypatch.setattr(departures, "MESSAGES", 2)
    for number in range(5):
        await place.member.send(place.channel, f"message {number}")
    await admin.expect(204, "DELETE", one(place.member))
    assert await is_there(pool, place.member.id)
    assert await names(admin, f"search={place.member.username}") == []
    assert (await admin.patch(one(place.member), {"disabled": False})).status == 404
    assert (await admin.delete(one(place.member))).status == 404
    await pool.execute("UPDATE jobs SET due_at = now() WHERE key = $1", place.member.id)
    await dissolved(pool, place.member.id)
    assert {each["author_id"] for each in await history(place.owner, place.channel)} == {None}


async def test_a_deletion_without_a_job_gets_one(
    admin: Person, place: Place, pool: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a process of an earlier version left it, or an operator who dropped the job."""
    monkeypatch.setattr(departures, "FIRST_STEPS", 0)
    monkeypatch.setattr(departures, "SOON", timedelta(hours=1))
    await admin.expect(204, "DELETE", one(place.member))
    await pool.execute("DELETE FROM jobs WHERE key = $1", place.member.id)
    monkeypatch.setattr(departures, "SOON", timedelta(0))
    for _ in range(2):
        await departures.Departures(pool, ()).resume()
    await dissolved(pool, place.member.id)


async def test_what_they_do_at_the_same_moment_leaves_nothing_behind(
    admin: Person, place: Place, pool: Database
) -> None:
    async def write(number: int) -> None:
        await place.member.post(f"/api/channels/{place.channel}/messages", {"content": f"message {number}"})

    async def create() -> None:
        await place.member.post("/api/servers", {"name": "Late"})

    deleting = asyncio.create_task(admin.delete(one(place.member)))
    await asyncio.gather(*(write(number) for number in range(20)), create())
    answer = await deleting
    if answer.status == 400:  # a server was created before
        assert answer.code == "owns_servers"
        return
    await dissolved(pool, place.member.id)
    assert {each["author_id"] for each in await history(place.owner, place.channel)} <= {None}
