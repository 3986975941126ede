"""`coterie smoke`, against a server at its public address."""

import asyncio
import re

import aiohttp

from coterie.client import Client
from coterie.commands.smoke import Smoke, SmokeAccount
from coterie.database.pool import OwnConnection
from coterie.process.refusals import Exit
from tests.people import PASSWORD, Browser, Person
from tests.serving import LiveServer, Register, serving, settings_for
from tests.startup.conftest import Ended, coterie

STEPS = ["answers", "registers", "creates", "sends", "uploads", "resumes", "reads", "cleans up"]


async def smoke(*words: str, **variables: str) -> Ended:
    return await asyncio.to_thread(coterie, "smoke", *words, variables=variables)


def states(ended: Ended) -> list[tuple[str, str]]:
    lines = [line.split() for line in ended.output.splitlines()]
    return [(words[0], words[3]) for words in lines if words[0] in ("ok", "fail")]


async def test_it_works_and_leaves_nothing_but_the_account(
    live_server: LiveServer, register: Register, rows: OwnConnection
) -> None:
    await register()  # so that the next account is no administrator
    ended = await smoke(live_server.url)
    assert ended.code == 0, ended.output + ended.complaint
    assert states(ended) == [("ok", step.split()[0]) for step in STEPS]
    assert "coterie user disable smoke_" in ended.output
    name = re.search(r"smoke_[0-9a-f]{12}", ended.output)
    assert name
    left = "SELECT count(*) FROM sessions JOIN users ON users.id = user_id WHERE username = $1"
    assert await rows.fetchval(left, name[0]) == 0, "its session is ended"
    assert "works." in ended.output


async def test_with_an_account_of_its_own(live_server: LiveServer, register: Register) -> None:
    person = await register("smoke")
    before = await person.expect(200, "GET", "/api/servers")
    ended = await smoke(live_server.url, "--user", person.username, SMOKE_PASSWORD=PASSWORD)
    assert ended.code == 0, ended.output + ended.complaint
    assert await person.expect(200, "GET", "/api/servers") == before
    assert len(await person.expect(200, "GET", "/api/auth/sessions")) == 1, "its own login is ended"


async def test_an_instance_without_accounts_is_left_alone(database_url: str, http: aiohttp.ClientSession) -> None:
    """The first account becomes the administrator, and nobody would know its password."""
    async with serving(settings_for(database_url)) as server:
        async with Client(server.url) as client:
            steps = [step async for step in Smoke(client, SmokeAccount()).run()]
        assert [bool(step.trouble) for step in steps] == [False, True]
        assert "no account yet" in steps[-1].trouble
        await Person.register(Browser(server.url, http))
        async with Client(server.url) as client:
            assert not [step.trouble async for step in Smoke(client, SmokeAccount()).run() if step.trouble]


async def test_what_fails_is_said(live_server: LiveServer, browser: Browser, register: Register) -> None:
    person: Person = await register()
    ended = await smoke(live_server.url, "--user", person.username, SMOKE_PASSWORD="wrong password")
    assert ended.code == Exit.UNHEALTHY
    assert states(ended) == [("ok", "answers"), ("fail", "logs")]
    assert "401" in ended.output
    ended = await smoke("http://127.0.0.1:1")
    assert (ended.code, states(ended)) == (Exit.UNHEALTHY, [("fail", "answers")])
    assert (await smoke("chat.example.org")).code == Exit.USAGE
