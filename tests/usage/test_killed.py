"""The counts match what was sent, even after a process was killed meanwhile."""

import asyncio
import contextlib
import signal

import aiohttp
import pytest

from coterie.database.pool import OwnConnection
from tests.laws.world import servers
from tests.patience import PATIENCE
from tests.people import Browser, Community, Person
from tests.serving import gather_community

pytestmark = [pytest.mark.strict, pytest.mark.extended("killed processes; the laws kill them each time")]

BOTH_WRITE = "SELECT count(*) >= 40 AND count(DISTINCT author_id) = 2 FROM messages"


async def test_counts_and_messages_agree(database_url: str, counted: OwnConnection) -> None:
    async with servers(database_url, 2) as (here, there), aiohttp.ClientSession() as http:
        community = await gather_community(lambda name: Person.register(Browser(here.url, http), name))
        there_too = Person(Browser(there.url, http), community.owner.login)
        writers = [
            asyncio.create_task(write(person, community))
            for person in (community.owner, community.member, there_too)
            for _ in range(4)
        ]
        async with asyncio.timeout(PATIENCE):
            while not await counted.fetchval(BOTH_WRITE):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        await here.end(signal.SIGKILL)
        await asyncio.gather(*writers)
        differing = await counted.fetch(
            """
            SELECT author_id, sent.count AS sent, usage_tracking.count AS counted
            FROM (SELECT author_id, count(*) FROM messages GROUP BY author_id) AS sent
            FULL JOIN usage_tracking ON user_id = author_id AND metric = 'messages_sent'
            WHERE sent.count IS DISTINCT FROM usage_tracking.count AND coalesce(metric, '') <> 'api_requests'
            """
        )
        assert not differing
        assert await counted.fetchval("SELECT count(*) FROM usage_tracking WHERE metric = 'messages_sent'") == 2


async def write(person: Person, community: Community) -> None:
    """Send until the server is gone, or forty were sent."""
    with contextlib.suppress(aiohttp.ClientError, OSError):
        for number in range(40):
            await person.send(community.channel, f"{number}")
