"""Limits: exact for messages, with simultaneous writes over every interface, and separate for each user."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import aiohttp
import pytest

from coterie.database.pool import OwnConnection
from coterie.usage import queries
from tests.files.conftest import upload, uploaded
from tests.patience import PATIENCE
from tests.people import Answer, Browser, Community, Person
from tests.serving import serving, settings_for
from tests.startup.conftest import coterie
from tests.usage.conftest import assert_exceeded, community_on, count_of, limited

pytestmark = pytest.mark.usefixtures("quick")


async def send(person: Person, community: Community, content: str = "hello", **fields: str) -> Answer:
    return await person.post(f"/api/channels/{community.channel}/messages", {"content": content, **fields})


async def until(person: Person, metric: str, limit: int | None) -> None:
    """Until the server applies what the operator set."""
    async with asyncio.timeout(PATIENCE):
        while (await person.expect(200, "GET", "/api/usage"))["limits"][metric] != limit:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def allow(url: str, person: Person, metric: str, value: str) -> str:
    command = ("user", "limit", person.username, metric, value)
    ended = await asyncio.to_thread(coterie, *command, variables={"DATABASE_URL": url})
    assert ended.code == 0, ended.complaint
    return ended.output


async def test_the_limit_is_exact_over_two_servers(
    database_url: str, http: aiohttp.ClientSession, counted: OwnConnection
) -> None:
    settings = settings_for(database_url, COTERIE_USAGE_MESSAGES="10")
    async with serving(settings) as here, serving(settings) as there:
        community = await community_on(here, http)
        elsewhere = Person(Browser(there.url, http), community.owner.login)
        people = [community.owner, elsewhere] * 20
        answers = await asyncio.gather(*(send(person, community) for person in people))
        assert sorted(answer.status for answer in answers) == [201] * 10 + [429] * 30
        for answer in answers:
            if answer.status == 429:
                assert_exceeded(answer)
        assert await count_of(counted, community.owner, "messages_sent") == 10
        assert (await send(community.member, community)).status == 201
        report = await community.owner.expect(200, "GET", "/api/usage")
        assert (report["limit_exceeded"], report["messages_sent"], report["limits"]["messages_sent"]) == (True, 10, 10)


async def test_a_repeat_is_not_counted_and_is_answered_with_the_first(
    database_url: str, http: aiohttp.ClientSession
) -> None:
    async with limited(database_url, http, COTERIE_USAGE_MESSAGES="2") as community:
        owner = community.owner
        first = await send(owner, community, nonce="key")
        answers = await asyncio.gather(*(send(owner, community, nonce="key") for _ in range(5)), send(owner, community))
        assert [answer.status for answer in answers] == [201] * 6
        assert {answer.body["id"] for answer in answers[:5]} == {first.body["id"]}
        assert_exceeded(await send(owner, community))
        assert (await send(owner, community, nonce="key")).body["id"] == first.body["id"]


async def test_every_interface(database_url: str, http: aiohttp.ClientSession) -> None:
    async with limited(database_url, http, COTERIE_USAGE_MESSAGES="1", COTERIE_USAGE_PERIOD="day") as community:
        owner, channel = community.owner, community.channel
        first = await owner.send(channel, "the only one")
        assert_exceeded(await send(owner, community))
        path = f"/api/channels/{channel}/messages/{first['id']}/thread"
        assert_exceeded(await owner.post(path, {"content": "a reply"}))
        put = f"/sync/channels/{channel}/messages/{uuid4()}"
        assert_exceeded(await owner.call("PUT", put, json={"content": "another"}))
        socket = await owner.socket()
        await socket.say("MESSAGE_SEND", {"channel_id": channel, "content": "another", "nonce": "n"})
        refused = await socket.wait_for(lambda frame: frame.get("op") == "MESSAGE_REFUSED")
        assert refused["d"]["code"] == "usage_limit_exceeded"
        assert 0 < refused["d"]["retry_after"] <= 86_400
        await owner.expect(200, "PATCH", f"/api/messages/{first['id']}", {"content": "changed"})


async def test_slow_mode_and_a_limit(database_url: str, http: aiohttp.ClientSession, counted: OwnConnection) -> None:
    async with limited(database_url, http, COTERIE_USAGE_MESSAGES="1") as community:
        path = f"/api/servers/{community.server}/channels/{community.channel}"
        await community.owner.expect(200, "PATCH", path, {"slow_mode_seconds": 3600})
        assert (await send(community.member, community)).status == 201
        assert (await send(community.member, community)).code == "slow_mode"
        await counted.execute("UPDATE slow_mode_sends SET sent_at = sent_at - interval '1 hour'")
        assert_exceeded(await send(community.member, community))


async def test_a_new_period(database_url: str, http: aiohttp.ClientSession, counted: OwnConnection) -> None:
    async with limited(database_url, http, COTERIE_USAGE_MESSAGES="1") as community:
        assert [(await send(community.owner, community)).status for _ in range(2)] == [201, 429]
        await counted.execute(
            "UPDATE usage_tracking SET period_start = period_start - interval '1 month', period_end = period_start"
        )
        assert [(await send(community.owner, community)).status for _ in range(2)] == [201, 429]


async def test_requests(database_url: str, http: aiohttp.ClientSession, counted: OwnConnection) -> None:
    async with limited(database_url, http, COTERIE_USAGE_REQUESTS="6") as community:
        made = [await community.outsider.get("/api/users/@me") for _ in range(8)]
        assert [answer.status for answer in made] == [200] * 6 + [429] * 2
        assert_exceeded(made[-1])
        assert_exceeded(await community.outsider.get(f"/sync/servers/{uuid4()}"))
        report = await community.outsider.expect(200, "GET", "/api/usage")
        assert (report["api_requests"], report["limit_exceeded"]) == (6, True)
        await community.member.expect(200, "GET", "/api/users/@me")
    assert await count_of(counted, community.outsider, "api_requests") == 6, "written at the latest when it stops"


async def test_stopping_amid_a_write_counts_nothing_twice(
    database_url: str, http: aiohttp.ClientSession, counted: OwnConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_stored = asyncio.Event()
    add = queries.add

    async def slow_to_answer(*args: Any) -> dict[UUID, int]:
        written = await add(*args)
        is_stored.set()
        await asyncio.sleep(0.1)  # while the server stops
        return written

    async with limited(database_url, http, COTERIE_USAGE_REQUESTS="6") as community:
        monkeypatch.setattr(queries, "add", slow_to_answer)
        await community.outsider.expect(200, "GET", "/api/users/@me")
        async with asyncio.timeout(PATIENCE):
            await is_stored.wait()
    assert await count_of(counted, community.outsider, "api_requests") == 1


@pytest.mark.longer
async def test_limits_set_by_the_operator(database_url: str, http: aiohttp.ClientSession) -> None:
    async with limited(database_url, http, COTERIE_USAGE_MESSAGES="1") as community:
        owner, member = community.owner, community.member
        shown = await allow(database_url, owner, "messages_sent", "2")
        assert "messages_sent" in shown
        await until(owner, "messages_sent", 2)
        assert [(await send(owner, community)).status for _ in range(3)] == [201, 201, 429]
        assert [(await send(member, community)).status for _ in range(2)] == [201, 429]
        await allow(database_url, owner, "messages_sent", "none")
        await until(owner, "messages_sent", None)
        assert (await send(owner, community)).status == 201
        await allow(database_url, owner, "messages_sent", "default")
        await until(owner, "messages_sent", 1)
        assert_exceeded(await send(owner, community))


async def test_what_one_account_may_keep(database_url: str, http: aiohttp.ClientSession, tmp_path: Path) -> None:
    async with limited(database_url, http, UPLOAD_DIR=str(tmp_path / "kept")) as community:
        owner, member = community.owner, community.member
        await allow(database_url, owner, "storage_bytes", "3000")
        await until(owner, "storage_bytes", 3000)
        message, theirs = [(await each.send(community.channel, "look"))["id"] for each in (owner, member)]
        await uploaded(owner, message, ("a.txt", b"x" * 2000))
        assert (await upload(owner, message, ("b.txt", b"x" * 2000))).code == "quota_exceeded"
        await uploaded(member, theirs, ("b.txt", b"x" * 4000))
        await allow(database_url, owner, "storage_bytes", "0")
        await until(owner, "storage_bytes", 0)
        assert (await upload(owner, message, ("b.txt", b"x"))).code == "quota_exceeded"


@pytest.mark.parametrize("words", [("messages", "1"), ("messages_sent", "-1"), ("messages_sent", "many")])
async def test_what_a_limit_cannot_be(database_url: str, words: tuple[str, str]) -> None:
    ended = await asyncio.to_thread(
        coterie, "user", "limit", "nobody", *words, variables={"DATABASE_URL": database_url}
    )
    assert ended.code == 2
    assert "Traceback" not in ended.complaint


async def test_old_counts_are_removed(database_url: str, http: aiohttp.ClientSession, counted: OwnConnection) -> None:
    async with limited(database_url, http) as community:
        member = UUID(community.member.id)
        await counted.execute(
            """
            INSERT INTO usage_tracking (user_id, metric, period_start, period_end, count)
            SELECT $1, 'messages_sent', now() - days * interval '1 day', now() - (days - 1) * interval '1 day', days
            FROM unnest(ARRAY[100, 390, 402, 900]) AS days
            """,
            member,
        )
    async with limited(database_url, http):
        statement = "SELECT array_agg(count ORDER BY count) FROM usage_tracking WHERE user_id = $1 AND metric = $2"
        async with asyncio.timeout(PATIENCE):
            while await counted.fetchval(statement, member, "messages_sent") != [100, 390]:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
