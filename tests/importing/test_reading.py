"""What was brought along, as its people find it: by REST, over the gateway, and as the collections tell it."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from coterie.database.pool import OwnConnection
from tests.importing.conftest import Bring
from tests.importing.together_source import Together, later
from tests.importing.xfchat_source import PASSWORD, XFChat, at, id_of
from tests.people import Browser, Person
from tests.serving import LiveServer, serving, settings_for


@pytest.fixture
async def server(database_url: str, tmp_path: Path) -> AsyncIterator[LiveServer]:
    """A server that runs while the import does."""
    async with serving(settings_for(database_url, UPLOAD_DIR=str(tmp_path / "kept"))) as running:
        yield running


async def log_in(server: LiveServer, http: aiohttp.ClientSession, name: str) -> Person:
    browser = Browser(server.url, http)
    return Person(
        browser, await browser.expect(200, "POST", "/api/auth/login", {"username": name, "password": PASSWORD})
    )


async def assert_told(here: OwnConnection, person: Person, path: str, topic: object, *untold: str) -> None:
    """What the log says is what a snapshot says: applied from the beginning, it makes the same state."""
    answer = await person.get(path)
    fresh = {key: value for key, value in answer.body.items() if key.partition("/")[0] not in untold}
    rows = await here.fetch("SELECT key, data::text AS data FROM changes WHERE topic_id = $1 AND NOT is_removal", topic)
    assert {row["key"]: json.loads(row["data"]) for row in rows if row["key"].partition("/")[0] not in untold} == fresh


async def test_the_log_says_what_there_is(
    together: Together, server: LiveServer, http: aiohttp.ClientSession, bring: Bring, here: OwnConnection
) -> None:
    for name in ("ann", "ben"):
        await together.user(name)
    await together.server("Club", "ann", "ann", "ben")
    await together.channel("Club", "general")
    await together.insert(
        "roles", id=id_of("mods"), server_id=id_of("Club"), name="Mods", permissions=4, position=2, created_at=at(3)
    )
    await together.insert("member_roles", user_id=id_of("ben"), server_id=id_of("Club"), role_id=id_of("mods"))
    await together.insert(
        "channel_permission_overrides",
        id=id_of("o"),
        channel_id=id_of("general"),
        role_id=id_of("mods"),
        allow=4,
        deny=0,
    )
    await together.insert(
        "automod_timeouts",
        user_id=id_of("ben"),
        server_id=id_of("Club"),
        expires_at=later(2),
        created_at=at(4),
    )
    await together.insert(
        "server_invites", id=id_of("invite"), server_id=id_of("Club"), code="abcdEF12", uses=0, created_at=at(4)
    )
    await together.insert("direct_message_channels", id=id_of("dm"), created_at=at(1))
    for name in ("ann", "ben"):
        await together.insert("direct_message_members", channel_id=id_of("dm"), user_id=id_of(name))
    await together.say("dm", "ann", "one", 5, table="direct_messages")
    await together.insert("channel_read_states", user_id=id_of("ann"), channel_id=id_of("dm"), last_read_at=at(9))
    await bring("together")
    ann = await log_in(server, http, "ann")
    await assert_told(here, ann, f"/sync/servers/{id_of('Club')}", id_of("Club"), "server")
    await assert_told(here, ann, f"/sync/conversations/{id_of('dm')}", id_of("dm"))
    await assert_told(here, ann, "/sync/me", id_of("ann"), "profile", "sessions", "privacy")


async def test_the_log_says_who_is_whose_friend(
    xfchat: XFChat, server: LiveServer, http: aiohttp.ClientSession, bring: Bring, here: OwnConnection
) -> None:
    for name in ("ann", "ben", "cleo"):
        await xfchat.user(name, name)
    for one, other in (("ann", "ben"), ("ben", "ann")):
        await xfchat.insert("contacts", user_id=id_of(one), contact_user_id=id_of(other), created_at=at(0))
    await xfchat.insert(
        "friend_requests", from_user_id=id_of("cleo"), to_user_id=id_of("ann"), message="hello", created_at=at(0)
    )
    await xfchat.conversation("club", "ann", "ben", "cleo", name="Club")
    await xfchat.say("club", "ann", "one", 2)
    await bring("xfchat")
    ann = await log_in(server, http, "ann")
    await assert_told(here, ann, "/sync/me", id_of("ann"), "profile", "sessions", "privacy")
    [contact] = (await ann.expect(200, "GET", "/api/contacts"))["contacts"]
    assert (contact["username"], contact["email"]) == ("ben", "")
    [request] = (await ann.expect(200, "GET", "/api/friends/requests"))["requests"]
    assert (request["from_username"], request["from_email"], request["message"]) == ("cleo", "", "hello")
    answer = await ann.expect(200, "POST", "/api/friends/respond", {"request_id": request["id"], "accept": True})
    assert answer["success"]


async def test_people_go_on_where_they_were(
    xfchat: XFChat, server: LiveServer, http: aiohttp.ClientSession, bring: Bring, here: OwnConnection
) -> None:
    for name in ("ann", "ben"):
        await xfchat.user(name, name)
    place = await xfchat.conversation("talk", "ann", "ben", is_direct_message=True)
    for number in range(60):
        await xfchat.say("talk", "ann", f"message {number}", number)
    await bring("xfchat")
    ann = await log_in(server, http, "ann@example.org")
    assert (await here.fetchval("SELECT password_hash FROM users WHERE id = $1", id_of("ann"))).startswith("$argon2id$")
    socket = await ann.socket()
    await log_in(server, http, "ann")
    await xfchat.say("talk", "ben", "the last word", 100)
    await bring("xfchat")
    told = await socket.wait_for(lambda frame: frame.get("d", {}).get("content") == "the last word")
    assert (told["t"], told["topic"], told["previous"] + 1) == ("DM_MESSAGE_CREATE", str(place), told["position"])
    page = await ann.expect(200, "GET", f"/api/channels/{place}/messages?limit=100")
    assert [message["content"] for message in reversed(page)] == [f"message {number}" for number in range(60)] + [
        "the last word"
    ]
    await ann.expect(201, "POST", f"/api/channels/{place}/messages", {"content": "and on"})
    await socket.close()


async def test_everybody_may_what_they_might(
    together: Together, server: LiveServer, http: aiohttp.ClientSession, bring: Bring
) -> None:
    for name in ("ann", "ben", "cleo", "troll"):
        await together.user(name)
    await together.server("Club", "ann", "ann", "ben", "cleo")
    for place in ("general", "secret"):
        await together.channel("Club", place)
    override = {"id": id_of("o"), "channel_id": id_of("secret"), "user_id": id_of("ben"), "allow": 0, "deny": 1}
    await together.insert("channel_permission_overrides", **override)
    timeout = {"user_id": id_of("cleo"), "server_id": id_of("Club"), "expires_at": later(1), "created_at": at(4)}
    await together.insert("automod_timeouts", **timeout)
    await together.insert("server_bans", user_id=id_of("troll"), server_id=id_of("Club"), created_at=at(4))
    invite = {"id": id_of("i"), "server_id": id_of("Club"), "code": "abcdEF12", "uses": 0, "created_at": at(4)}
    await together.insert("server_invites", **invite)
    message = await together.say("general", "ann", "\u200b", 5)
    await together.say("secret", "ann", "not for ben", 5)
    await together.attach(message, "notes.txt", b"what we said")
    await bring("together", uploads=together.uploads)
    ann, ben, cleo, troll = [await log_in(server, http, name) for name in ("ann", "ben", "cleo", "troll")]
    names = [channel["name"] for channel in await ben.expect(200, "GET", f"/api/servers/{id_of('Club')}/channels")]
    assert names == ["general"]
    await ben.expect(404, "GET", f"/api/channels/{id_of('secret')}/messages")
    answer = await cleo.post(f"/api/channels/{id_of('general')}/messages", {"content": "hm"})
    assert (answer.status, answer.code) == (403, "timed_out")
    assert (await troll.post("/api/invites/abcdEF12/accept")).status == 403
    [shown] = await ben.expect(200, "GET", f"/api/channels/{id_of('general')}/messages")
    [attachment] = shown["attachments"]
    assert (await ben.get("/api" + attachment["url"])).body == "what we said"
    await ann.expect(201, "POST", f"/api/channels/{id_of('secret')}/messages", {"content": "still here"})


async def test_who_is_connected_sees_it_come(
    together: Together, server: LiveServer, http: aiohttp.ClientSession, bring: Bring
) -> None:
    for name in ("ann", "ben"):
        await together.user(name)
    await bring("together")
    ann, ben = [await (await log_in(server, http, name)).socket() for name in ("ann", "ben")]
    await together.server("Club", "ann", "ann")
    await together.channel("Club", "general")
    await bring("together")
    await ann.wait_for_type("SERVER_CREATE")
    for number in range(3):
        await together.say("general", "ann", f"message {number}", number)
    await bring("together")
    told = await ann.wait_for(lambda frame: frame.get("d", {}).get("content") == "message 2")
    assert (told["previous"], told["position"]) == (2, 3)
    await ben.settle()
    assert not ben.of("SERVER_CREATE", "MESSAGE_CREATE")
