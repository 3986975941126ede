"""A restored database: no client is left with a gap that it does not know about."""

import asyncio

import aiohttp
import asyncpg

from coterie.log import epochs
from coterie.settings.record import Settings
from coterie.startup.preparation import prepare_database
from tests.conftest import new_database
from tests.patience import PATIENCE
from tests.people import Browser, Person
from tests.serving import LiveServer, serving, settings_for
from tests.sync.braid_reader import BraidStream


def name_of(url: str) -> str:
    return url.partition("@/")[2].partition("?")[0]


def unsafe(url: str) -> Settings:
    """The tests' cluster is quick instead of durable."""
    return settings_for(url, COTERIE_ALLOW_UNSAFE_DATABASE="on")


def again(person: Person, server: LiveServer) -> Person:
    """The same login, at another server."""
    return Person(Browser(server.url, person.http), person.login)


async def test_a_position_of_a_lost_history_is_reset_whatever_the_new_one_has_reached(
    cluster_url: str, database_url: str, http: aiohttp.ClientSession
) -> None:
    settings = unsafe(database_url)
    await prepare_database(settings)
    async with serving(settings) as server:
        person = await Person.register(Browser(server.url, http))
        community = await person.expect(201, "POST", "/api/servers", {"name": "Club"})
        path = f"/api/servers/{community['id']}/channels"
        channel = (await person.expect(201, "POST", path, {"name": "news", "type": "text"}))["id"]
        await person.send(channel, "kept")
    async with new_database(cluster_url, name_of(database_url)) as copy:
        async with serving(settings) as server:
            person = again(person, server)
            for number in range(3):
                await person.send(channel, f"lost {number}")
            socket = await person.socket()
            known, epoch = socket.ready["positions"], socket.ready["epoch"]
            assert known[channel] == 4
            await socket.close()
        await prepare_database(unsafe(copy))
        async with serving(unsafe(copy)) as server:
            await check_restored(again(person, server), channel, known, epoch)


async def check_restored(person: Person, channel: str, known: dict[str, int], epoch: str) -> None:
    """The new epoch makes as many changes as were lost, and more."""
    texts = [f"new {number}" for number in range(5)]
    for text in texts:
        await person.send(channel, text)
    socket = await person.socket()
    assert socket.ready["epoch"] != epoch
    await socket.say("RESUME", {"positions": known})
    for topic in known:
        frame = await socket.wait_for(lambda frame, topic=topic: frame.get("topic") == topic)  # type: ignore[misc]
        assert (frame["t"], frame["position"]) == ("TOPIC_RESET", socket.ready["positions"][topic])
    parents = f'"4@{channel[-12:]}"'
    stream = await BraidStream.open(person, f"/sync/channels/{channel}/messages", Parents=parents)
    update = await stream.next()
    assert update.key is None
    assert {message["content"] for message in stream.state.values()} == {"kept", *texts}
    stream.cut()
    live = await person.send(channel, "live")
    frame = await socket.wait_for(lambda frame: frame.get("d") == live)
    assert frame["previous"] == frame["position"] - 1
    assert len([frame for frame in socket.frames if frame.get("topic") == channel]) == 2
    await socket.close()


async def test_an_epoch_begins_once_and_only_when_the_database_moved(cluster_url: str, database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    first = await epochs.settle(connection)
    assert first.home is not None
    assert await epochs.settle(connection) == first
    await connection.close()
    async with new_database(cluster_url, name_of(database_url)) as copy:
        connection = await asyncpg.connect(copy)
        second = await epochs.settle(connection)
        assert (second.number, second.home == first.home) == (2, False)
        assert await epochs.settle(connection) == second
        await connection.close()


async def test_the_same_backup_may_be_restored_again_and_again(database_url: str) -> None:
    """Each epoch begins after every position of the one before."""
    connection = await asyncpg.connect(database_url)
    await connection.execute("INSERT INTO topics (id, kind, position) VALUES (gen_random_uuid(), 'user', 41)")
    reached = 41
    for _ in range(2):
        await epochs.begin(connection, "restored")
        position, floor = await connection.fetchrow("SELECT position, floor FROM topics") or (0, 0)
        assert reached + 100 < position == floor < 2**53
        reached = position
        await connection.execute("UPDATE topics SET position = 41, floor = 0")
    await connection.close()


async def test_without_the_right_to_look_nothing_is_guessed(cluster_url: str, database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    await connection.execute("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC")
    role = f"plain_{name_of(database_url)}"
    await connection.execute(f"CREATE ROLE {role}; GRANT ALL ON epochs TO {role}; SET ROLE {role}")
    first = await epochs.settle(connection)
    assert first.home is None
    await connection.execute(f"RESET ROLE; DROP OWNED BY {role}; DROP ROLE {role}")
    await connection.close()


async def test_the_text_of_a_restored_document_is_followed(
    cluster_url: str, database_url: str, http: aiohttp.ClientSession
) -> None:
    """Its newest edit is from before the new epoch, so below the topic's floor."""
    await prepare_database(unsafe(database_url))
    async with serving(unsafe(database_url)) as server:
        person = await Person.register(Browser(server.url, http))
        community = await person.expect(201, "POST", "/api/servers", {"name": "Club"})
        path = f"/api/servers/{community['id']}/channels"
        channel = (await person.expect(201, "POST", path, {"name": "news", "type": "text"}))["id"]
        path = f"/api/channels/{channel}/documents"
        document = (await person.expect(201, "POST", path, {"title": "Plan", "text": "kept"}))["id"]
    async with new_database(cluster_url, name_of(database_url)) as copy:
        await prepare_database(unsafe(copy))
        async with serving(unsafe(copy)) as server:
            person, path = again(person, server), f"/sync/documents/{document}"
            headers = {"Authorization": f"Bearer {person.token}", "Subscribe": "true"}
            async with http.get(f"{server.url}{path}", headers=headers) as stream, asyncio.timeout(PATIENCE):
                await stream.content.readuntil(b"kept")
                await person.call("PUT", path, data=b"kept and new")
                assert (await stream.content.readuntil(b" and new")).endswith(b" and new"), "it ended"
