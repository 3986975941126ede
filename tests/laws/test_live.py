"""The laws of the log, with server processes that are killed at random while people write and listen.

`LAWS_SEED` repeats a run, `LAWS_KILLS` makes it longer.
"""

import asyncio
import contextlib
import os
import random
import signal
from typing import Any

import asyncpg

from coterie.client import Client
from tests.laws.world import Listener, Server, Writer, servers
from tests.patience import PATIENCE
from tests.people import SETUP_CODE
from tests.serving import over_both_buses


async def members(running: list[Server], count: int, stack: contextlib.AsyncExitStack) -> tuple[list[Client], str, str]:
    """Clients spread over the processes, all in one community; returns them, its server and a channel."""
    clients = []
    for number in range(count):
        client = await stack.enter_async_context(Client(running[number % len(running)].url))
        await client.register(f"person_{number}", "correct horse battery", setup_code=SETUP_CODE)
        clients.append(client)
    server = await clients[0].call("POST", "/api/servers", name="Club", is_public=True)
    channel = await clients[0].call("POST", f"/api/servers/{server['id']}/channels", name="general", type="text")
    for client in clients[1:]:
        await client.call("POST", f"/api/servers/{server['id']}/join")
    return clients, server["id"], channel["id"]


async def disturb(running: list[Server], chance: random.Random, kills: int) -> None:
    """Kill a server every now and then, and start it again."""
    for _ in range(kills):
        await asyncio.sleep(chance.uniform(0.1, 0.6))
        server = chance.choice(running)
        await server.end(chance.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM]))
        await server.start()


async def cut_database(url: str, running: list[Server], chance: random.Random, done: asyncio.Event) -> None:
    """End database connections, the listening ones among them, every now and then.

    Less and less often while a server starts: on a slow machine it would never be ready.
    """
    connection = await asyncpg.connect(url)
    pause = 1.0
    try:
        while not done.is_set():
            await asyncio.sleep(pause * chance.uniform(0.1, 0.6))
            pause = pause * 1.5 if any(server.is_starting for server in running) else 1.0
            await connection.execute(
                """
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid() AND random() < 0.3
                """
            )
    finally:
        await connection.close()


async def stored(url: str, channel: str) -> dict[str, dict[str, Any]]:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(
            """
            SELECT messages.id, seq, messages.version, content, deleted_at, question,
                   ARRAY(SELECT user_id || ' ' || option FROM poll_votes WHERE message_id = messages.id) AS votes
            FROM messages LEFT JOIN polls ON polls.message_id = messages.id WHERE channel_id = $1
            """,
            channel,
        )
        return {str(row["id"]): dict(row) for row in rows}
    finally:
        await connection.close()


def check_log(messages: dict[str, dict[str, Any]], position: int) -> None:
    """Positions are taken once; the history is dense where nothing else happened."""
    versions = sorted(message["version"] for message in messages.values())
    assert len(set(versions)) == len(versions)
    assert max(versions) == position
    seqs = [message["seq"] for message in messages.values()]
    assert len(set(seqs)) == len(seqs)


def check_acknowledged(writer: Writer, messages: dict[str, dict[str, Any]]) -> None:
    for id, content in writer.acknowledged.items():
        assert id in messages, "acknowledged, and lost"
        assert messages[id]["content"] == ("" if id in writer.deleted else content)


def check_told(listener: Listener, channel: str, messages: dict[str, dict[str, Any]]) -> None:
    for topic in listener.told:
        listener.check_order(topic)
    fresh = {id: (message["content"], message["version"]) for id, message in messages.items()}
    seen = {id: (message["content"], message["version"]) for id, message in listener.state[channel].items()}
    assert seen == fresh, "old state + events is not the fresh state"
    told = {id: results(message["poll"]) for id, message in listener.state[channel].items() if message["poll"]}
    counted = {id: counts(each["votes"], listener) for id, each in messages.items() if each["question"] is not None}
    assert told == counted, "the votes in events are not the votes that are stored"


def results(poll: dict[str, Any]) -> tuple[list[int], set[int]]:
    """The votes for each option, and the numbers of those that the viewer chose."""
    ids = [option["id"] for option in poll["options"]]
    return [option["votes"] for option in poll["options"]], {ids.index(id) + 1 for id in poll["user_votes"]}


def counts(votes: list[str], listener: Listener) -> tuple[list[int], set[int]]:
    """The same, of the rows."""
    pairs = [(user, int(option)) for user, _, option in (vote.partition(" ") for vote in votes)]
    own = {option for user, option in pairs if user == listener.client.user["id"]}
    return [sum(option == number for _, option in pairs) for number in (1, 2, 3)], own


@over_both_buses
async def test_nothing_is_lost_doubled_or_shown_to_the_wrong_people(database_url: str, bus_url: str) -> None:
    seed = int(os.environ.get("LAWS_SEED", random.randrange(2**32)))
    print(f"LAWS_SEED={seed}")  # noqa: T201
    chance = random.Random(seed)
    async with contextlib.AsyncExitStack() as stack:
        running = await stack.enter_async_context(servers(database_url, 2, bus_url))
        clients, server, channel = await members(running, 5, stack)
        outsider = await stack.enter_async_context(Client(running[0].url))
        await outsider.register("outsider", "correct horse battery", setup_code=SETUP_CODE)
        listeners = [await listening(client, stack) for client in [*clients, outsider]]
        polls: list[dict[str, Any]] = []
        writers = [Writer(client, channel, random.Random(chance.random()), polls) for client in clients]
        done = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            for writer in writers:
                tasks.create_task(writer.write(done))
            tasks.create_task(cut_database(database_url, running, chance, done))
            await disturb(running, chance, kills=int(os.environ.get("LAWS_KILLS", "4")))
            done.set()

        messages = await stored(database_url, channel)
        position = max(message["version"] for message in messages.values())
        check_log(messages, position)
        for writer in writers:
            check_acknowledged(writer, messages)
        texts = [message["content"] for message in messages.values() if message["content"]]
        assert len(set(texts)) == len(texts), "stored twice"
        for listener in listeners[:-1]:
            await listener.reaches(channel, position)
            check_told(listener, channel, messages)
        assert not {channel, server} & listeners[-1].told.keys(), "shown to an outsider"
        assert any(listener.connections > 1 for listener in listeners), "nobody was ever cut"


async def listening(client: Client, stack: contextlib.AsyncExitStack) -> Listener:
    """A listener from now on, until the stack unwinds."""
    listener = Listener(client)
    task = listener.task = asyncio.create_task(listener.listen())

    async def stop() -> None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    stack.push_async_callback(stop)
    async with asyncio.timeout(PATIENCE):
        while not listener.connections:
            assert not task.done(), task
            await asyncio.sleep(0.02)
    return listener
