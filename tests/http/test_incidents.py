"""What a client receives after an internal error: a number to report, and no internals."""

import json
import re

import aiohttp
import pytest

from coterie.database.connection import Database
from tests.people import Browser, Person
from tests.serving import serving, settings_for

INSIDE = re.compile(r"(?i)traceback|asyncpg|relation|column|select|insert|\.py|sql|argon2")


async def test_an_unforeseen_error_has_a_number_that_stands_in_the_log(
    database_url: str, pool: Database, http: aiohttp.ClientSession, capsys: pytest.CaptureFixture[str]
) -> None:
    async with serving(settings_for(database_url)) as server:
        person = await Person.register(Browser(server.url, http))
        await pool.execute("ALTER TABLE server_members RENAME TO misplaced")
        answer = await person.get("/api/servers")
        assert (await person.get("/api/users/@me")).status == 200, "everything else goes on"
    assert (answer.status, answer.code) == (500, "internal")
    assert not INSIDE.search(json.dumps(answer.body))
    numbers = re.findall(r"\b[0-9a-f]{12}\b", answer.body["error"])
    assert len(numbers) == 1
    logged = capsys.readouterr()
    assert numbers[0] in logged.out + logged.err
    assert "server_members" in logged.out + logged.err


async def test_the_log_does_not_quote_a_refused_row(
    database_url: str, pool: Database, http: aiohttp.ClientSession, capsys: pytest.CaptureFixture[str]
) -> None:
    async with serving(settings_for(database_url)) as server:
        await pool.execute("ALTER TABLE users ADD CONSTRAINT nobody CHECK (username = 'nobody')")
        body = {"username": "somebody", "password": "a secret password"}
        answer = await Browser(server.url, http).post("/api/auth/register", body)
    assert (answer.status, answer.code) == (500, "internal")
    logged = capsys.readouterr()
    assert "CheckViolationError" in logged.out + logged.err
    assert "argon2" not in logged.out + logged.err
    assert "a secret password" not in logged.out + logged.err


async def test_a_database_that_went_away_is_reported_and_comes_back(
    database_url: str, pool: Database, http: aiohttp.ClientSession
) -> None:
    async with serving(settings_for(database_url)) as server:
        browser = Browser(server.url, http)
        person = await Person.register(browser)
        await pool.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        statuses = [(await person.get("/api/users/@me")).status for _ in range(20)]
        assert {*statuses} <= {200, 503}
        assert statuses[-1] == 200
        assert (await browser.get("/health/ready")).status in {200, 503}


async def test_a_socket_that_a_lost_connection_stops_is_closed_to_try_again(
    database_url: str, pool: Database, http: aiohttp.ClientSession, capsys: pytest.CaptureFixture[str]
) -> None:
    async with serving(settings_for(database_url)) as server:
        person = await Person.register(Browser(server.url, http))
        club = (await person.expect(201, "POST", "/api/servers", {"name": "Club"}))["id"]
        body = {"name": "general", "type": "text"}
        channel = (await person.expect(201, "POST", f"/api/servers/{club}/channels", body))["id"]
        socket = await person.socket()
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute("LOCK TABLE poll_votes IN ACCESS EXCLUSIVE MODE")
            poll = {"question": "Tea?", "options": ["yes", "no"]}
            await person.expect(201, "POST", f"/api/channels/{channel}/polls", poll)
            ended = 0
            while not ended:  # the viewer's own votes are read before the event is sent
                ended = await pool.fetchval(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND wait_event_type = 'Lock'"
                )
        assert await socket.wait_for_close() == 1013
    logged = capsys.readouterr()
    assert "gateway.no_database" in logged.out + logged.err
    assert "request.failed" not in logged.out + logged.err
