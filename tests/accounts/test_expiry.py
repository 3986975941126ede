"""When sessions expire: their sockets and streams close at once, use extends them, and none lasts forever."""

from collections.abc import AsyncIterator

import aiohttp
import asyncpg
import pytest

from coterie.accounts import expiry
from coterie.accounts.lifetimes import Lifetimes
from coterie.database.connection import Database
from coterie.database.pool import OwnConnection
from tests.people import Browser, Community, Person
from tests.serving import LiveServer, gather_community, serving, settings_for

REFRESH = "/api/auth/refresh"


@pytest.fixture
async def server(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[LiveServer]:
    monkeypatch.setattr("coterie.services.running.EXPIRY_SECONDS", 0.2)
    monkeypatch.setattr("coterie.accounts.expiry.EXPIRY_SECONDS", 0.2)
    monkeypatch.setattr("coterie.services.running.KEEP_SECONDS", 0.2)
    async with serving(settings_for(database_url, COTERIE_SESSION_ABSOLUTE_DAYS="10")) as server:
        yield server


@pytest.fixture
async def table(server: LiveServer) -> AsyncIterator[OwnConnection]:
    connection = await asyncpg.connect(server.settings.database_url)
    yield connection
    await connection.close()


@pytest.fixture
async def community(server: LiveServer, http: aiohttp.ClientSession) -> Community:
    async def register(name: str = "person") -> Person:
        return await Person.register(Browser(server.url, http), name, lasting=True)

    return await gather_community(register)


async def age(table: OwnConnection, person: Person, created: str, left: str) -> None:
    await table.execute(
        "UPDATE sessions SET created_at = now() - $2::text::interval, expires_at = now() + $3::text::interval "
        "WHERE user_id = $1",
        person.id,
        created,
        left,
    )


async def days_left(table: OwnConnection, person: Person) -> float:
    statement = "SELECT extract(epoch FROM expires_at - now()) / 86400 FROM sessions WHERE user_id = $1"
    return float(await table.fetchval(statement, person.id))


async def test_a_socket_closes_when_its_session_expires(community: Community, table: OwnConnection) -> None:
    socket, other = await community.member.socket(), await community.owner.socket()
    await age(table, community.member, "8 days", "0 days")
    assert await socket.wait_for_close() == 4001
    await community.owner.send(community.channel, "not for an expired session")
    assert not socket.of("MESSAGE_CREATE")
    await other.wait_for_type("MESSAGE_CREATE")
    await other.close()


async def test_a_stream_ends_when_its_session_expires(community: Community, table: OwnConnection) -> None:
    member = community.member
    headers = {"Subscribe": "true", "Peer": "one", "Authorization": f"Bearer {member.token}"}
    path = f"{member.url}/sync/channels/{community.channel}/messages"
    async with member.http.get(path, headers=headers) as stream:
        assert stream.status == 209
        await age(table, member, "8 days", "0 days")
        await stream.read()
    assert await table.fetchval("SELECT count(*) FROM sessions WHERE user_id = $1", member.id) == 0


async def test_the_other_devices_are_told(community: Community, table: OwnConnection) -> None:
    body = {"username": community.member.username, "password": "correct horse battery"}
    answer = await community.member.expect(200, "POST", "/api/auth/login", body)
    other = await Person(community.member, answer).socket()
    await table.execute(
        "UPDATE sessions SET created_at = now() - interval '8 days', expires_at = now() "
        "WHERE user_id = $1 AND id <> $2",
        community.member.id,
        other.ready["session_id"],
    )
    await other.wait_for_type("SESSION_DELETE")
    await other.close()


async def test_the_next_expiry_is_waited_for(pool: Database, database_url: str, http: aiohttp.ClientSession) -> None:
    assert await expiry.end_expired(pool) == expiry.EXPIRY_SECONDS
    async with serving(settings_for(database_url)) as server:
        person = await Person.register(Browser(server.url, http))
        await pool.execute("UPDATE sessions SET expires_at = now() + interval '20 s' WHERE user_id = $1", person.id)
        assert 15 < await expiry.end_expired(pool) <= 20


async def test_no_refresh_goes_beyond_the_last_day(community: Community, table: OwnConnection) -> None:
    person = community.outsider
    await age(table, person, "7 days", "1 day")
    login = await person.expect(200, "POST", REFRESH, {"refresh_token": person.login["refresh_token"]})
    assert 2.9 < await days_left(table, person) <= 3
    await age(table, person, "10 days", "1 day")
    answer = await person.post(REFRESH, {"refresh_token": login["refresh_token"]})
    assert (answer.status, answer.code) == (401, "wrong_refresh_token")


async def test_a_token_of_thirty_days_does_not_either(community: Community, table: OwnConnection) -> None:
    person = community.outsider
    await age(table, person, "9 days", "1 hour")
    await Browser(person.url, person.http, person.login["token"]).expect(200, "GET", "/api/auth/me")
    assert 0.9 < await days_left(table, person) <= 1


async def test_an_open_socket_extends_its_session(community: Community, table: OwnConnection) -> None:
    socket = await community.member.socket()
    await age(table, community.member, "1 day", "1 day")
    event = await socket.wait_for_type("SESSION_UPDATE")
    assert event["d"]["id"] == socket.ready["session_id"]
    assert 6.9 < await days_left(table, community.member) <= 7
    await socket.close()


async def test_an_open_stream_does_too_but_not_beyond_the_last_day(community: Community, table: OwnConnection) -> None:
    socket = await community.owner.socket()
    await age(table, community.owner, "9 days", "1 hour")
    await socket.wait_for_type("SESSION_UPDATE")
    assert 0.9 < await days_left(table, community.owner) <= 1
    await socket.close()


def test_the_steps_fit_short_lifetimes() -> None:
    assert Lifetimes.of_days(1, 90).step < Lifetimes.of_days(1, 90).idle / 2
