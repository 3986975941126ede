"""PUT /api/servers/{server_id}/owner, and `default_permissions` of PATCH /api/servers/{server_id}"""

import asyncio
from uuid import uuid4

import pytest

from coterie.database.pool import OwnConnection
from coterie.permissions.bits import DEFAULT, EVERY, Permission
from tests.people import Browser, Community
from tests.roles.ranks import rank
from tests.serving import Register
from tests.shapes import SERVER, assert_shape

VIEW, MANAGE_ROLES = int(Permission.VIEW_CHANNEL), int(Permission.MANAGE_ROLES)


def path_of(community: Community) -> str:
    return f"/api/servers/{community.server}/owner"


async def test_handing_over_works(community: Community) -> None:
    socket = await community.member.socket()
    body = {"user_id": community.member.id}
    server = await community.owner.expect(200, "PUT", path_of(community), body)
    assert_shape(server, SERVER)
    assert server["owner_id"] == community.member.id
    update = await socket.wait_for_type("SERVER_UPDATE")
    assert update["d"]["owner_id"] == community.member.id
    permissions = {
        person: (await person.expect(200, "GET", f"/api/servers/{community.server}/members/@me"))["permissions"]
        for person in (community.owner, community.member)
    }
    assert permissions == {community.owner: DEFAULT, community.member: EVERY}
    await community.owner.expect(204, "DELETE", f"/api/servers/{community.server}/leave")
    answer = await community.member.delete(f"/api/servers/{community.server}/leave")
    assert (answer.status, answer.code) == (400, "owner_cannot_leave")


async def test_to_oneself_it_changes_nothing(community: Community) -> None:
    socket = await community.owner.socket()
    server = await community.owner.expect(200, "PUT", path_of(community), {"user_id": community.owner.id})
    assert server["owner_id"] == community.owner.id
    await socket.settle()
    assert not socket.of("SERVER_UPDATE")


async def test_whom_it_refuses(community: Community, browser: Browser, rows: OwnConnection) -> None:
    body = {"user_id": community.member.id}
    answer = await community.member.call("PUT", path_of(community), json=body)
    assert (answer.status, answer.code) == (403, "owners_only")
    assert (await community.outsider.call("PUT", path_of(community), json=body)).status == 404
    assert (await browser.call("PUT", path_of(community), json=body)).status == 401
    for nobody in (community.outsider.id, str(uuid4())):
        assert (await community.owner.call("PUT", path_of(community), json={"user_id": nobody})).status == 404
    for wrong in ({}, {"user_id": None}, {**body, "name": "x"}):
        assert (await community.owner.call("PUT", path_of(community), json=wrong)).status == 422
    await rows.execute("UPDATE users SET disabled_at = now() WHERE id = $1", community.member.id)
    assert (await community.owner.call("PUT", path_of(community), json=body)).status == 404


async def test_a_member_who_leaves_while_becoming_owner_does_not_leave_it_ownerless(community: Community) -> None:
    handed, left = await asyncio.gather(
        community.owner.call("PUT", path_of(community), json={"user_id": community.member.id}),
        community.member.delete(f"/api/servers/{community.server}/leave"),
    )
    assert (handed.status, left.status) in {(200, 400), (404, 204)}


async def test_what_everybody_may_is_changed_at_once(community: Community) -> None:
    path = f"/api/servers/{community.server}"
    socket = await community.member.socket()
    server = await community.owner.expect(200, "PATCH", path, {"default_permissions": VIEW})
    assert (server["default_permissions"], server["name"]) == (VIEW, "Club")
    assert (await socket.wait_for_type("SERVER_UPDATE"))["d"]["default_permissions"] == VIEW
    answer = await community.member.post(f"/api/channels/{community.channel}/messages", {"content": "hello"})
    assert (answer.status, answer.code) == (403, "missing_permission")


@pytest.mark.parametrize("value", [-1, 32768, "1", None, 1.5])
async def test_what_it_refuses_as_default(shared_community: Community, value: object) -> None:
    path = f"/api/servers/{shared_community.server}"
    assert (await shared_community.owner.patch(path, {"default_permissions": value})).status in {400, 422}


async def test_it_is_of_who_manages_roles_and_within_what_they_may(community: Community, register: Register) -> None:
    ranks = await rank(community, register)
    path = f"/api/servers/{community.server}"
    assert (await ranks.member.patch(path, {"default_permissions": VIEW})).code == "missing_permission"
    answer = await ranks.moderator.patch(path, {"default_permissions": DEFAULT | Permission.MANAGE_SERVER})
    assert (answer.status, answer.code) == (403, "cannot_grant")
    assert (await ranks.moderator.patch(path, {"default_permissions": VIEW, "name": "x"})).code == "missing_permission"
    for empty in ({}, {"name": "x"}):
        assert (await ranks.moderator.patch(path, empty)).code == "missing_permission"
    changed = await ranks.moderator.expect(200, "PATCH", path, {"default_permissions": VIEW | MANAGE_ROLES})
    assert changed["default_permissions"] == VIEW | MANAGE_ROLES
