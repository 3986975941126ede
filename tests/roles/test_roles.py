"""POST and GET /api/servers/{server_id}/roles, PATCH and DELETE .../roles/{role_id}"""

from typing import Any
from uuid import uuid4

import pytest

from coterie.database.pool import OwnConnection
from coterie.permissions.bits import Permission
from coterie.roles.actions import ROLE_LIMIT
from tests.bots.test_bots import create
from tests.people import Browser, Community
from tests.roles.ranks import MODERATION, Ranks
from tests.shapes import ROLE, assert_shape

KICK = int(Permission.KICK_MEMBERS)
SERVER = int(Permission.MANAGE_SERVER)


async def test_creating_works(community: Community) -> None:
    path = f"/api/servers/{community.server}/roles"
    socket = await community.member.socket()
    first = await community.owner.expect(201, "POST", path, {"name": "First"})
    assert_shape(first, ROLE)
    assert first == {**first, "server_id": community.server, "permissions": 0, "color": None, "position": 1}
    body = {"name": "Second", "permissions": 32767, "color": "#ff8800", "position": 7}
    second = await community.owner.expect(201, "POST", path, body)
    assert second == {**second, **body}
    third = await community.owner.expect(201, "POST", path, {"name": "Third", "color": ""})
    assert (third["position"], third["color"]) == (8, None)
    assert await community.member.expect(200, "GET", path) == [third, second, first]
    await socket.settle()
    assert [frame["d"] for frame in socket.of("ROLE_CREATE")] == [first, second, third]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"name": "x", "colour": "red"}, 422),
        ({"name": None}, 422),
        ({"name": "x", "permissions": "1"}, 422),
        ({"name": "x", "position": 1.5}, 422),
        ({"name": "x", "hoist": "yes"}, 422),
        ({"name": ""}, 400),
        ({"name": "x" * 101}, 400),
        ({"name": "x", "permissions": -1}, 400),
        ({"name": "x", "permissions": 32768}, 400),
        ({"name": "x", "position": -1}, 400),
        ({"name": "x", "color": "x" * 33}, 400),
        ({"name": "x", "color": "red;background:url(x)"}, 400),
    ],
)
async def test_what_creating_refuses(shared_community: Community, body: Any, status: int) -> None:
    answer = await shared_community.owner.post(f"/api/servers/{shared_community.server}/roles", body)
    assert (answer.status, answer.code) == (status, "invalid" if status == 400 else "unprocessable")


@pytest.mark.parametrize("color", ["red", "#F80", "rgb(1, 2, 3)", "hsl(120 50% 50%)", None])
async def test_colours_are_taken_as_css_writes_them(shared_community: Community, color: str | None) -> None:
    path = f"/api/servers/{shared_community.server}/roles"
    role = await shared_community.owner.expect(201, "POST", path, {"name": "x", "color": color})
    assert role["color"] == color


async def test_members_with_a_role_are_listed_separately_if_it_says_so(community: Community) -> None:
    path = f"/api/servers/{community.server}/roles"
    socket = await community.member.socket()
    plain = await community.owner.expect(201, "POST", path, {"name": "Plain"})
    crew = await community.owner.expect(201, "POST", path, {"name": "Crew", "hoist": True})
    assert (plain["hoist"], crew["hoist"]) == (False, True)
    renamed = await community.owner.expect(200, "PATCH", f"{path}/{crew['id']}", {"name": "Sailors"})
    assert renamed == {**crew, "name": "Sailors"}
    lowered = await community.owner.expect(200, "PATCH", f"{path}/{crew['id']}", {"hoist": False})
    assert lowered == {**renamed, "hoist": False}
    hoisted = await community.owner.expect(200, "PATCH", f"{path}/{plain['id']}", {"hoist": True})
    assert await community.member.expect(200, "GET", path) == [lowered, hoisted]
    await socket.settle()
    assert [frame["d"] for frame in socket.of("ROLE_UPDATE")] == [renamed, lowered, hoisted]
    again = await community.member.socket()
    assert again.ready["server_roles"][community.server] == [lowered, hoisted]
    refused = await community.owner.patch(f"{path}/{plain['id']}", {"hoist": None})
    assert (refused.status, refused.code) == (422, "unprocessable")


async def test_people_who_join_get_the_roles_for_newcomers(community: Community) -> None:
    """In one step with joining, so that nobody is in the server without them; bots and members get nothing."""
    owner, outsider, server = community.owner, community.outsider, f"/api/servers/{community.server}"
    given = await owner.expect(201, "POST", f"{server}/roles", {"name": "Newcomers", "auto_assign": True})
    other = await owner.expect(201, "POST", f"{server}/roles", {"name": "Others"})
    assert (given["auto_assign"], other["auto_assign"]) == (True, False)
    assert given in await community.member.expect(200, "GET", f"{server}/roles")
    watching = await owner.socket()
    await outsider.expect(201, "POST", f"{server}/join")
    joined = await watching.wait_for_type("MEMBER_JOIN")
    assert joined["d"]["role_ids"] == [given["id"]]
    shown = await outsider.expect(200, "GET", f"{server}/members/@me")
    assert shown["role_ids"] == [given["id"]]
    await outsider.expect(204, "DELETE", f"{server}/leave")
    await owner.expect(200, "PATCH", f"{server}/roles/{given['id']}", {"auto_assign": False})
    await owner.expect(200, "PATCH", f"{server}/roles/{other['id']}", {"auto_assign": True})
    invite = await owner.expect(201, "POST", f"{server}/invites", {})
    await outsider.expect(201, "POST", f"/api/invites/{invite['code']}/accept")
    made = await create(owner)
    await made.robot.expect(201, "POST", f"{server}/join")
    members = {each["user_id"]: each["role_ids"] for each in await owner.expect(200, "GET", f"{server}/members")}
    assert members == {
        owner.id: [],
        community.member.id: [],
        outsider.id: [other["id"]],
        made.bot["user_id"]: [],
    }


async def test_who_lacks_what_a_role_grants_cannot_give_it_to_all_newcomers(ranks: Ranks) -> None:
    path, moderator = ranks.path, ranks.moderator
    strong = await ranks.role("strong", SERVER)
    refused = await moderator.patch(f"{path}/{strong['id']}", {"auto_assign": True})
    assert (refused.status, refused.code) == (403, "cannot_grant")
    weak = await moderator.expect(201, "POST", path, {"name": "weak", "auto_assign": True})
    assert weak["auto_assign"]
    await ranks.owner.expect(200, "PATCH", f"{path}/{strong['id']}", {"auto_assign": True})
    await moderator.expect(200, "PATCH", f"{path}/{strong['id']}", {"auto_assign": False})


async def test_a_role_is_made_below_its_maker(ranks: Ranks) -> None:
    made = await ranks.moderator.expect(201, "POST", ranks.path, {"name": "below"})
    assert made["position"] == 9
    for position in (10, 11, 20):
        answer = await ranks.moderator.post(ranks.path, {"name": "above", "position": position})
        assert (answer.status, answer.code) == (403, "outranked")
    assert (await ranks.admin.post(ranks.path, {"name": "equal", "position": 20})).code == "outranked"


async def test_a_member_without_a_rank_makes_no_role_though_everyone_manages_them(community: Community) -> None:
    path = f"/api/servers/{community.server}"
    await community.owner.expect(200, "PATCH", path, {"default_permissions": int(Permission.MANAGE_ROLES)})
    answer = await community.member.post(f"{path}/roles", {"name": "mine"})
    assert (answer.status, answer.code) == (403, "outranked")


async def test_nobody_makes_a_role_with_what_they_lack(ranks: Ranks) -> None:
    answer = await ranks.moderator.post(ranks.path, {"name": "x", "permissions": KICK | SERVER})
    assert (answer.status, answer.code) == (403, "cannot_grant")
    assert "MANAGE_SERVER" in answer.body["error"]
    assert "KICK" not in answer.body["error"]
    await ranks.moderator.expect(201, "POST", ranks.path, {"name": "x", "permissions": KICK})
    await ranks.admin.expect(201, "POST", ranks.path, {"name": "y", "permissions": 32767})


async def test_there_is_an_end_to_roles(ranks: Ranks, rows: OwnConnection) -> None:
    await rows.execute(
        """
        INSERT INTO roles (id, server_id, name, created_at)
        SELECT gen_random_uuid(), $1, 'many', now() FROM generate_series(1, $2::int)
        """,
        ranks.server,
        ROLE_LIMIT - 3,
    )
    await ranks.reread(rows)
    answer = await ranks.owner.post(ranks.path, {"name": "one too many"})
    assert (answer.status, answer.code) == (400, "too_many_roles")


async def test_editing_works(ranks: Ranks) -> None:
    socket = await ranks.member.socket()
    helper = ranks.roles["helper"]
    body = {"name": "Aide", "permissions": KICK, "color": "teal", "position": 4}
    changed = await ranks.moderator.expect(200, "PATCH", ranks.one(helper), body)
    assert changed == {**helper, **body}
    assert await ranks.moderator.expect(200, "PATCH", ranks.one(helper), {"color": None}) == {**changed, "color": None}
    assert await ranks.moderator.expect(200, "PATCH", ranks.one(helper), {}) == {**changed, "color": None}
    await socket.settle()
    assert [frame["d"]["color"] for frame in socket.of("ROLE_UPDATE")] == ["teal", None]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"name": None}, 422, "unprocessable"),
        ({"mentionable": True}, 422, "unprocessable"),
        ({"permissions": 1 << 15}, 400, "invalid"),
        ({"position": 10}, 403, "outranked"),
        ({"permissions": SERVER}, 403, "cannot_grant"),
    ],
)
async def test_what_editing_refuses(ranks: Ranks, body: Any, status: int, code: str) -> None:
    answer = await ranks.moderator.patch(ranks.one(ranks.roles["helper"]), body)
    assert (answer.status, answer.code) == (status, code)


async def test_what_a_role_had_before_may_stay_or_go(ranks: Ranks) -> None:
    """A member cannot add what they lack; what the owner gave remains when something else changes."""
    role = await ranks.role("Greeter", SERVER, 3)
    changed = await ranks.moderator.expect(200, "PATCH", ranks.one(role), {"name": "x", "permissions": SERVER | KICK})
    assert changed["permissions"] == SERVER | KICK
    assert (await ranks.moderator.expect(200, "PATCH", ranks.one(role), {"permissions": 0}))["permissions"] == 0


@pytest.mark.parametrize("name", ["admin", "moderator"])
async def test_what_stands_above_is_not_touched(ranks: Ranks, name: str) -> None:
    path = ranks.one(ranks.roles[name])
    for answer in (await ranks.moderator.patch(path, {"name": "x"}), await ranks.moderator.delete(path)):
        assert (answer.status, answer.code) == (403, "outranked")
    assert {role["name"] for role in await ranks.owner.expect(200, "GET", ranks.path)} >= {"Admin", "Moderator"}


async def test_a_role_goes_from_everybody_and_with_its_overrides(ranks: Ranks, rows: OwnConnection) -> None:
    doomed = await ranks.role("Doomed", KICK, 4, ranks.member)
    override = await ranks.override(allow=KICK, role_id=doomed["id"])
    kept = await ranks.override(deny=16, user_id=ranks.member.id)
    socket = await ranks.member.socket()
    await ranks.moderator.expect(204, "DELETE", ranks.one(doomed))
    await socket.settle()
    [gone] = socket.of("ROLE_DELETE")
    assert gone["d"] == {"id": doomed["id"], "server_id": ranks.server, "role_id": doomed["id"]}
    [without] = socket.of("CHANNEL_OVERRIDE_DELETE")
    assert without["d"] == {"id": override["id"], "channel_id": ranks.channel, "override_id": override["id"]}
    assert (without["previous"], without["position"]) == (gone["position"], gone["position"] + 1)
    assert await ranks.member.expect(200, "GET", ranks.overrides) == [kept]
    assert await rows.fetchval("SELECT count(*) FROM member_roles WHERE role_id = $1", doomed["id"]) == 0
    assert (await ranks.moderator.delete(ranks.one(doomed))).status == 404
    me = await ranks.member.expect(200, "GET", f"/api/servers/{ranks.server}/members/@me")
    assert (me["roles"], me["permissions"] & KICK) == ([], 0)


async def test_members_may_look_but_not_touch(ranks: Ranks) -> None:
    helper = ranks.one(ranks.roles["helper"])
    assert len(await ranks.member.expect(200, "GET", ranks.path)) == 3
    for method, path, body in (("POST", ranks.path, {"name": "x"}), ("PATCH", helper, {}), ("DELETE", helper, None)):
        answer = await ranks.member.call(method, path, json=body)
        assert (answer.status, answer.code) == (403, "missing_permission")


async def test_to_outsiders_all_looks_absent(ranks: Ranks, browser: Browser) -> None:
    for method, path in (("GET", ranks.path), ("POST", ranks.path), ("PATCH", ""), ("DELETE", "")):
        called = path or ranks.one(ranks.roles["helper"])
        body = {"name": "x"} if method in ("POST", "PATCH") else None
        answer = await ranks.community.outsider.call(method, called, json=body)
        assert (answer.status, answer.code) == (404, "not_found")
        assert (await browser.call(method, called, json=body)).status == 401


async def test_a_role_is_found_in_its_own_server_only(ranks: Ranks) -> None:
    other = (await ranks.owner.expect(201, "POST", "/api/servers", {"name": "Other"}))["id"]
    for role in (ranks.roles["helper"]["id"], str(uuid4())):
        for method in ("PATCH", "DELETE"):
            answer = await ranks.owner.call(method, f"/api/servers/{other}/roles/{role}", json={})
            assert (answer.status, answer.code) == (404, "not_found")


async def test_the_timed_out_manage_nothing(ranks: Ranks, rows: OwnConnection) -> None:
    """Not even with every permission; the owner cannot be timed out."""
    for person in (ranks.admin, ranks.owner):
        await rows.execute(
            """
            INSERT INTO member_timeouts (server_id, user_id, expires_at, created_at)
            VALUES ($1, $2, now() + interval '1 hour', now())
            """,
            ranks.server,
            person.id,
        )
    await ranks.reread(rows)
    answer = await ranks.admin.post(ranks.path, {"name": "x"})
    assert (answer.status, answer.code) == (403, "timed_out")
    await ranks.owner.expect(201, "POST", ranks.path, {"name": "x", "permissions": MODERATION})
