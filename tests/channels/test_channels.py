"""POST and GET /api/servers/{server_id}/channels, GET, PATCH and DELETE .../channels/{channel_id}"""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from coterie.channels.models import CHANNEL_LIMIT
from coterie.database.pool import OwnConnection
from tests.people import Browser, Community
from tests.shapes import CHANNEL, assert_shape


def path_of(community: Community, channel: str | None = None) -> str:
    return f"/api/servers/{community.server}/channels" + (f"/{channel}" if channel else "")


async def test_creating_works(community: Community) -> None:
    body = {"name": "news", "type": "text", "topic": "What is new", "category": "Information"}
    channel = await community.owner.expect(201, "POST", path_of(community), body)
    assert_shape(channel, CHANNEL)
    assert channel == {**channel, **body, "server_id": community.server, "position": 2}
    listed = await community.member.expect(200, "GET", path_of(community))
    assert [each["id"] for each in listed] == [community.channel, community.voice, channel["id"]]
    for each in listed:
        assert_shape(each, CHANNEL)
        assert await community.member.expect(200, "GET", path_of(community, each["id"])) == each


async def test_positions_begin_at_zero_and_grow(community: Community) -> None:
    listed = await community.owner.expect(200, "GET", path_of(community))
    assert [channel["position"] for channel in listed] == [0, 1]
    body = {"name": "same", "type": "text"}
    made = await asyncio.gather(*(community.owner.expect(201, "POST", path_of(community), body) for _ in range(5)))
    assert sorted(channel["position"] for channel in made) == [2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"type": "text"}, 422, "name"),
        ({"name": "news"}, 422, "type"),
        ({"name": "news", "type": "video"}, 422, "type"),
        ({"name": "", "type": "text"}, 400, "name"),
        ({"name": "x" * 101, "type": "text"}, 400, "name"),
        ({"name": "news", "type": "text", "topic": "x" * 1025}, 400, "topic"),
        ({"name": "news", "type": "text", "category": "x" * 101}, 400, "category"),
        ({"name": "news", "type": "text", "category": ["x"]}, 422, "category"),
    ],
)
async def test_what_creating_refuses(shared_community: Community, body: Any, status: int, field: str) -> None:
    answer = await shared_community.owner.post(path_of(shared_community), body)
    assert (answer.status, answer.code) == (status, "invalid" if status == 400 else "unprocessable")
    assert list(answer.body["fields"]) == [field]


async def test_there_is_an_end_to_channels(community: Community, rows: OwnConnection) -> None:
    await rows.execute(
        """
        WITH opened AS (INSERT INTO topics (id, kind) SELECT gen_random_uuid(), 'channel'
                        FROM generate_series(1, $2::int) RETURNING id)
        INSERT INTO channels (id, server_id, name, type, created_at) SELECT id, $1, 'many', 'text', now() FROM opened
        """,
        community.server,
        CHANNEL_LIMIT - 2,
    )
    answer = await community.owner.post(path_of(community), {"name": "one too many", "type": "text"})
    assert (answer.status, answer.code) == (400, "too_many_channels")


async def test_members_may_look_but_not_touch(community: Community) -> None:
    body = {"name": "mine", "type": "text"}
    path = path_of(community, community.channel)
    calls: list[tuple[str, str, Any]] = [
        ("POST", path_of(community), body),
        ("PATCH", path, body),
        ("DELETE", path, None),
    ]
    for method, called, given in calls:
        answer = await community.member.call(method, called, json=given)
        assert (answer.status, answer.code) == (403, "missing_permission")
    assert [each["name"] for each in await community.member.expect(200, "GET", path_of(community))] == [
        "general",
        "Lounge",
    ]


@pytest.mark.parametrize(
    ("method", "is_one", "body"),
    [
        ("GET", False, None),
        ("POST", False, {"name": "x", "type": "text"}),
        ("GET", True, None),
        ("PATCH", True, {"name": "x"}),
        ("DELETE", True, None),
    ],
)
async def test_to_outsiders_all_looks_absent(
    shared_community: Community, browser: Browser, method: str, is_one: bool, body: Any
) -> None:
    path = path_of(shared_community, shared_community.channel if is_one else None)
    hidden = await shared_community.outsider.call(method, path, json=body)
    nowhere = f"/api/servers/{uuid4()}/channels" + (f"/{uuid4()}" if is_one else "")
    absent = await shared_community.outsider.call(method, nowhere, json=body)
    assert (hidden.status, hidden.body) == (absent.status, absent.body)
    assert (absent.status, absent.code) == (404, "not_found")
    assert (await browser.call(method, path, json=body)).status == 401


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_a_channel_is_found_in_its_own_server_only(community: Community, method: str) -> None:
    other = (await community.owner.expect(201, "POST", "/api/servers", {"name": "Other"}))["id"]
    body = {"name": "moved"} if method == "PATCH" else None
    answer = await community.owner.call(method, f"/api/servers/{other}/channels/{community.channel}", json=body)
    assert (answer.status, answer.code) == (404, "not_found")
    channel = await community.owner.expect(200, "GET", path_of(community, community.channel))
    assert channel["name"] == "general"


async def test_editing_works(community: Community) -> None:
    path = path_of(community, community.channel)
    before = await community.owner.expect(200, "GET", path)
    body = {"name": "talk", "topic": "All of it", "category": "Text", "position": 7}
    changed = await community.owner.expect(200, "PATCH", path, body)
    assert changed == {**before, **body}
    assert await community.member.expect(200, "GET", path) == changed
    order = [each["id"] for each in await community.member.expect(200, "GET", path_of(community))]
    assert order == [community.voice, community.channel]


async def test_missing_keeps_and_null_clears(community: Community) -> None:
    path = path_of(community, community.channel)
    await community.owner.expect(200, "PATCH", path, {"topic": "All of it", "category": "Text"})
    cleared = await community.owner.expect(200, "PATCH", path, {"topic": None})
    assert (cleared["topic"], cleared["category"], cleared["name"]) == (None, "Text", "general")
    assert (await community.owner.expect(200, "PATCH", path, {"category": None}))["category"] is None


async def test_the_type_stays(community: Community) -> None:
    path = path_of(community, community.channel)
    assert (await community.owner.expect(200, "PATCH", path, {"type": "voice"}))["type"] == "text"


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"name": ""}, 400, "name"),
        ({"name": None}, 422, "name"),
        ({"topic": "x" * 1025}, 400, "topic"),
        ({"category": ""}, 400, "category"),
        ({"position": -1}, 400, "position"),
        ({"position": 2**31}, 400, "position"),
        ({"position": 10**30}, 400, "position"),
        ({"position": "1"}, 422, "position"),
        ({"position": 1.5}, 422, "position"),
        ({"position": None}, 422, "position"),
    ],
)
async def test_what_editing_refuses(shared_community: Community, body: Any, status: int, field: str) -> None:
    answer = await shared_community.owner.patch(path_of(shared_community, shared_community.channel), body)
    assert answer.status == status
    assert list(answer.body["fields"]) == [field]


async def test_deleting_takes_what_was_said_along(community: Community, rows: OwnConnection) -> None:
    await community.member.send(community.channel, "hello")
    await community.owner.expect(204, "DELETE", path_of(community, community.channel))
    for person in (community.owner, community.member):
        assert (await person.get(path_of(community, community.channel))).status == 404
        assert (await person.get(f"/api/channels/{community.channel}/messages")).status == 404
        assert [each["id"] for each in await person.expect(200, "GET", path_of(community))] == [community.voice]
    assert (await community.owner.delete(path_of(community, community.channel))).status == 404
    assert await rows.fetchval("SELECT count(*) FROM messages WHERE channel_id = $1", community.channel) == 0
    assert await rows.fetchval("SELECT count(*) FROM topics WHERE id = $1", community.channel) == 0
