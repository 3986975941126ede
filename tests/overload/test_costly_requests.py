"""Requests that read much take turns, those of one account one at a time, and delay nothing else."""

import asyncio
import json
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import aiohttp
import pytest

from coterie.http.account_turns import REQUESTS_LIMIT, AccountRequests, AccountTurns, release
from coterie.http.refusals import DELAY_SECONDS, PROMPT, Refusals
from coterie.previews.actions import Previews
from coterie.previews.models import LinkPreview
from coterie.profiles import queries as profile_queries
from coterie.sync.exchange import Exchange
from tests.documents.simpleton import put
from tests.documents.test_documents import make
from tests.patience import PATIENCE
from tests.people import Answer, Browser, Person
from tests.serving import gather_community, serving, settings_for

COSTLY = [
    ("GET", "/api/servers/{server}/members"),
    ("GET", "/api/servers/{server}/members/search?q=a"),
    ("GET", "/api/servers/{server}/search?q=word"),
    ("GET", "/api/servers/{server}/audit-logs"),
    ("GET", "/api/servers/{server}/reports"),
    ("GET", "/api/users/@me/unread"),
    ("GET", "/api/contacts"),
    ("GET", "/api/blocks"),
    ("GET", "/api/conversations"),
    ("GET", "/api/dm-channels"),
    ("GET", "/api/inbox"),
    ("POST", "/api/inbox/read"),
    ("POST", "/api/servers/{server}/ack"),
    ("GET", "/sync/me"),
    ("GET", "/sync/servers/{server}"),
]


async def test_an_account_with_a_costly_request_waits_with_the_next_and_nobody_else_does(
    database_url: str, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = AccountTurns(12)
    monkeypatch.setattr("coterie.services.making.AccountTurns", lambda *_: turns)
    async with serving(settings_for(database_url)) as server:
        cast = await gather_community(partial(Person.register, Browser(server.url, http)))
        owner, member = cast.owner, cast.member
        paths = [(method, path.format(server=cast.server)) for method, path in COSTLY]
        async with turns.turn(UUID(owner.id)):
            waiting = [asyncio.create_task(owner.call(method, path)) for method, path in paths]
            async with asyncio.timeout(PATIENCE):
                while turns.waiting < len(paths):  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            assert (await owner.get("/api/users/@me")).status == 200
            assert (await member.get(paths[0][1])).status == 200
            assert not any(task.done() for task in waiting)
        answers = await asyncio.gather(*waiting)
    assert {answer.status for answer in answers} <= {200, 204}
    assert (turns.waiting, turns.taken) == (0, 0)


async def test_a_turn_ends_once() -> None:
    """When the answer begins, and again when the request has ended: by then it may be another's."""
    turns, ann, ben = AccountTurns(6), UUID(int=1), UUID(int=2)
    first: dict[str, object] = {}
    second: dict[str, object] = {}
    await turns.take(first, ann)
    following = asyncio.create_task(turns.take(second, ben))
    await asyncio.sleep(0)
    release(first)
    await following
    release(first)
    assert turns.taken == 1
    release(second)
    release({})
    assert turns.taken == 0


async def test_an_account_has_few_requests_under_way_and_its_others_wait() -> None:
    requests, ann, ben = AccountRequests(2), UUID(int=1), UUID(int=2)
    scopes: list[dict[str, object]] = [{} for _ in range(3)]
    for scope in scopes[:2]:
        await requests.take(scope, ann)
    waiting = asyncio.create_task(requests.take(scopes[2], ann))
    await asyncio.sleep(0)
    await requests.take({}, ben)
    assert not waiting.done()
    release(scopes[0])
    await waiting
    await AccountRequests(None).take(scopes[0], ann)


async def test_of_many_requests_at_once_no_more_are_under_way(
    database_url: str, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit is that of a server as it is shipped, whatever the requests ask."""
    most = under_way = 0
    everyone = asyncio.Event()
    read = profile_queries.public_profile

    async def counted(*given: Any) -> Any:
        nonlocal most, under_way
        under_way += 1
        most = max(most, under_way)
        if under_way == REQUESTS_LIMIT:
            everyone.set()
        await everyone.wait()
        try:
            return await read(*given)
        finally:
            under_way -= 1

    monkeypatch.setattr(profile_queries, "public_profile", counted)
    async with serving(settings_for(database_url, RATE_LIMITS="on", APP_ENV="production")) as server:
        person = await Person.register(Browser(server.url, http))
        path = f"/api/users/{person.id}"
        answers = await asyncio.gather(*(person.get(path) for _ in range(3 * REQUESTS_LIMIT)))
    assert {answer.status for answer in answers} == {200}
    assert most == REQUESTS_LIMIT


async def test_what_waits_for_other_servers_takes_no_turn(
    database_url: str, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An account that looks at many slow links goes on reading."""
    fetching, gate = asyncio.Semaphore(0), asyncio.Event()

    async def slow(*_: Any) -> LinkPreview:
        fetching.release()
        await gate.wait()
        return LinkPreview("https://example.org/", None, None, None, None)

    monkeypatch.setattr(Previews, "preview", slow)
    async with serving(settings_for(database_url, RATE_LIMITS="on", APP_ENV="production")) as server:
        person = await Person.register(Browser(server.url, http))
        path = "/api/link-preview?url=https://example.org/"
        looking = [asyncio.create_task(person.get(path)) for _ in range(REQUESTS_LIMIT + 1)]
        for _ in looking:
            await fetching.acquire()
        assert (await person.get("/api/users/@me")).status == 200
        gate.set()
        assert {answer.status for answer in await asyncio.gather(*looking)} == {200}


async def test_a_write_that_waits_for_the_one_before_it_takes_no_turn(
    database_url: str, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one before it is a request of the same account, which would wait for its turn."""
    monkeypatch.setattr("coterie.http.account_turns.REQUESTS_LIMIT", 1)
    waits, release_turns = asyncio.Semaphore(0), Exchange.release_turns

    def released(exchange: Exchange) -> None:
        release_turns(exchange)
        waits.release()

    monkeypatch.setattr(Exchange, "release_turns", released)
    async with serving(settings_for(database_url, RATE_LIMITS="on", APP_ENV="production")) as server:
        cast = await gather_community(partial(Person.register, Browser(server.url, http)))
        owner, messages = cast.owner, f"/sync/channels/{cast.channel}/messages"
        document = f"/sync/documents/{await make(owner, cast.channel)}"
        async with asyncio.timeout(PATIENCE):
            late = asyncio.create_task(put(owner, document, "a-5", ["a-4"], [(5, 5, "!")]))
            await waits.acquire()
            assert (await put(owner, document, "a-4", [], [(0, 0, "hello")]))[0] == 200
            assert (await late)[0] == 200
            second = asyncio.create_task(write(owner, messages, "two", Version='"ann-2"', Parents='"ann-1"'))
            await waits.acquire()
            assert (await write(owner, messages, "one", Version='"ann-1"', Parents="")).status == 200
            assert (await second).status == 200


async def write(person: Person, messages: str, content: str, **headers: str) -> Answer:
    return await person.call("PUT", f"{messages}/{uuid4()}", data=json.dumps({"content": content}), headers=headers)


async def test_an_address_that_is_refused_again_and_again_is_refused_later(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr("coterie.http.refusals.asyncio.sleep", sleep)
    refusals = Refusals()
    for _ in range(PROMPT.burst):
        await refusals.pace({"client": ("192.0.2.1", 1)})
    assert not pauses
    await refusals.pace({"client": ("192.0.2.1", 2)})
    await refusals.pace({"client": ("192.0.2.2", 1)})
    assert pauses == [DELAY_SECONDS]


async def test_who_leaves_while_waiting_keeps_nothing() -> None:
    turns, ann, ben = AccountTurns(6), UUID(int=1), UUID(int=2)
    async with turns.turn(ben):
        leaving = asyncio.create_task(turns.take({}, ann))
        await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
    async with turns.turn(ann):
        assert (turns.waiting, turns.taken) == (0, 1)
