"""PATCH /api/servers/{server_id}/members/@me and .../members/{user_id}"""

from typing import Any

import pytest

from coterie.database.pool import OwnConnection
from tests.people import Browser, Community
from tests.roles.ranks import rank
from tests.serving import Register
from tests.shapes import MEMBER, assert_shape


def path_of(community: Community, who: str = "@me") -> str:
    return f"/api/servers/{community.server}/members/{who}"


async def test_it_works(community: Community) -> None:
    socket = await community.owner.socket()
    member = await community.member.expect(200, "PATCH", path_of(community), {"nickname": "Mimi 🧑‍🚀"})
    assert_shape(member, MEMBER)
    assert (member["user_id"], member["nickname"]) == (community.member.id, "Mimi 🧑‍🚀")
    assert await community.member.expect(200, "PATCH", path_of(community), {}) == member
    listed = await community.owner.expect(200, "GET", f"/api/servers/{community.server}/members")
    assert listed[1] == member
    cleared = await community.member.expect(200, "PATCH", path_of(community), {"nickname": None})
    assert cleared == {**member, "nickname": None}
    await socket.settle()
    assert [frame["d"]["nickname"] for frame in socket.of("MEMBER_UPDATE")] == ["Mimi 🧑‍🚀", None]
    own = path_of(community, community.member.id)
    assert (await community.member.expect(200, "PATCH", own, {"nickname": "M"}))["nickname"] == "M"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"nickname": ""}, 400),
        ({"nickname": "x" * 33}, 400),
        ({"nickname": "two\nlines"}, 400),
        ({"nickname": "line\n"}, 400),
        ({"nickname": "nul\x00"}, 400),
        ({"nickname": 1}, 422),
        ({"name": "x"}, 422),
    ],
)
async def test_what_it_refuses(shared_community: Community, body: Any, status: int) -> None:
    assert (await shared_community.member.patch(path_of(shared_community), body)).status == status


async def test_members_who_can_kick_can_set_nicknames(community: Community, register: Register) -> None:
    ranks = await rank(community, register)
    body = {"nickname": "x"}
    called = await ranks.moderator.expect(200, "PATCH", path_of(community, ranks.member.id), body)
    assert called["nickname"] == "x"
    for person in (ranks.owner, ranks.admin):
        answer = await ranks.moderator.patch(path_of(community, person.id), body)
        assert (answer.status, answer.code) == (403, "outranked")
    for person in (ranks.moderator, ranks.member):
        assert (await ranks.admin.patch(path_of(community, person.id), body)).status == 200


async def test_whom_it_refuses(community: Community, browser: Browser, register: Register) -> None:
    body = {"nickname": "x"}
    friend = await register("friend")
    await friend.expect(201, "POST", f"/api/servers/{community.server}/join")
    for person in (community.owner, friend):
        answer = await community.member.patch(path_of(community, person.id), body)
        assert (answer.status, answer.code) == (403, "missing_permission")
    assert (await community.owner.patch(path_of(community, community.outsider.id), body)).status == 404
    for who in ("@me", community.member.id):
        assert (await community.outsider.patch(path_of(community, who), body)).status == 404
        assert (await browser.patch(path_of(community, who), body)).status == 401


async def test_the_timed_out_say_nothing_by_their_name_either(community: Community, rows: OwnConnection) -> None:
    await rows.execute(
        """
        INSERT INTO member_timeouts (server_id, user_id, expires_at, created_at)
        VALUES ($1, $2, now() + interval '1 hour', now())
        """,
        community.server,
        community.outsider.id,
    )
    await community.outsider.expect(201, "POST", f"/api/servers/{community.server}/join")
    answer = await community.outsider.patch(path_of(community), {"nickname": "rude"})
    assert (answer.status, answer.code) == (403, "timed_out")


async def test_only_what_is_done_to_others_is_in_the_audit_log(community: Community) -> None:
    """Otherwise any member could bury there what moderators did."""
    before = await community.owner.expect(200, "GET", f"/api/servers/{community.server}/audit-logs")
    for number in range(3):
        await community.member.expect(200, "PATCH", path_of(community), {"nickname": f"n{number}"})
    await community.owner.expect(200, "PATCH", path_of(community, community.member.id), {"nickname": "other"})
    logs = await community.owner.expect(200, "GET", f"/api/servers/{community.server}/audit-logs")
    assert logs[1:] == before
    assert (logs[0]["action"], logs[0]["details"]) == ("member_nickname_update", {"nickname": "other"})
