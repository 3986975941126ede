"""Requests that read much take turns, those of one account one at a time, and delay nothing else."""

import asyncio
from functools import partial
from uuid import UUID

import aiohttp
import pytest

from coterie.http.account_turns import AccountTurns, release
from tests.patience import PATIENCE
from tests.people import Browser, Person
from tests.serving import gather_community, serving, settings_for

COSTLY = [
    ("GET", "/api/servers/{server}/members"),
    ("GET", "/api/servers/{server}/members/search?q=a"),
    ("GET", "/api/servers/{server}/search?q=word"),
    ("GET", "/api/servers/{server}/audit-logs"),
    ("GET", "/api/servers/{server}/reports"),
    ("GET", "/api/users/@me/unread"),
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


async def test_who_leaves_while_waiting_keeps_nothing() -> None:
    turns, ann, ben = AccountTurns(6), UUID(int=1), UUID(int=2)
    async with turns.turn(ben):
        leaving = asyncio.create_task(turns.take({}, ann))
        await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
    async with turns.turn(ann):
        assert (turns.waiting, turns.taken) == (0, 1)
