"""The npm package braid-http against Coterie's Braid interface: subscribe, cut, resume, write, two writers."""

import asyncio
import json
import random
from typing import Any
from uuid import uuid4

import pytest

from tests.braid_client.conftest import Start, Wire
from tests.people import Community

pytestmark = pytest.mark.extended("another client's package; tests/sync and tests/messenger test the same protocol")


def messages_of(community: Community) -> str:
    return f"/sync/channels/{community.channel}/messages"


def reassembled(updates: list[dict[str, Any]]) -> dict[str, Any]:
    """The object that the updates result in."""
    state: dict[str, Any] = {}
    for update in updates:
        if update.get("body") is not None:
            state = json.loads(update["body"])
        for patch in update.get("patches") or []:
            [key] = json.loads(patch["range"])
            if patch["content"]:
                state[key] = json.loads(patch["content"])
            else:
                del state[key]
    return state


async def test_a_subscription(community: Community, start: Start) -> None:
    first = await community.member.send(community.channel, "caf\N{LATIN SMALL LETTER E WITH ACUTE}")
    client = await start(community.owner)
    await client.do("subscribe", "s", path=messages_of(community), heartbeats=5, peer="p1")
    [answer] = await client.told("s", 1)
    assert (answer["status"], answer["headers"]["heartbeats"]) == (209, "5s")
    [snapshot] = await client.updated("s", 1)
    assert (snapshot["parents"], snapshot["status"]) == ([], "200")
    second = await community.member.send(community.channel, "\N{PILE OF POO}")
    [_, update] = await client.updated("s", 2)
    assert update["parents"] == snapshot["version"]
    assert update["patches"] == [
        {"unit": "json", "range": f'["{second["id"]}"]', "content": update["patches"][0]["content"]}
    ]
    assert reassembled([snapshot, update]) == {message["id"]: message for message in (first, second)}


async def test_a_removal(community: Community, start: Start) -> None:
    path = f"/sync/servers/{community.server}"
    client = await start(community.owner)
    await client.do("subscribe", "s", path=path)
    await client.updated("s", 1)
    await community.owner.expect(204, "DELETE", f"/api/servers/{community.server}/channels/{community.voice}")
    assert reassembled(await client.updated("s", 2)) == (await community.owner.get(path)).body


async def test_a_resume_from_a_version(community: Community, start: Start) -> None:
    client = await start(community.owner)
    await client.do("subscribe", "before", path=messages_of(community))
    [snapshot] = await client.updated("before", 1)
    await client.do("abort", "before")
    sent = [await community.member.send(community.channel, f"{number}") for number in range(3)]
    await client.do("subscribe", "after", path=messages_of(community), parents=snapshot["version"])
    updates = await client.updated("after", 3)
    assert [json.loads(update["patches"][0]["range"])[0] for update in updates] == [each["id"] for each in sent]
    assert updates[0]["parents"] == snapshot["version"]


async def test_the_package_resumes_by_itself_wherever_it_is_cut(community: Community, start: Start, wire: Wire) -> None:
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    client = await start(community.owner, wire.url)
    await client.do("subscribe", "s", path=messages_of(community), retry=True)
    await client.updated("s", 1)
    for number in range(3):
        wire.cut_after = chance.randrange(1, 2500)
        while wire.cuts == number:
            sent = await community.member.send(community.channel, f"\N{SNOWMAN} {chance.random()}")
            await asyncio.sleep(0.02)
        await community.member.expect(200, "PATCH", f"/api/messages/{sent['id']}", {"content": "edited"})
    state = (await community.owner.get(messages_of(community) + "?limit=1000")).body
    [newest] = json.loads(f"[{(await community.owner.get(messages_of(community))).headers['version']}]")
    while client.updates("s")[-1]["version"] != [newest]:
        await client.updated("s", len(client.updates("s")) + 1)
    updates = client.updates("s")
    assert reassembled(updates) == state, f"seed {seed}"
    positions = [int(update["version"][0].partition("@")[0]) for update in updates]
    assert positions == sorted(set(positions)), f"seed {seed}"
    assert [update["parents"] for update in updates[1:]] == [update["version"] for update in updates[:-1]]


async def test_writing(community: Community, start: Start) -> None:
    client = await start(community.member)
    await client.do("subscribe", "s", path=messages_of(community))
    await client.updated("s", 1)
    id = str(uuid4())
    body = json.dumps({"content": "whole"})
    for name in ("first", "repeated"):
        answer = await client.put(name, f"{messages_of(community)}/{id}", version=["ann-1"], parents=[], body=body)
        assert (answer["status"], answer["version"]) == (200, '"ann-1"')
    patch = {"unit": "json", "range": json.dumps([id]), "content": json.dumps({"content": "edited"})}
    answer = await client.put("edit", messages_of(community), version=["ann-2"], parents=["ann-1"], patches=[patch])
    assert (answer["status"], answer["version"]) == (200, '"ann-2"')
    updates = await client.updated("s", 3)
    assert [update["version"] for update in updates[1:]] == [["ann-1"], ["ann-2"]]
    assert reassembled(updates)[id]["content"] == "edited"
    conflict = await client.put(
        "conflict", messages_of(community), version=["ann-2"], patches=[{**patch, "content": body}]
    )
    assert conflict["status"] == 409


async def test_a_resume_from_your_own_write_that_was_never_read(community: Community, start: Start) -> None:
    client = await start(community.member)
    await client.do("subscribe", "before", path=messages_of(community))
    [snapshot] = await client.updated("before", 1)
    await client.do("abort", "before")
    unread = await community.owner.send(community.channel, "unread")
    id, body = str(uuid4()), json.dumps({"content": "mine"})
    path = f"{messages_of(community)}/{id}"
    answer = await client.put("own", path, version=["ann-1"], parents=snapshot["version"], body=body)
    assert answer["version"] == '"ann-1"'
    await client.do("subscribe", "after", path=messages_of(community), parents=["ann-1"])
    updates = await client.updated("after", 2)
    assert [json.loads(update["patches"][0]["range"])[0] for update in updates] == [unread["id"], id]
    assert reassembled([snapshot, *updates]) == (await community.owner.get(messages_of(community))).body


async def test_two_writers_and_everybody_agrees(community: Community, start: Start) -> None:
    writers = {"o": await start(community.owner), "m": await start(community.member)}
    for client in writers.values():
        await client.do("subscribe", "s", path=messages_of(community) + "?limit=1000")
        await client.updated("s", 1)

    async def write(name: str) -> None:
        for number in range(20):
            content = json.dumps({"content": f"{name} {number}"})
            path = f"{messages_of(community)}/{uuid4()}"
            answer = await writers[name].put(f"{number}", path, version=[f"{name}-{number}"], body=content)
            assert answer["status"] == 200

    await asyncio.gather(write("o"), write("m"))
    state = (await community.owner.get(messages_of(community) + "?limit=1000")).body
    for client in writers.values():
        updates = await client.updated("s", 41)
        assert reassembled(updates) == state
        assert [update["parents"] for update in updates[1:]] == [update["version"] for update in updates[:-1]]
        names = {update["version"][0] for update in updates[1:]}
        assert names == {f"{name}-{number}" for name in writers for number in range(20)}


async def test_a_reader_without_the_right_is_refused_for_good(community: Community, start: Start) -> None:
    client = await start(community.outsider)
    await client.do("subscribe", "s", path=messages_of(community), retry=True)
    answer, end = await client.told("s", 2)
    assert answer["status"] == 404
    assert "Expected 209" in end["error"]
