"""POST, GET and DELETE /api/servers/{server_id}/invites, GET /api/invites/{code}, POST /api/invites/{code}/accept"""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from coterie.database.pool import OwnConnection
from tests.people import Answer, Browser, Community, Person
from tests.roles.ranks import rank
from tests.serving import Register
from tests.shapes import INVITE, INVITE_PREVIEW, assert_shape

CREATE_INVITES = 16384


def path_of(community: Community) -> str:
    return f"/api/servers/{community.server}/invites"


async def invite(community: Community, **body: Any) -> dict[str, Any]:
    made: dict[str, Any] = await community.owner.expect(201, "POST", path_of(community), body)
    return made


async def accept(person: Person, code: str) -> Answer:
    return await person.post(f"/api/invites/{code}/accept")


async def uses(community: Community) -> list[int]:
    return [each["uses"] for each in await community.owner.expect(200, "GET", path_of(community))]


async def test_it_works(community: Community) -> None:
    await community.owner.expect(200, "PATCH", f"/api/servers/{community.server}", {"is_public": False})
    made = await invite(community)
    assert_shape(made, INVITE)
    assert (made["server_id"], made["created_by"]) == (community.server, community.owner.id)
    assert (made["max_uses"], made["uses"], made["expires_at"]) == (None, 0, None)
    preview = await community.outsider.expect(200, "GET", f"/api/invites/{made['code']}")
    assert_shape(preview, INVITE_PREVIEW)
    assert (preview["server_name"], preview["member_count"]) == ("Club", 2)
    answer = await accept(community.outsider, made["code"])
    assert (answer.status, answer.body["server_id"]) == (201, community.server)
    assert (await community.outsider.get(f"/api/channels/{community.channel}/messages")).status == 200
    assert await uses(community) == [1]


async def test_an_end_is_kept(community: Community) -> None:
    made = await invite(community, max_uses=3, expires_in_hours=2)
    lasts = datetime.fromisoformat(made["expires_at"]) - datetime.fromisoformat(made["created_at"])
    assert (made["max_uses"], lasts) == (3, timedelta(hours=2))


async def test_the_newest_is_listed_first(community: Community) -> None:
    codes = [(await invite(community))["code"] for _ in range(3)]
    listed = await community.owner.expect(200, "GET", path_of(community))
    assert [each["code"] for each in listed] == codes[::-1]


async def test_of_many_who_accept_at_once_as_many_come_in_as_may(community: Community, register: Register) -> None:
    made = await invite(community, max_uses=10)
    people = await asyncio.gather(*(register() for _ in range(50)))
    answers = await asyncio.gather(*(accept(person, made["code"]) for person in people))
    assert sorted(answer.status for answer in answers) == [201] * 10 + [400] * 40
    assert {answer.code for answer in answers if answer.status == 400} == {"invite_ended"}
    members = await community.owner.expect(200, "GET", f"/api/servers/{community.server}/members")
    assert len(members) == 12
    assert await uses(community) == [10]


async def test_a_user_who_accepts_many_times_at_once_counts_once(community: Community) -> None:
    made = await invite(community)
    answers = await asyncio.gather(*(accept(community.outsider, made["code"]) for _ in range(6)))
    assert sorted(answer.status for answer in answers) == [201] + [409] * 5
    assert await uses(community) == [1]


async def test_a_member_does_not_use_one_up(community: Community) -> None:
    made = await invite(community, max_uses=1)
    answer = await accept(community.member, made["code"])
    assert (answer.status, answer.code) == (409, "already_member")
    assert await uses(community) == [0]


async def test_an_invite_that_has_ended(community: Community, rows: OwnConnection, register: Register) -> None:
    used_up, expired = await invite(community, max_uses=1), await invite(community, expires_in_hours=1)
    assert (await accept(community.outsider, used_up["code"])).status == 201
    await rows.execute("UPDATE server_invites SET expires_at = now() WHERE id = $1", expired["id"])
    stranger = await register()
    for made in (used_up, expired):
        answer = await accept(stranger, made["code"])
        assert (answer.status, answer.code) == (400, "invite_ended")
        assert (await stranger.get(f"/api/invites/{made['code']}")).status == 404
    assert len(await uses(community)) == 2


async def test_an_unknown_code_and_a_revoked_one_are_alike(community: Community) -> None:
    made = await invite(community)
    await community.owner.expect(204, "DELETE", f"{path_of(community)}/{made['id']}")
    for code in (made["code"], "aaaaaaaa", "../admin", "x" * 300):
        for answer in (await accept(community.outsider, code), await community.outsider.get(f"/api/invites/{code}")):
            assert (answer.status, answer.code) == (404, "not_found")
    assert (await community.owner.delete(f"{path_of(community)}/{made['id']}")).status == 404


@pytest.mark.parametrize("body", [{}, {"max_uses": None, "expires_in_hours": None}])
async def test_bodies_that_are_taken(community: Community, body: Any) -> None:
    assert (await community.owner.post(path_of(community), body)).status == 201


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"max_uses": 0}, 400),
        ({"expires_in_hours": 0}, 400),
        ({"expires_in_hours": 721}, 400),
        ({"max_uses": "1"}, 422),
        ({"uses": 1}, 422),
    ],
)
async def test_bodies_that_are_not(shared_community: Community, body: Any, status: int) -> None:
    answer = await shared_community.owner.post(path_of(shared_community), body)
    assert answer.status == status
    assert list(answer.body["fields"]) == list(body)


async def test_it_takes_the_permission(community: Community, register: Register) -> None:
    made = await invite(community)
    for call in (
        ("POST", path_of(community)),
        ("GET", path_of(community)),
        ("DELETE", f"{path_of(community)}/{made['id']}"),
    ):
        answer = await community.member.call(*call, json={} if call[0] == "POST" else None)
        assert (answer.status, answer.code) == (403, "missing_permission")
    ranks = await rank(community, register)
    await ranks.role("Host", CREATE_INVITES, 1, community.member)
    assert len(await community.member.expect(200, "GET", path_of(community))) == 1
    assert (await community.member.post(path_of(community), {})).status == 201


async def test_to_outsiders_the_server_looks_absent(shared_community: Community, browser: Browser) -> None:
    for method, body in (("POST", {}), ("GET", None)):
        hidden = await shared_community.outsider.call(method, path_of(shared_community), json=body)
        absent = await shared_community.outsider.call(method, f"/api/servers/{uuid4()}/invites", json=body)
        assert (hidden.status, hidden.body) == (absent.status, absent.body)
        assert (absent.status, absent.code) == (404, "not_found")
        assert (await browser.call(method, path_of(shared_community), json=body)).status == 401
    assert (await browser.get("/api/invites/aaaaaaaa")).status == 401


async def test_another_servers_invite_cannot_be_revoked(community: Community) -> None:
    made = await invite(community)
    own = await community.member.expect(201, "POST", "/api/servers", {"name": "Mine"})
    answer = await community.member.delete(f"/api/servers/{own['id']}/invites/{made['id']}")
    assert answer.status == 404
    assert len(await uses(community)) == 1


async def test_a_server_has_500_at_most(community: Community, rows: OwnConnection) -> None:
    await rows.execute(
        """
        INSERT INTO server_invites (id, server_id, code, created_at)
        SELECT gen_random_uuid(), $1, left(md5($1::uuid::text || number), 8), now()
        FROM generate_series(1, 500) AS number
        """,
        community.server,
    )
    answer = await community.owner.post(path_of(community), {})
    assert (answer.status, answer.code) == (400, "too_many_invites")


async def test_only_members_who_can_make_them_receive_them(community: Community) -> None:
    host, guest = await community.owner.socket(), await community.member.socket()
    made = await invite(community, max_uses=5)
    assert (await accept(community.outsider, made["code"])).status == 201
    await community.owner.expect(204, "DELETE", f"{path_of(community)}/{made['id']}")
    gone = await host.wait_for_type("INVITE_DELETE")
    assert gone["d"] == {"server_id": community.server, "invite_id": made["id"]}
    assert host.of("INVITE_CREATE")[0]["d"] == made
    assert host.of("INVITE_UPDATE")[0]["d"] == {**made, "uses": 1}
    await guest.settle()
    assert guest.of("MEMBER_JOIN")
    assert not guest.of("INVITE_CREATE", "INVITE_UPDATE", "INVITE_DELETE")


async def test_it_is_audited(community: Community) -> None:
    made = await invite(community, max_uses=5)
    await community.owner.expect(204, "DELETE", f"{path_of(community)}/{made['id']}")
    revoked, created, *_ = await community.owner.expect(200, "GET", f"/api/servers/{community.server}/audit-logs")
    assert (revoked["action"], revoked["target_id"], revoked["details"]) == ("invite_revoke", made["id"], {})
    assert (created["action"], created["target_type"]) == ("invite_create", "invite")
    assert created["details"] == {"code": made["code"], "max_uses": 5}
