"""Shared documents: whatever is cut and killed, all clients come to one text, and nothing acknowledged is missing."""

import asyncio
import os
import random
import signal
from uuid import UUID

import aiohttp
import asyncpg
import pytest

from coterie.documents import verifying
from tests.documents.simpleton import Simpleton, put
from tests.documents.test_cursors import Watching, at, shown
from tests.laws.world import Server, servers
from tests.people import Browser, Person
from tests.serving import gather_community

# A client that is cut while it connects: aiohttp then forgets the socket instead of closing it.
pytestmark = pytest.mark.filterwarnings("ignore:Exception ignored in.*socket:pytest.PytestUnraisableExceptionWarning")

EDITS = int(os.environ.get("LAWS_EDITS", "120"))
LETTERS = ["abc ", "😀👍🏽e", "e\u0301\u0308n", "\r\n", "שלום", "x\x00y"]


async def converged(clients: list[Simpleton], person: Browser) -> str:
    """Wait until everyone has the text that the server has; returns it."""
    for client in clients:
        await client.settle()
    text = str((await person.get(clients[0].path)).body)
    for client in clients:
        await client.until(lambda client=client: client.text == text)
    return text


async def test_everybody_comes_to_one_text(database_url: str) -> None:
    seed = int(os.environ.get("LAWS_SEED", random.randrange(2**32)))
    print(f"LAWS_SEED={seed}")  # noqa: T201
    chance = random.Random(seed)
    async with servers(database_url, 2) as (here, there), aiohttp.ClientSession() as http:
        community = await gather_community(lambda name: Person.register(Browser(here.url, http), name))
        path = f"/api/channels/{community.channel}/documents"
        made = await community.owner.expect(201, "POST", path, {"title": "Law", "text": "in the beginning\r\n"})
        people = [
            Person(Browser(each.url, http), who.login)
            for each in (here, there)
            for who in (community.owner, community.member)
        ]
        clients = [Simpleton(person, made["id"]) for person in people]
        for client in clients:
            client.start()
        for client in clients:
            await client.until(lambda client=client: client.version is not None)
        try:
            await write(chance, clients, there)
            text = await converged(clients, people[0])
            assert str((await people[-1].get(clients[0].path)).body) == text
        finally:
            for client in clients:
                await client.stop()
        connection = await asyncpg.connect(database_url)
        try:
            story = await verifying.replayed(connection, UUID(made["id"]))
            assert story.wrong == []
            assert story.text == text
            rows = await connection.fetch("SELECT agent || '-' || seq AS version FROM document_edits")
        finally:
            await connection.close()
        stored = [row["version"] for row in rows]
        assert len(stored) == len(set(stored)) == 1 + sum(len(client.acknowledged) for client in clients)
        assert {version for client in clients for version in client.acknowledged} < set(stored)


async def write(chance: random.Random, clients: list[Simpleton], there: Server) -> None:
    """Everyone writes; connections are cut, and one process is killed and started again."""

    killing = chance.randrange(EDITS // 3, EDITS // 2)
    for number in range(EDITS):
        client = chance.choice(clients)
        client.type_somewhere(chance, chance.choice(LETTERS))
        if chance.random() < 0.05:
            chance.choice(clients).cut()
        if number == killing:
            await there.end(signal.SIGKILL)
        if number == killing + 20:
            await there.start()
        await asyncio.sleep(chance.choice([0, 0, 0.02]))


async def test_cursors_over_processes(database_url: str) -> None:
    """A cursor is seen by the others, moves there too, and goes with its owner or with their server process."""
    async with servers(database_url, 2) as (here, there), aiohttp.ClientSession() as http:
        community = await gather_community(lambda name: Person.register(Browser(here.url, http), name))
        path = f"/api/channels/{community.channel}/documents"
        made = (await community.owner.expect(201, "POST", path, {"title": "Law", "text": "0123456789"}))["id"]
        owner, member = (Person(Browser(there.url, http), who.login) for who in (community.owner, community.member))
        watching = await Watching(community.member, made, "bob")
        ann, eve = await Watching(owner, made, "ann"), await Watching(member, made, "eve")
        assert await at(community.owner, made, "ann", (2, 5)) == 200  # said to the other process than it follows
        assert await at(member, made, "eve", (9, 7)) == 200
        await watching.until(ann=[{"from": 2, "to": 5}], eve=[{"from": 9, "to": 7}])
        assert (await put(member, f"/sync/documents/{made}", "x-1", None, [(0, 0, "ab")]))[0] == 200
        moved = {"ann": [{"from": 4, "to": 7}], "eve": [{"from": 11, "to": 9}]}
        for person in (community.member, member):
            await shown(person, made, moved)
        ann.close()
        await watching.until(eve=[{"from": 9, "to": 7}])  # clients move along by themselves
        await there.end(signal.SIGKILL)
        connection = await asyncpg.connect(database_url)
        try:
            await connection.execute("DELETE FROM processes")  # as after some silence; who lives comes again
        finally:
            await connection.close()
        await watching.until()
        for each in (watching, eve):
            each.close()
