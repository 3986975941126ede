"""`slow_mode_seconds` of a channel, and its effect on sending"""

import asyncio
from typing import Any

import pytest

from coterie.database.pool import OwnConnection
from tests.people import Answer, Person
from tests.roles.ranks import Ranks


def channel_path(ranks: Ranks) -> str:
    return f"/api/servers/{ranks.server}/channels/{ranks.channel}"


async def slow(ranks: Ranks, seconds: int = 3600) -> None:
    changed = await ranks.owner.expect(200, "PATCH", channel_path(ranks), {"slow_mode_seconds": seconds})
    assert changed["slow_mode_seconds"] == seconds


async def send(person: Person, ranks: Ranks, content: str = "hello", **fields: Any) -> Answer:
    return await person.post(f"/api/channels/{ranks.channel}/messages", {"content": content, **fields})


async def test_a_member_waits_between_two_messages(ranks: Ranks, rows: OwnConnection) -> None:
    assert (await ranks.owner.expect(200, "GET", channel_path(ranks)))["slow_mode_seconds"] == 0
    await slow(ranks)
    assert (await send(ranks.member, ranks)).status == 201
    answer = await send(ranks.member, ranks, "again")
    assert (answer.status, answer.code) == (429, "slow_mode")
    assert 3500 < int(answer.headers["Retry-After"]) <= 3600
    await rows.execute(
        "UPDATE slow_mode_sends SET sent_at = sent_at - interval '1 hour' WHERE channel_id = $1", ranks.channel
    )
    assert (await send(ranks.member, ranks, "an hour later")).status == 201


async def test_each_member_waits_for_themselves_and_moderators_not(ranks: Ranks) -> None:
    await slow(ranks)
    await ranks.community.outsider.expect(201, "POST", f"/api/servers/{ranks.server}/join")
    for person in (ranks.member, ranks.community.outsider):
        assert [(await send(person, ranks)).status for _ in range(2)] == [201, 429]
    for person in (ranks.moderator, ranks.admin, ranks.owner):
        assert [(await send(person, ranks)).status for _ in range(3)] == [201] * 3


async def test_of_many_at_once_one_is_taken(ranks: Ranks) -> None:
    await slow(ranks)
    answers = await asyncio.gather(*(send(ranks.member, ranks, f"{number}") for number in range(12)))
    assert sorted(answer.status for answer in answers) == [201] + [429] * 11
    stored = await ranks.owner.expect(200, "GET", f"/api/channels/{ranks.channel}/messages")
    assert len(stored) == 1


async def test_a_repeat_is_answered_with_the_first(ranks: Ranks) -> None:
    await slow(ranks)
    first, again = await send(ranks.member, ranks, nonce="key"), await send(ranks.member, ranks, nonce="key")
    assert (first.status, again.status) == (201, 201)
    assert first.body["id"] == again.body["id"]


async def test_what_is_refused_takes_no_turn(ranks: Ranks) -> None:
    await slow(ranks)
    nowhere = "00000000-0000-7000-8000-000000000000"
    assert (await send(ranks.member, ranks, reply_to=nowhere)).code == "reply_not_found"
    assert (await send(ranks.member, ranks)).status == 201


async def test_it_counts_for_threads_and_for_the_gateway(ranks: Ranks) -> None:
    root = await ranks.owner.send(ranks.channel, "root")
    await slow(ranks)
    assert (await send(ranks.member, ranks)).status == 201
    thread = f"/api/channels/{ranks.channel}/messages/{root['id']}/thread"
    assert (await ranks.member.post(thread, {"content": "reply"})).code == "slow_mode"
    socket = await ranks.member.socket()
    await socket.say("MESSAGE_SEND", {"channel_id": ranks.channel, "content": "x", "nonce": "n"})
    refused = await socket.wait_for(lambda frame: frame.get("op") == "MESSAGE_REFUSED")
    assert (refused["d"]["code"], refused["d"]["retry_after"] > 0) == ("slow_mode", True)


async def test_it_ends_and_gets_shorter_at_once(ranks: Ranks) -> None:
    await slow(ranks)
    assert [(await send(ranks.member, ranks)).status for _ in range(2)] == [201, 429]
    await slow(ranks, 0)
    assert [(await send(ranks.member, ranks)).status for _ in range(2)] == [201, 201]


@pytest.mark.parametrize(("seconds", "status"), [(-1, 400), (21_601, 400), (None, 422), ("5", 422)])
async def test_bad_values_are_reported(ranks: Ranks, seconds: Any, status: int) -> None:
    answer = await ranks.owner.patch(channel_path(ranks), {"slow_mode_seconds": seconds})
    assert (answer.status, list(answer.body["fields"])) == (status, ["slow_mode_seconds"])


async def test_a_channel_may_begin_slow(ranks: Ranks) -> None:
    body = {"name": "slow", "type": "text", "slow_mode_seconds": 21_600}
    made = await ranks.owner.expect(201, "POST", f"/api/servers/{ranks.server}/channels", body)
    assert made["slow_mode_seconds"] == 21_600
