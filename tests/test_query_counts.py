"""How many statements a request costs. A number that grows with the data is a mistake; one that changes is looked at.

The caller is remembered after their first request, so identifying them costs nothing.
"""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from coterie.database import pool as pools
from coterie.log.writer import Writer
from coterie.process.log_output import request_id
from tests.files.conftest import uploaded
from tests.people import Browser, Community, Person
from tests.serving import gather_community, serving, settings_for

FRAME = re.compile(
    r"(?i)\s*(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|SELECT pg_advisory_unlock_all|SELECT\s+set_config"
    r"|SELECT\s+current_setting\('jit'\)|WITH RECURSIVE typeinfo_tree)"
)
"""The frame of a transaction, and the driver's own questions about types: not counted."""


class Counter:
    """Sees the statements of requests, and of the batches in which their messages are stored: all that is done under
    the id of a request. What the process does in the background has none."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    def see(self, logged: Any) -> None:
        if request_id.get() and not FRAME.match(logged.query):
            self.statements.append(logged.query)

    @contextmanager
    def expecting(self, count: int) -> Iterator[None]:
        self.statements.clear()
        yield
        assert len(self.statements) == count, "\n---\n".join(self.statements)


@dataclass(frozen=True, slots=True)
class Counted:
    community: Community
    counter: Counter
    browser: Browser


@pytest.fixture
async def counted(
    database_url: str, http: aiohttp.ClientSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Counted]:
    """The cast on a server of its own, whose pool reports every statement."""
    counter = Counter()

    class CountingConnection(pools._DatedConnection):
        def __init__(self, *arguments: object) -> None:
            super().__init__(*arguments)
            self.add_query_logger(counter.see)

    async def run_for_requests(writer: Writer[Any, Any]) -> None:
        request_id.set("of a batch")  # the context is the batch's own
        await run(writer)

    run = Writer._run
    monkeypatch.setattr(Writer, "_run", run_for_requests)
    monkeypatch.setattr(pools, "_DatedConnection", CountingConnection)
    async with serving(settings_for(database_url, UPLOAD_DIR=str(tmp_path))) as server:
        browser = Browser(server.url, http)
        community = await gather_community(lambda name="person": Person.register(browser, name))
        for person in (community.owner, community.member, community.outsider):
            await person.expect(200, "GET", f"/api/users/{person.id}")
            await person.get(f"/api/channels/{community.channel}/messages")  # so that their permissions are known
        yield Counted(community, counter, browser)


COUNTS = {
    "GET /api/users/@me": 1,
    "GET /api/servers": 1,
    "GET /api/servers/{server}": 1,
    "GET /api/servers/{server}/members": 3,
    "GET /api/servers/{server}/channels": 1,
    "GET /api/channels/{channel}/messages": 1,
    "GET /api/channels/{channel}/messages?limit=100": 1,
    "GET /api/servers/{server}/search?q=first": 4,
}


async def test_reading_costs_the_same_however_much_there_is(counted: Counted) -> None:
    """One statement says whether they may and one reads; the newest page does both in one, channels are known."""
    community = counted.community
    await community.member.send(community.channel, "first")
    for round in range(2):
        for call, count in COUNTS.items():
            path = call.partition(" ")[2].format(server=community.server, channel=community.channel)
            with counted.counter.expecting(count):
                await community.member.expect(200, "GET", path)
        if round == 0:
            await grow(counted)


async def grow(counted: Counted) -> None:
    """More of everything that is read."""
    community = counted.community
    await community.outsider.expect(201, "POST", f"/api/servers/{community.server}/join")
    channels = f"/api/servers/{community.server}/channels"
    await community.owner.expect(201, "POST", channels, {"name": "more", "type": "text"})
    body = {"name": "Mine", "is_public": True}
    await community.member.expect(201, "POST", "/api/servers", body)
    for number in range(20):
        await community.member.send(community.channel, f"{number}")


async def test_rules_of_automod_cost_nothing_but_for_spam_and_repeats(counted: Counted) -> None:
    """Rules for texts are judged from memory; earlier messages are counted once, under the channel's lock."""
    community = counted.community
    rules = f"/api/servers/{community.server}/automod"
    change: dict[str, Any] = {"enabled": True, "word_filter_enabled": True, "link_filter_enabled": True}
    await community.owner.expect(201, "POST", f"{rules}/words", {"word": "r*l", "match": "pattern"})
    spam = {"spam_enabled": True, "spam_max_messages": 50}
    cases: list[tuple[dict[str, Any], int]] = [({}, 1), (spam, 3), ({"enabled": False}, 1)]
    for more, count in cases:
        await community.owner.expect(200, "PATCH", rules, change | more)
        await community.member.send(community.channel, "so that the rules are known")
        with counted.counter.expecting(count):
            await community.member.send(community.channel, f"hello {more}")


async def test_a_page_before_a_message_costs_one(counted: Counted) -> None:
    """Unless it is empty: then it is asked for without what the process knows of the reader's permissions."""
    community = counted.community
    first = await community.member.send(community.channel, "hello")
    second = await community.member.send(community.channel, "hello again")
    path = f"/api/channels/{community.channel}/messages"
    with counted.counter.expecting(1):
        [found] = await community.member.expect(200, "GET", f"{path}?before={second['id']}")
    assert found["id"] == first["id"]
    with counted.counter.expecting(5):
        assert await community.member.expect(200, "GET", f"{path}?before={first['id']}") == []


async def test_a_page_after_or_around_a_message_costs_some_more(counted: Counted) -> None:
    community = counted.community
    sent = await community.member.send(community.channel, "hello")
    path = f"/api/channels/{community.channel}/messages"
    for cursor, count in [("after", 4), ("around", 5)]:
        with counted.counter.expecting(count):
            await community.member.expect(200, "GET", f"{path}?{cursor}={sent['id']}")


async def test_sending_costs_one_statement(counted: Counted) -> None:
    community = counted.community
    with counted.counter.expecting(1):
        await community.member.send(community.channel, "hello", nonce="n")


async def test_a_mention_costs_one_more(counted: Counted) -> None:
    """Their names are looked up, all at once; what they may view is known."""
    community = counted.community
    text = f"@{community.owner.username} @{community.member.username}, @everyone"
    with counted.counter.expecting(2):
        await community.owner.send(community.channel, text)


async def test_a_thread_costs_what_messages_cost(counted: Counted) -> None:
    """A reply is one statement, its root included; a page looks at the root and the permissions to it first."""
    community = counted.community
    root = await community.member.send(community.channel, "hello")
    path = f"/api/channels/{community.channel}/messages/{root['id']}/thread"
    for _ in range(3):
        with counted.counter.expecting(1):
            await community.owner.expect(201, "POST", path, {"content": "hello"})
    with counted.counter.expecting(4):
        await community.owner.expect(200, "GET", path)


async def test_unread_counts_of_all_channels_cost_one(counted: Counted) -> None:
    """Your servers, what changed in them since, and your conversations."""
    community = counted.community
    await grow(counted)
    with counted.counter.expecting(4):
        await community.owner.expect(200, "GET", "/api/users/@me/unread")


async def test_an_inbox_costs_the_same_however_much_there_is(counted: Counted) -> None:
    """Your servers, what changed in them, your conversations, the items and their parts; one more for a cursor."""
    community = counted.community
    call = f"@{community.owner.username}"
    last = await community.member.send(community.channel, call)
    for round in range(2):
        for query, count in (("", 5), ("?unread=true", 5), (f"?before={last['id']}", 6)):
            with counted.counter.expecting(count):
                await community.owner.expect(200, "GET", f"/api/inbox{query}")
        if round == 0:
            await grow(counted)
            for _ in range(5):
                last = await community.member.send(community.channel, call)


async def test_a_reply_costs_one_more(counted: Counted) -> None:
    """Whose message it answers is looked up."""
    community = counted.community
    asked = await community.member.send(community.channel, "a question")
    with counted.counter.expecting(2):
        await community.owner.send(community.channel, "an answer", reply_to=asked["id"])


async def test_an_unknown_name_costs_nothing(counted: Counted) -> None:
    with counted.counter.expecting(0):
        assert (await counted.browser.get("/api/servers")).status == 401


async def test_reactions_cost_one_more(counted: Counted) -> None:
    community = counted.community
    sent = await community.member.send(community.channel, "hello")
    path = f"/api/channels/{community.channel}/messages"
    await community.owner.expect(204, "PUT", f"{path}/{sent['id']}/reactions/x")
    with counted.counter.expecting(2):
        [page] = await community.member.expect(200, "GET", path)
    assert page["reactions"] == [{"emoji": "x", "count": 1, "me": False}]


async def test_polls_cost_one_more_however_many(counted: Counted) -> None:
    community = counted.community
    path = f"/api/channels/{community.channel}/messages"
    for number in range(3):
        body = {"question": f"{number}?", "options": ["yes", "no"]}
        made = await community.member.expect(201, "POST", f"/api/channels/{community.channel}/polls", body)
        option = made["poll"]["options"][0]["id"]
        await community.owner.expect(200, "POST", f"/api/polls/{made['id']}/vote", {"option_id": option})
    with counted.counter.expecting(3):
        page = await community.member.expect(200, "GET", path)
    assert [message["poll"]["total_votes"] for message in page] == [1, 1, 1]


async def test_events_cost_one_more_however_many(counted: Counted) -> None:
    community = counted.community
    path = f"/api/channels/{community.channel}"
    for number in range(3):
        body = {"name": f"{number}", "starts_at": f"203{number}-01-01T00:00:00Z"}
        made = await community.member.expect(201, "POST", f"{path}/events", body)
        await community.owner.expect(200, "PUT", f"/api/events/{made['id']}/answer", {"answer": "coming"})
    with counted.counter.expecting(3):
        page = await community.member.expect(200, "GET", f"{path}/messages")
    assert [message["event"]["coming"] for message in page] == [1, 1, 1]


async def test_files_cost_no_more_than_reactions(counted: Counted) -> None:
    """However many messages have them: one statement reads what hangs on all messages of a page."""
    community = counted.community
    path = f"/api/channels/{community.channel}/messages"
    for number in range(3):
        sent = await community.member.send(community.channel, "look")
        await uploaded(community.member, sent["id"], (f"{number}.txt", b"x"))
    with counted.counter.expecting(2):
        page = await community.member.expect(200, "GET", path)
    assert [len(message["attachments"]) for message in page] == [1, 1, 1]
    with counted.counter.expecting(2):
        url = f"{community.owner.url}/api{page[0]['attachments'][0]['url']}"
        async with community.owner.http.get(
            url, headers={"Authorization": f"Bearer {community.owner.token}"}
        ) as response:
            assert response.status == 200


async def test_refusing_an_outsider_costs_one(counted: Counted) -> None:
    """The check of their present permissions."""
    community = counted.community
    with counted.counter.expecting(1):
        path = f"/api/channels/{community.channel}/messages"
        assert (await community.outsider.get(path)).status == 404


async def test_voice_costs_the_same_however_many_are_there(counted: Counted) -> None:
    """Joining reads and locks before it writes; what changes later is one look, one lock, one write, one event."""
    community = counted.community
    path = f"/api/channels/{community.voice}/voice"
    for person in (community.owner, community.member):
        await person.expect(201, "POST", path)
    for _ in range(2):
        with counted.counter.expecting(10):
            await community.member.expect(201, "POST", path)
        with counted.counter.expecting(6):
            await community.member.expect(200, "PATCH", path, {"self_mute": True})
        with counted.counter.expecting(2):
            await community.member.expect(200, "GET", path)


async def test_connecting_costs_the_same_however_much_there_is(counted: Counted) -> None:
    """What there is, and its positions after subscribing; nothing for each server, channel or co-member."""
    community = counted.community
    counts = []
    for round in range(2):
        if round:
            await grow(counted)
        await (await community.member.socket()).close()  # so that what is there is known to the process
        counted.counter.statements.clear()
        socket = await community.member.socket()
        counts.append(len(counted.counter.statements))
        await socket.close()
    assert 2 < counts[0] == counts[1] <= 24


CONVERSATION_COUNTS = {
    "GET /api/conversations": 5,
    "GET /api/conversations/{id}": 5,
    "GET /api/dm-channels": 5,
    "GET /api/conversations/{id}/messages": 3,
    "GET /api/conversations/{id}/participants": 2,
    "GET /api/channels/{id}/messages": 3,
}


async def test_conversations_cost_the_same_however_many_there_are(counted: Counted) -> None:
    """One statement for each thing that is shown of all; what was fetched is noted behind the answer."""
    community = counted.community
    owner, member = community.owner, community.member
    body = {"participant_ids": [member.id]}
    id = (await owner.expect(201, "POST", "/api/conversations", body))["id"]
    await member.send(id, "hello")
    for round in range(2):
        for path in (f"/api/channels/{id}/messages", f"/api/conversations/{id}/messages"):
            await owner.expect(200, "GET", path)
        await owner.expect(204, "POST", f"/api/channels/{id}/ack")  # behind it nothing that was fetched is to be noted
        for call, count in CONVERSATION_COUNTS.items():
            with counted.counter.expecting(count):
                await owner.expect(200, "GET", call.partition(" ")[2].format(id=id))
        if round == 0:
            for number in range(5):
                other = await Person.register(counted.browser)
                made = await owner.expect(201, "POST", "/api/conversations", {"participant_ids": [other.id]})
                await owner.send(made["id"], f"{number}")


async def test_opening_and_reading_up_cost_the_same_each_time(counted: Counted) -> None:
    """Found again it is looked for under the locks, shown again, and told as it is; a receipt moves two positions."""
    owner, member = counted.community.owner, counted.community.member
    body = {"participant_ids": [member.id]}
    id = (await owner.expect(201, "POST", "/api/conversations", body))["id"]
    sent = await owner.send(id, "hello")
    await member.expect(204, "PUT", f"/api/conversations/{id}/receipt", {"delivered": sent["id"]})
    for _ in range(2):
        with counted.counter.expecting(12):
            await owner.expect(200, "POST", "/api/conversations", body)
        with counted.counter.expecting(4):
            await member.expect(204, "PUT", f"/api/conversations/{id}/receipt", {"delivered": sent["id"]})
