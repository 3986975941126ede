"""POST /api/servers/{server_id}/join, DELETE .../leave, GET .../members"""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from coterie.database.pool import OwnConnection
from tests.people import Browser, Community
from tests.serving import Register
from tests.shapes import MEMBER, assert_shape


def path_of(community: Community, last: str) -> str:
    return f"/api/servers/{community.server}/{last}"


async def count(community: Community) -> int:
    server = await community.owner.expect(200, "GET", f"/api/servers/{community.server}")
    members = await community.owner.expect(200, "GET", path_of(community, "members"))
    assert server["member_count"] == len(members)
    return len(members)


async def test_joining_works(community: Community) -> None:
    answer = await community.outsider.expect(201, "POST", path_of(community, "join"))
    assert isinstance(answer["message"], str)
    [server] = await community.outsider.expect(200, "GET", "/api/servers")
    assert (server["id"], server["member_count"]) == (community.server, 3)
    assert await count(community) == 3


async def test_a_member_cannot_join_again(community: Community) -> None:
    for person in (community.owner, community.member):
        answer = await person.post(path_of(community, "join"))
        assert (answer.status, answer.code) == (409, "already_member")
    assert await count(community) == 2


async def test_of_many_joins_at_once_one_counts(community: Community) -> None:
    answers = await asyncio.gather(*(community.outsider.post(path_of(community, "join")) for _ in range(6)))
    assert sorted(answer.status for answer in answers) == [201] + [409] * 5
    assert await count(community) == 3


async def test_a_private_server_looks_absent(community: Community, browser: Browser) -> None:
    await community.owner.expect(200, "PATCH", f"/api/servers/{community.server}", {"is_public": False})
    hidden = await community.outsider.post(path_of(community, "join"))
    absent = await community.outsider.post(f"/api/servers/{uuid4()}/join")
    assert (hidden.status, hidden.body) == (absent.status, absent.body)
    assert (absent.status, absent.code) == (404, "not_found")
    assert (await community.member.post(path_of(community, "join"))).status == 409
    assert (await browser.post(path_of(community, "join"))).status == 401


async def test_an_invite_may_be_needed(community: Community) -> None:
    await community.owner.expect(200, "PATCH", f"/api/servers/{community.server}", {"require_invite": True})
    answer = await community.outsider.post(path_of(community, "join"))
    assert (answer.status, answer.code) == (403, "invite_only")
    assert "invite" in answer.body["error"]
    assert await count(community) == 2


async def test_leaving_works_and_keeps_what_was_said(community: Community) -> None:
    sent = await community.member.send(community.channel, "goodbye")
    await community.member.expect(204, "DELETE", path_of(community, "leave"))
    assert await count(community) == 1
    assert (await community.member.get(f"/api/channels/{community.channel}/messages")).status == 404
    [message] = await community.owner.expect(200, "GET", f"/api/channels/{community.channel}/messages")
    assert (message["id"], message["author_id"]) == (sent["id"], community.member.id)
    assert (await community.member.delete(path_of(community, "leave"))).status == 404
    await community.member.expect(201, "POST", path_of(community, "join"))


async def test_the_owner_cannot_leave(community: Community) -> None:
    answer = await community.owner.delete(path_of(community, "leave"))
    assert (answer.status, answer.code) == (400, "owner_cannot_leave")
    assert "owner" in answer.body["error"]
    assert await count(community) == 2


@pytest.mark.parametrize(("method", "last"), [("DELETE", "leave"), ("GET", "members")])
async def test_to_outsiders_it_looks_absent(
    shared_community: Community, browser: Browser, method: str, last: str
) -> None:
    hidden = await shared_community.outsider.call(method, path_of(shared_community, last))
    absent = await shared_community.outsider.call(method, f"/api/servers/{uuid4()}/{last}")
    assert (hidden.status, hidden.body) == (absent.status, absent.body)
    assert (absent.status, absent.code) == (404, "not_found")
    assert (await browser.call(method, path_of(shared_community, last))).status == 401


async def test_members_are_listed_in_the_order_of_joining(community: Community) -> None:
    await community.outsider.expect(201, "POST", path_of(community, "join"))
    members = await community.member.expect(200, "GET", path_of(community, "members"))
    for member in members:
        assert_shape(member, MEMBER)
        assert not {"email", "is_admin", "password_hash"} & member.keys()
    cast = [community.owner, community.member, community.outsider]
    assert [member["user_id"] for member in members] == [person.id for person in cast]
    assert [member["username"] for member in members] == [person.username for person in cast]
    assert {member["status"] for member in members} == {"offline"}


async def test_members_carry_their_roles_highest_first(community: Community, rows: OwnConnection) -> None:
    for position, name in enumerate(["low", "high"], 1):
        await rows.execute(
            """
            WITH made AS (INSERT INTO roles (id, server_id, name, color, position, created_at)
                          VALUES (gen_random_uuid(), $1, $3, '#fff', $4, now()) RETURNING id)
            INSERT INTO member_roles (server_id, user_id, role_id) SELECT $1, $2, id FROM made
            """,
            community.server,
            community.member.id,
            name,
            position,
        )
    owner, member = await community.owner.expect(200, "GET", path_of(community, "members"))
    assert owner["roles"] == []
    assert [(role["name"], role["position"]) for role in member["roles"]] == [("high", 2), ("low", 1)]
    assert_shape(member, MEMBER)


async def test_members_come_in_pages_without_overlap_or_gap(community: Community, register: Register) -> None:
    for _ in range(3):
        await (await register()).expect(201, "POST", path_of(community, "join"))
    path = path_of(community, "members")
    everybody = [member["user_id"] for member in await community.owner.expect(200, "GET", path)]
    paged: list[str] = []
    query = "limit=2"
    while page := await community.owner.expect(200, "GET", f"{path}?{query}"):
        assert len(page) <= 2
        paged += [member["user_id"] for member in page]
        query = f"limit=2&after={paged[-1]}"
    assert paged == everybody
    assert len(everybody) == 5
    assert await community.owner.expect(200, "GET", f"{path}?after={community.outsider.id}") == []


@pytest.mark.parametrize("query", ["limit=0", "limit=5001", "limit=x", "limit=", "after=x"])
async def test_a_bad_query_is_named(shared_community: Community, query: Any) -> None:
    answer = await shared_community.owner.get(path_of(shared_community, "members") + f"?{query}")
    assert (answer.status, answer.code) == (400, "invalid")
    assert list(answer.body["fields"]) == [query.partition("=")[0]]
