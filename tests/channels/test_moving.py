"""PATCH /api/servers/{server_id}/channels: several channels get their places at once."""

from typing import Any
from uuid import uuid4

import pytest

from coterie.channels.models import CHANNEL_LIMIT
from tests.people import Browser, Community


def path_of(community: Community) -> str:
    return f"/api/servers/{community.server}/channels"


async def listed(community: Community) -> list[Any]:
    channels: list[Any] = await community.member.expect(200, "GET", path_of(community))
    return [(each["id"], each["position"], each["category"]) for each in channels]


async def test_it_works_and_everybody_sees_it(community: Community) -> None:
    socket = await community.member.socket()
    moves = [
        {"id": community.voice, "position": 0, "category": "Talk"},
        {"id": community.channel, "position": 1},
    ]
    moved = await community.owner.expect(200, "PATCH", path_of(community), {"channels": moves})
    assert [each["id"] for each in moved] == [community.voice, community.channel]
    assert await listed(community) == [(community.voice, 0, "Talk"), (community.channel, 1, None)]
    await socket.settle()
    assert [frame["d"] for frame in socket.of("CHANNEL_UPDATE")] == moved


async def test_null_removes_the_category_and_missing_keeps_it(community: Community) -> None:
    path = path_of(community)
    await community.owner.expect(200, "PATCH", f"{path}/{community.channel}", {"category": "Text"})
    await community.owner.expect(200, "PATCH", path, {"channels": [{"id": community.channel, "position": 5}]})
    assert (community.channel, 5, "Text") in await listed(community)
    await community.owner.expect(200, "PATCH", path, {"channels": [{"id": community.channel, "category": None}]})
    assert (community.channel, 5, None) in await listed(community)


async def test_only_what_changes_is_logged(community: Community) -> None:
    socket = await community.member.socket()
    moves = [{"id": community.channel, "position": 0, "category": None}, {"id": community.voice, "position": 9}]
    for _ in range(2):
        await community.owner.expect(200, "PATCH", path_of(community), {"channels": moves})
    await socket.settle()
    assert [frame["d"]["id"] for frame in socket.of("CHANNEL_UPDATE")] == [community.voice]
    page = await community.owner.expect(200, "GET", f"/api/servers/{community.server}/audit-logs?action=channel_update")
    assert [(entry["target_id"], entry["details"]["position"]) for entry in page] == [(community.voice, 9)]


@pytest.mark.parametrize(
    ("moves", "status"),
    [
        ([], 400),
        ([{"position": 1}], 422),
        ([{"id": "x"}], 422),
        ([{"id": "{channel}", "position": -1}], 400),
        ([{"id": "{channel}", "position": None}], 422),
        ([{"id": "{channel}", "category": ""}], 400),
        ([{"id": "{channel}", "name": "other"}], 422),
        ([{"id": "{channel}", "position": 1}, {"id": "{channel}", "position": 2}], 400),
        ([{"id": "{channel}"}] * (CHANNEL_LIMIT + 1), 400),
        ("x", 422),
    ],
)
async def test_what_it_refuses(shared_community: Community, moves: Any, status: int) -> None:
    given = moves
    if isinstance(moves, list):
        given = [
            {key: shared_community.channel if value == "{channel}" else value for key, value in each.items()}
            for each in moves
        ]
    answer = await shared_community.owner.patch(path_of(shared_community), {"channels": given})
    assert (answer.status, answer.code) == (status, "invalid" if status == 400 else "unprocessable")


async def test_all_are_moved_or_none(community: Community) -> None:
    before = await listed(community)
    other = (await community.owner.expect(201, "POST", "/api/servers", {"name": "Other"}))["id"]
    theirs = await community.owner.expect(201, "POST", f"/api/servers/{other}/channels", {"name": "x", "type": "text"})
    for stranger in (theirs["id"], str(uuid4())):
        moves = [{"id": community.channel, "position": 7}, {"id": stranger, "position": 8}]
        answer = await community.owner.patch(path_of(community), {"channels": moves})
        assert (answer.status, answer.code) == (404, "not_found")
    assert await listed(community) == before


async def test_a_moderator_moves_only_what_they_may_change(community: Community) -> None:
    server = f"/api/servers/{community.server}"
    role = await community.owner.expect(201, "POST", f"{server}/roles", {"name": "Keeper", "permissions": 1024})
    await community.owner.expect(204, "PUT", f"{server}/members/{community.member.id}/roles/{role['id']}")
    overrides = f"/api/channels/{community.channel}/overrides"
    both = {"channels": [{"id": community.voice, "position": 7}, {"id": community.channel, "position": 8}]}
    await community.owner.expect(200, "PUT", overrides, {"role_id": role["id"], "allow": 0, "deny": 1024})
    answer = await community.member.patch(path_of(community), both)
    assert (answer.status, answer.code) == (403, "missing_permission")
    await community.owner.expect(200, "PUT", overrides, {"role_id": role["id"], "allow": 0, "deny": 1})
    answer = await community.member.patch(path_of(community), both)
    assert (answer.status, answer.code) == (404, "not_found")
    assert (community.voice, 1, None) in await listed(community)
    await community.member.expect(200, "PATCH", path_of(community), {"channels": both["channels"][:1]})
    assert (community.voice, 7, None) in await listed(community)


async def test_members_and_outsiders_move_nothing(community: Community, browser: Browser) -> None:
    body = {"channels": [{"id": community.channel, "position": 7}]}
    answer = await community.member.patch(path_of(community), body)
    assert (answer.status, answer.code) == (403, "missing_permission")
    hidden = await community.outsider.patch(path_of(community), body)
    absent = await community.outsider.patch(f"/api/servers/{uuid4()}/channels", body)
    assert (hidden.status, hidden.body) == (absent.status, absent.body)
    assert (absent.status, absent.code) == (404, "not_found")
    assert (await browser.patch(path_of(community), body)).status == 401
