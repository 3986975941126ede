"""Access tokens that people make: what each scope opens, wherever the token is used, and everything that ends one."""

from collections.abc import AsyncIterator
from typing import Any, Final
from uuid import UUID

import aiohttp
import pytest

from coterie.access_tokens.actions import TOKEN_LIMIT
from coterie.accounts.expiry import end_expired, keep
from coterie.accounts.lifetimes import Lifetimes
from coterie.database.connection import Database
from coterie.database.pool import open_pool
from tests.people import PASSWORD, Browser, Community, Person
from tests.serving import LiveServer, Register
from tests.sync.braid_reader import Follow, follow

__all__ = ["follow"]

PATH: Final = "/api/auth/access-tokens"
SESSIONS: Final = "/api/auth/sessions"
OWNED: Final = {"name": "script", "current_password": PASSWORD}


@pytest.fixture
async def database(live_server: LiveServer) -> AsyncIterator[Database]:
    """The server's own."""
    pool = await open_pool(live_server.settings)
    yield pool
    await pool.close()


async def made(person: Person, *scopes: str, **fields: Any) -> tuple[Person, dict[str, Any]]:
    """The same user with a token of these scopes, and its session."""
    answer = await person.expect(201, "POST", PATH, OWNED | {"scopes": list(scopes)} | fields)
    program = Person(Browser(person.url, person.http), person.login | {"access_token": answer["token"]})
    return program, answer["session"]


async def test_it_is_used_as_far_as_its_scopes_reach(community: Community) -> None:
    messages = f"/api/channels/{community.channel}/messages"
    reader, _ = await made(community.member, "read")
    writer, _ = await made(community.member, "write")
    both, _ = await made(community.member, "read", "write")
    assert (await reader.get(messages)).status == 200
    assert (await reader.post(messages, {"content": "x"})).code == "missing_scope"
    assert (await writer.post(messages, {"content": "by a script"})).status == 201
    assert (await writer.get(messages)).code == "missing_scope"
    for program in (reader, writer, both):
        for method, path in (("GET", SESSIONS), ("POST", "/api/auth/logout"), ("GET", "/api/bots")):
            assert (await program.call(method, path)).code == "missing_scope"
    assert [each["content"] for each in await both.expect(200, "GET", messages)] == ["by a script"]


async def test_scopes_grant_nothing(community: Community) -> None:
    program, _ = await made(community.outsider, "read", "write", "account", "administration")
    assert (await program.get(f"/api/channels/{community.channel}/messages")).status == 404
    assert (await program.get("/api/admin/stats")).code == "admins_only"


async def test_a_token_makes_no_stronger_one(register: Register) -> None:
    person = await register()
    program, _ = await made(person, "account")
    assert (await program.post(PATH, OWNED | {"scopes": ["account", "write"]})).code == "missing_scope"
    await made(program, "account")
    answer = await program.post(PATH, {"name": "x", "scopes": ["account"], "current_password": "wrong one"})
    assert answer.code == "wrong_password"


@pytest.mark.parametrize(
    "wrong",
    [{"scopes": []}, {"scopes": ["all"]}, {"name": ""}, {"name": "a\0"}, {"days": 0}, {"days": 367}, {"days": "1"}],
)
async def test_what_is_refused(register: Register, wrong: dict[str, Any]) -> None:
    answer = await (await register()).post(PATH, OWNED | {"scopes": ["read"]} | wrong)
    assert answer.status in (400, 422), answer.body


async def test_it_opens_the_gateway_and_subscriptions(community: Community, follow: Follow) -> None:
    program, session = await made(community.member, "read")
    socket = await program.socket()
    stream = await follow(program, f"/sync/channels/{community.channel}/messages")
    await community.owner.send(community.channel, "hello")
    await socket.wait_for_type("MESSAGE_CREATE")
    await socket.say("MESSAGE_SEND", {"channel_id": community.channel, "content": "x", "nonce": "n"})
    refused = await socket.wait_for(lambda frame: frame.get("op") == "MESSAGE_REFUSED")
    assert refused["d"]["code"] == "missing_scope"
    await community.member.expect(204, "DELETE", f"{SESSIONS}/{session['id']}")
    assert await socket.wait_for_close() == 4001
    await stream.read_to_end()
    assert (await program.get("/api/servers")).status == 401


async def test_not_in_an_address(community: Community) -> None:
    program, _ = await made(community.member, "read")
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await program.http.ws_connect(f"{program.url.replace('http', 'ws', 1)}/ws?token={program.token}")
    assert refused.value.status == 401


async def test_it_is_listed_with_its_last_use(register: Register) -> None:
    person = await register()
    socket = await person.socket()
    program, session = await made(person, "write", "read", "read", name="  backup  ")
    assert (session["name"], session["scopes"]) == ("backup", ["read", "write"])
    created = await socket.wait_for(lambda frame: frame.get("t") == "SESSION_CREATE" and frame["d"]["name"] == "backup")
    assert created["d"] == session
    await program.expect(200, "GET", "/api/servers")
    used = await socket.wait_for(lambda frame: frame.get("t") == "SESSION_UPDATE" and frame["d"]["id"] == session["id"])
    assert used["d"]["refreshed_at"] > session["refreshed_at"]
    listed = {each["id"]: each for each in await person.expect(200, "GET", SESSIONS)}
    assert listed[session["id"]] == used["d"]
    assert [each["name"] for each in listed.values() if each["is_current"]] == [None]
    events = await person.expect(200, "GET", "/api/users/@me/security-events")
    [event] = [each for each in events if each["type"] == "auth.access_token_created"]
    assert event["details"] == {"scopes": "read write"}
    assert str(program.token) not in str(events)


async def test_it_ends_on_its_day_however_it_is_used(register: Register, database: Database) -> None:
    person = await register()
    program, session = await made(person, "read", days=1)
    await keep(database, Lifetimes(), [UUID(session["id"])])
    [listed] = [each for each in await person.expect(200, "GET", SESSIONS) if each["id"] == session["id"]]
    assert listed["expires_at"] == session["expires_at"], "it is not extended"
    socket = await program.socket()
    await database.execute("UPDATE sessions SET expires_at = now() WHERE id = $1", session["id"])
    await end_expired(database)
    assert await socket.wait_for_close() == 4001


async def test_a_new_password_ends_it(register: Register) -> None:
    person = await register()
    program, _ = await made(person, "read")
    change = {"current_password": PASSWORD, "new_password": "another fine sentence"}
    await person.expect(204, "POST", "/api/auth/change-password", change)
    assert (await program.get("/api/servers")).status == 401
    assert (await person.get("/api/servers")).status == 200


async def test_logins_and_tokens_do_not_push_each_other_out(register: Register) -> None:
    person = await register()
    program, _ = await made(person, "read")
    for _ in range(12):
        credentials = {"username": person.username, "password": PASSWORD}
        await Browser(person.url, person.http).expect(200, "POST", "/api/auth/login", credentials)
    assert (await program.get("/api/servers")).status == 200


async def test_there_are_only_so_many(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    assert TOKEN_LIMIT == 50
    monkeypatch.setattr("coterie.access_tokens.actions.TOKEN_LIMIT", 2)
    person = await register()
    for _ in range(2):
        await made(person, "read")
    answer = await person.post(PATH, OWNED | {"scopes": ["read"]})
    assert (answer.status, answer.code) == (400, "too_many_access_tokens")


async def test_it_is_no_refresh_token_and_not_stored(register: Register, database: Database) -> None:
    person = await register()
    program, _ = await made(person, "account")
    answer = await Browser(person.url, person.http).post("/api/auth/refresh", {"refresh_token": program.token})
    assert answer.status == 401
    stored = await database.fetch("SELECT sessions::text AS row FROM sessions WHERE user_id = $1", UUID(person.id))
    assert len(stored) == 2
    secret = str(program.token).removeprefix("coterie_")
    assert not [row for row in stored if secret in row["row"] or secret.encode().hex() in row["row"]]


@pytest.mark.parametrize("token", ["coterie_", "coterie_" + "a" * 43, "coterie_" + "!" * 43, "coterie_" + "a" * 44])
async def test_what_is_no_token(browser: Browser, token: str) -> None:
    assert (await browser.get("/api/servers", headers={"Authorization": f"Bearer {token}"})).status == 401
