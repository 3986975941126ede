"""More requests than the database can handle: all get an answer in time, and afterwards nothing is left of them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
import asyncpg
import pytest

from coterie.database import pool as pools
from coterie.database.pool import open_pool
from coterie.database.trouble import PoolExhaustedError
from coterie.settings.record import Settings
from tests.conftest import new_database
from tests.patience import PATIENCE
from tests.people import Browser, Community, Person
from tests.serving import gather_community, serving, settings_for

POOL = 3
INVITES = "server_invites"


@dataclass(frozen=True, slots=True)
class Scene:
    """A community, and the addresses of its servers on one database: one has time and connections enough, one few
    connections, one little time."""

    database_url: str
    people: Community
    scarce: str
    hurried: str

    def at(self, url: str, person: Person) -> Person:
        return Person(Browser(url, person.http), person.login)


@pytest.fixture(scope="module")
async def scene(cluster_url: str, template: str) -> AsyncIterator[Scene]:
    few = {"COTERIE_POOL_SIZE": str(POOL), "COTERIE_POOL_ACQUIRE_TIMEOUT": "0.3"}
    async with (
        new_database(cluster_url, template) as database_url,
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http,
        serving(settings_for(database_url)) as patient,
        serving(settings_for(database_url, **few)) as scarce,
        serving(settings_for(database_url, COTERIE_REQUEST_DEADLINE="0.5")) as hurried,
    ):
        people = await gather_community(lambda name: Person.register(Browser(patient.url, http), name))
        yield Scene(database_url, people, scarce.url, hurried.url)


@contextlib.asynccontextmanager
async def locked(database_url: str, table: str) -> AsyncIterator[None]:
    """Readers and writers of the table wait meanwhile, and each holds a connection."""
    connection = await asyncpg.connect(database_url)
    try:
        async with connection.transaction():
            await connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            yield
    finally:
        await connection.close()


async def until_idle(database_url: str) -> None:
    """Wait until no connection of the server is in a statement or a transaction, or waits for a lock."""
    await until(database_url, "count(*) FILTER (WHERE state <> 'idle') = 0")


async def until_asked(database_url: str, count: int) -> None:
    """Until this number of the server's connections wait for a lock."""
    await until(database_url, f"count(*) FILTER (WHERE wait_event_type = 'Lock') >= {count}")


async def until(database_url: str, condition: str) -> None:
    connection = await asyncpg.connect(database_url)
    question = (
        f"SELECT {condition} FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    try:
        async with asyncio.timeout(PATIENCE):
            while not await connection.fetchval(question):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    finally:
        await connection.close()


async def test_requests_that_get_no_connection_are_asked_to_retry(scene: Scene) -> None:
    path, owner = f"/api/servers/{scene.people.server}/invites", scene.at(scene.scarce, scene.people.owner)
    async with locked(scene.database_url, INVITES):
        first = [asyncio.create_task(owner.get(path)) for _ in range(POOL)]
        await until_asked(scene.database_url, POOL)
        rest = await asyncio.gather(*(owner.get(path) for _ in range(20)))
    assert {(each.status, each.code, each.headers["Retry-After"]) for each in rest} == {(503, "overloaded", "2")}
    assert {answer.status for answer in await asyncio.gather(*first)} == {200}
    await until_idle(scene.database_url)
    assert {answer.status for answer in await asyncio.gather(*(owner.get(path) for _ in range(POOL)))} == {200}


async def test_nothing_is_left_of_requests_that_were_cut_off(scene: Scene) -> None:
    path, owner = f"/api/servers/{scene.people.server}/invites", scene.at(scene.hurried, scene.people.owner)
    async with locked(scene.database_url, INVITES):
        answers = await asyncio.gather(*(owner.post(path, {}) for _ in range(20)))
    assert {answer.status for answer in answers} <= {408, 503}
    assert (408, "request_timeout") in {(answer.status, answer.code) for answer in answers}
    await until_idle(scene.database_url)
    assert await scene.people.owner.expect(200, "GET", path) == [], "what was cut off was rolled back"


async def test_writes_that_had_no_turn_can_be_repeated_and_are_made_once(scene: Scene) -> None:
    path, member = f"/api/channels/{scene.people.channel}/messages", scene.people.member
    bodies = [{"content": f"number {number}", "nonce": f"nonce-{number}"} for number in range(12)]
    async with locked(scene.database_url, "messages"):
        hurried = scene.at(scene.hurried, member)
        answers = await asyncio.gather(*(hurried.post(path, body) for body in bodies))
    assert {answer.status for answer in answers} <= {408, 503}
    assert (503, "overloaded") in {(answer.status, answer.code) for answer in answers}
    again = await asyncio.gather(*(member.post(path, body) for body in bodies))
    assert {answer.status for answer in again} == {201}
    await until_idle(scene.database_url)
    stored = await member.expect(200, "GET", f"{path}?limit=100")
    assert sorted(message["content"] for message in stored) == sorted(body["content"] for body in bodies)


async def test_a_client_that_leaves_while_it_waits_leaves_nothing(scene: Scene) -> None:
    path, owner = f"/api/servers/{scene.people.server}/invites", scene.at(scene.scarce, scene.people.owner)
    async with locked(scene.database_url, INVITES):
        leaving = [asyncio.create_task(owner.get(path)) for _ in range(2 * POOL)]
        await until_asked(scene.database_url, POOL)
        for each in leaving:
            each.cancel()
        await asyncio.gather(*leaving, return_exceptions=True)
    await until_idle(scene.database_url)
    assert {answer.status for answer in await asyncio.gather(*(owner.get(path) for _ in range(POOL)))} == {200}


async def test_a_socket_that_gets_no_connection_is_let_in_later(scene: Scene) -> None:
    path, owner = f"/api/servers/{scene.people.server}/invites", scene.at(scene.scarce, scene.people.owner)
    assert (await owner.get("/api/users/@me")).status == 200, "this process knows the session from now on"
    async with locked(scene.database_url, INVITES):
        held = [asyncio.create_task(owner.get(path)) for _ in range(POOL)]
        await until_asked(scene.database_url, POOL)
        url = scene.scarce.replace("http", "ws", 1) + f"/ws?token={owner.token}"
        socket = await owner.http.ws_connect(url)
        async with asyncio.timeout(PATIENCE):
            assert (await socket.receive()).data == 1013, "try again later"
    await asyncio.gather(*held)
    assert (await owner.socket()).ready["user"]["id"] == owner.id


async def test_a_pool_that_is_nearly_exhausted_warns_once(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    pool = await open_pool(Settings(database_url=database_url, pool_size=5))
    assert isinstance(pool, pools.LimitedPool)
    async with contextlib.AsyncExitStack() as stack:
        for number in range(5):
            assert pool.in_use == number
            assert ("pool.nearly_exhausted" in capsys.readouterr().out) == (number == 4), "the fourth was four fifths"
            await stack.enter_async_context(pool.acquire())
        for _ in range(2):
            with pytest.raises(PoolExhaustedError):
                await pool.acquire(timeout=0.05)  # all are taken, so any time is too short
        assert (pool.in_use, pool.waiting, pool.refused) == (5, 0, 2)
    assert "pool.nearly_exhausted" not in capsys.readouterr().out, "once a minute"
    assert pool.in_use == 0
    await pool.close()
