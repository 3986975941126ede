"""Several processes, and processes that end in the middle: nothing is lost, and the order is kept."""

import asyncio
import contextlib
import signal
from datetime import timedelta

import aiohttp
import asyncpg
import pytest

from coterie.settings.sealing import Sealing
from coterie.webhooks.deliveries import Deliveries
from coterie.webhooks.signing import PURPOSE, signature
from tests.laws.world import servers
from tests.patience import PATIENCE, QUIET
from tests.people import PASSWORD, Browser, Person
from tests.serving import gather_community, serving, settings_for
from tests.webhooks.receiver import receiver

pytestmark = pytest.mark.strict

CREATED = {"name": "Hook", "event_types": ["message.created"]}


async def test_two_processes_deliver_each_event_once(database_url: str, http: aiohttp.ClientSession) -> None:
    async with receiver() as target:
        settings = settings_for(database_url, COTERIE_OUTGOING_ALLOWED=target.place)
        async with serving(settings) as here, serving(settings) as there:
            community = await gather_community(lambda name: Person.register(Browser(here.url, http), name))
            path = f"/api/servers/{community.server}/webhooks"
            await community.owner.expect(201, "POST", path, {**CREATED, "url": target.url})
            elsewhere = Person(Browser(there.url, http), community.member.login)
            for number in range(30):
                await (community.member, elsewhere)[number % 2].send(community.channel, str(number))
            received = await target.wait(30)
            await asyncio.sleep(QUIET)
        assert len(target.received) == 30, "none came twice"
        assert [each.data["content"] for each in received] == [str(number) for number in range(30)]


async def test_what_happens_while_no_process_runs_is_delivered_later(
    database_url: str, http: aiohttp.ClientSession
) -> None:
    async with receiver() as target:
        allowed = settings_for(database_url, COTERIE_OUTGOING_ALLOWED=target.place)
        with contextlib.ExitStack() as stack:
            patch = stack.enter_context(pytest.MonkeyPatch.context())
            patch.setattr(Deliveries, "wake", lambda *_, **__: None)  # it ends before it delivers anything
            async with serving(allowed) as server:
                community = await gather_community(lambda name: Person.register(Browser(server.url, http), name))
                path = f"/api/servers/{community.server}/webhooks"
                await community.owner.expect(201, "POST", path, {**CREATED, "url": target.url})
                for number in range(25):
                    await community.member.send(community.channel, str(number))
        assert not target.received
        async with serving(allowed):
            received = await target.wait(25)
        assert [each.data["content"] for each in received] == [str(number) for number in range(25)]


async def test_a_changed_secret_of_the_instance_changes_no_webhook(
    database_url: str, http: aiohttp.ClientSession
) -> None:
    """Once a process has started with both, the former secret is not needed any more."""
    former, present = "the former secret, long enough to be taken", "the present secret, long enough as well"
    async with receiver() as target:
        allowed = {"COTERIE_OUTGOING_ALLOWED": target.place}
        async with serving(settings_for(database_url, JWT_SECRET=former, **allowed)) as server:
            community = await gather_community(lambda name: Person.register(Browser(server.url, http), name))
            path = f"/api/servers/{community.server}/webhooks"
            made = await community.owner.expect(201, "POST", path, {**CREATED, "url": target.url})
        both = settings_for(database_url, JWT_SECRET=present, JWT_SECRET_PREVIOUS=former, **allowed)
        async with serving(both) as server, asyncio.timeout(PATIENCE):
            connection = await asyncpg.connect(database_url)
            current = Sealing(PURPOSE, present).current
            while await connection.fetchval("SELECT sealed_with FROM webhooks") != current:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
            await connection.close()
        async with serving(settings_for(database_url, JWT_SECRET=present, **allowed)) as server:
            login = {"username": community.member.username, "password": PASSWORD}
            browser = Browser(server.url, http)
            member = Person(browser, await browser.expect(200, "POST", "/api/auth/login", login))
            await member.send(community.channel, "hello")
            [delivered] = await target.wait(1)
    assert delivered.headers["x-together-signature-256"] == signature(made["secret"], delivered.body)


@pytest.mark.extended("killed processes; the laws kill them each time")
async def test_a_process_is_killed_between_attempts_and_within_them(database_url: str) -> None:
    async with receiver() as target, aiohttp.ClientSession() as http:
        variables = {"COTERIE_OUTGOING_ALLOWED": target.place}
        async with servers(database_url, 1, variables=variables) as (server,):
            community = await gather_community(lambda name: Person.register(Browser(server.url, http), name))
            path = f"/api/servers/{community.server}/webhooks"
            await community.owner.expect(201, "POST", path, {**CREATED, "url": target.url})
            target.statuses = ["500 Oops"]
            for number in range(5):
                await community.member.send(community.channel, str(number))
            await target.wait(1)
            await asyncio.sleep(QUIET)
            await server.end(signal.SIGKILL)
            target.is_open.clear()
            await server.start()
            [first, second] = await target.wait(2)
            assert (first.body, second.attempt) == (second.body, 2), "the attempts are counted over the restart"
            await server.end(signal.SIGKILL)
            target.is_open.set()
            await server.start()
            received = await target.wait(7)
    assert received[2].body == first.body, "what was under way is sent again"
    assert [each.data["content"] for each in received[2:]] == [str(number) for number in range(5)]


async def test_a_slow_receiver_does_not_hold_up_others(database_url: str, http: aiohttp.ClientSession) -> None:
    async with receiver() as slow, receiver() as quick:
        settings = settings_for(database_url, COTERIE_OUTGOING_ALLOWED=f"{slow.place},{quick.place}")
        slow.is_open.clear()
        async with serving(settings) as server:
            community = await gather_community(lambda name: Person.register(Browser(server.url, http), name))
            path = f"/api/servers/{community.server}/webhooks"
            for target in (slow, quick):
                await community.owner.expect(201, "POST", path, {**CREATED, "url": target.url})
            for number in range(3):
                await community.member.send(community.channel, str(number))
            await slow.wait(1)
            assert len(await quick.wait(3)) == 3
            assert len(slow.received) == 1, "its next event waits"
            slow.is_open.set()
            assert len(await slow.wait(3)) == 3


def test_a_claim_outlasts_an_attempt() -> None:
    from coterie.webhooks.deliveries import LEASE
    from coterie.webhooks.sending import SECONDS

    assert timedelta(seconds=SECONDS) * 2 <= LEASE
