"""How often PostgreSQL plans a statement: once for each connection, and then it keeps the plan.

Planning often takes longer than executing. Left to itself, PostgreSQL would plan some of our statements each time: a
plan for the values at hand always looks cheaper to it,
above all with its stock estimate of what a page of an SSD costs.
"""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

import aiohttp
import asyncpg
import pytest

from coterie.database import migrate
from coterie.database.embedded import Cluster, ClusterError
from coterie.database.installation import Installation, packaged_installation
from coterie.database.pool import PLANNING, OwnConnection
from coterie.messages import pages
from coterie.permissions.models import Place
from tests.conftest import QUICK, open_directory
from tests.conversations.opened import opened
from tests.people import Browser, Community, Person
from tests.serving import gather_community, serving, settings_for

TIMES: Final = 100
"""How often each thing is done, and with messages twice that, by REST and by the gateway."""

OFTEN: Final = 50
CONNECTIONS: Final = 2
PLANS: Final = 5
"""A connection's plans of one statement at most: the one that is kept, and a new one after each ANALYZE."""

COUNTING: Final = {
    "shared_preload_libraries": "pg_stat_statements",
    "pg_stat_statements.track_planning": "on",
    "random_page_cost": "4",
}

# The search, whose plan depends on the words: search/queries.py says why, and its transaction asks for it.
PLANNED_EACH_TIME: Final = re.compile(r"WITH hits AS|SELECT search_plain\(|SELECT coalesce\(\(SELECT sum\(position\)")


@dataclass(frozen=True, slots=True)
class Planned:
    """A statement as PostgreSQL counted it, over all connections."""

    statement: str
    plans: int
    calls: int

    @property
    def is_kept(self) -> bool:
        return self.plans <= PLANS * CONNECTIONS


OLDEST: Final = pytest.param(
    "of the machine", marks=pytest.mark.extended("the packaged PostgreSQL plans in the same way, each time")
)


@pytest.fixture(scope="module", params=["packaged", OLDEST])
def counting_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A database in a PostgreSQL that counts how often it plans and executes each statement."""
    installation: Installation | None = (
        packaged_installation() if request.param == "packaged" else request.getfixturevalue("machine_installation")
    )
    with open_directory() as directory:
        try:
            cluster = Cluster.start(directory, installation=installation, settings={**QUICK, **COUNTING})
        except ClusterError as problem:
            if "pg_stat_statements" not in str(problem):
                raise
            pytest.skip(f"PostgreSQL {request.param} has no pg_stat_statements, which is in its contrib package")
        with cluster:
            yield cluster.url


@pytest.fixture
async def rows(counting_url: str) -> AsyncIterator[OwnConnection]:
    """A connection for reading the counts."""
    connection = await asyncpg.connect(counting_url)
    await migrate.run(connection)
    await connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
    yield connection
    await connection.close()


async def test_frequent_statements_are_planned_once(
    counting_url: str, rows: OwnConnection, http: aiohttp.ClientSession, tmp_path: Path
) -> None:
    settings = settings_for(counting_url, UPLOAD_DIR=str(tmp_path), COTERIE_POOL_SIZE=str(CONNECTIONS))
    async with serving(settings) as server:
        browser = Browser(server.url, http)
        community = await gather_community(lambda name="person": Person.register(browser, name))
        await rows.execute("SELECT pg_stat_statements_reset()")
        await use(community)
        await converse(community, await opened(counting_url, community.owner, community.member))
    frequent = [each for each in await planned(rows) if each.calls >= OFTEN and each.plans]
    assert len(frequent) >= 15, "what was used is counted"
    searches = [each for each in frequent if PLANNED_EACH_TIME.match(each.statement)]
    assert [each for each in frequent if not each.is_kept and each not in searches] == []
    assert len(searches) == 3
    assert not any(each.is_kept for each in searches)


@pytest.mark.parametrize("before", [None, uuid4()], ids=["newest", "further back"])
async def test_a_page_is_read_in_the_order_of_its_index_before_there_are_statistics(
    rows: OwnConnection, before: UUID | None
) -> None:
    """A plan then expects few messages in each channel: to collect and sort them would read all of a long one."""
    await rows.execute("SET session_replication_role = replica")
    await rows.execute(
        """
        INSERT INTO messages (id, channel_id, author_id, seq, version, content, created_at)
        SELECT gen_random_uuid(), channel, gen_random_uuid(), seq, seq, 'hello', now()
        FROM generate_series(1, 22) AS seq, (SELECT gen_random_uuid() AS channel FROM generate_series(1, 200)) AS short
        """
    )
    await rows.execute("DELETE FROM pg_statistic WHERE starelid = 'messages'::regclass")
    for name, value in PLANNING.items():
        await rows.execute(f"SET {name} = {value}")
    seen: list[tuple[str, tuple[object, ...]]] = []
    await pages.as_of(Seeing(rows, seen), Place(uuid4(), uuid4(), "text"), 50, 0, before)  # type: ignore[arg-type]
    [(statement, values)] = seen
    await rows.execute(f"PREPARE some_page AS {statement}")
    given = ", ".join(f"'{value}'" for value in values)
    plan = await rows.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE some_page ({given})")
    assert '"Index Name": "messages_seq"' in plan
    assert '"Sort"' not in plan


class Seeing:
    """A connection that notes what it fetches."""

    def __init__(self, connection: OwnConnection, seen: list[tuple[str, tuple[object, ...]]]) -> None:
        self._connection, self._seen = connection, seen

    async def fetch(self, statement: str, *values: object) -> object:
        self._seen.append((statement, values))
        return await self._connection.fetch(statement, *values)


async def planned(rows: OwnConnection) -> list[Planned]:
    """The statements of this database, those that were planned most first."""
    found = await rows.fetch(
        """
        SELECT query, plans, calls FROM pg_stat_statements
        WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY plans DESC
        """
    )
    return [Planned(" ".join(row["query"].split()), row["plans"], row["calls"]) for row in found]


async def use(community: Community) -> None:
    """Write, read, search and change messages, one after the other, and rename the channel."""
    member, path = community.member, f"/api/channels/{community.channel}/messages"
    channel = f"/api/servers/{community.server}/channels/{community.channel}"
    socket = await member.socket()
    sent = []
    for number in range(TIMES):
        sent.append(await member.send(community.channel, f"hello {number}"))
        body = {"channel_id": community.channel, "content": "hello", "nonce": f"{number}"}
        await socket.say("MESSAGE_SEND", body)
    await socket.wait_for(lambda frame: frame["op"] == "MESSAGE_ACK" and frame["d"]["message"]["nonce"] == f"{number}")
    await socket.close()
    for number, message in enumerate(sent):
        await member.expect(200, "GET", path)
        await member.expect(200, "GET", f"{path}?before={message['id']}")
        await member.expect(200, "GET", f"/api/servers/{community.server}/search?q=hello")
        await member.expect(200, "PATCH", f"/api/messages/{message['id']}/read")
        await member.expect(200, "PATCH", f"/api/messages/{message['id']}", {"content": f"changed {number}"})
        await member.expect(204, "PUT", f"{path}/{message['id']}/reactions/👍")
        await community.owner.expect(200, "PATCH", channel, {"name": f"name-{number}"})


async def converse(community: Community, conversation: str) -> None:
    """One user writes, and the other's client says that each message was delivered and read."""
    for number in range(TIMES):
        sent = await community.owner.send(conversation, f"hello {number}")
        receipt = {"delivered": sent["id"], "read": sent["id"]}
        await community.member.expect(204, "PUT", f"/api/conversations/{conversation}/receipt", receipt)
