"""PUT and DELETE /api/servers/{server_id}/members/{user_id}/roles/{role_id}"""

from uuid import uuid4

import pytest

from coterie.permissions.bits import Permission
from tests.people import Browser
from tests.roles.ranks import Ranks
from tests.serving import Register

MUTE = int(Permission.MUTE_MEMBERS)
SERVER = int(Permission.MANAGE_SERVER)


async def test_giving_and_taking_work(ranks: Ranks) -> None:
    helper = ranks.roles["helper"]
    socket = await ranks.owner.socket()
    for _ in range(2):  # a second time changes nothing
        await ranks.moderator.expect(204, "PUT", ranks.held(ranks.member, helper))
    me = await ranks.member.expect(200, "GET", f"/api/servers/{ranks.server}/members/@me")
    assert me["roles"] == [{"id": helper["id"], "name": "Helper", "color": None, "position": 5}]
    assert (me["role_ids"], me["permissions"] & MUTE) == ([helper["id"]], MUTE)
    for _ in range(2):
        await ranks.moderator.expect(204, "DELETE", ranks.held(ranks.member, helper))
    await socket.settle()
    [added], [removed] = socket.of("MEMBER_ROLE_ADD"), socket.of("MEMBER_ROLE_REMOVE")
    named = {
        "server_id": ranks.server,
        "user_id": ranks.member.id,
        "role_id": helper["id"],
        "role_name": "Helper",
        "role_color": None,
    }
    assert added["d"] == {**added["d"], **named, "role_ids": [helper["id"]]}
    assert removed["d"] == {**removed["d"], **named, "role_ids": []}
    assert not socket.of("MEMBER_UPDATE")


async def test_after_a_resume_the_member_is_current(ranks: Ranks) -> None:
    socket = await ranks.owner.socket()
    positions = socket.ready["positions"]
    await socket.close()
    await ranks.moderator.expect(204, "PUT", ranks.held(ranks.member, ranks.roles["helper"]))
    back = await ranks.owner.socket()
    await back.say("RESUME", {"positions": positions})
    update = await back.wait_for_type("MEMBER_UPDATE")
    assert (update["d"]["user_id"], update["d"]["role_ids"]) == (ranks.member.id, [ranks.roles["helper"]["id"]])


async def test_roles_above_are_neither_given_nor_taken(ranks: Ranks) -> None:
    for role in (ranks.roles["admin"], ranks.roles["moderator"]):
        for method in ("PUT", "DELETE"):
            for person in (ranks.member, ranks.moderator, ranks.admin):
                answer = await ranks.moderator.call(method, ranks.held(person, role))
                assert (answer.status, answer.code) == (403, "outranked")


async def test_members_above_cannot_be_changed(ranks: Ranks) -> None:
    helper = ranks.roles["helper"]
    for person in (ranks.owner, ranks.admin):
        for method in ("PUT", "DELETE"):
            answer = await ranks.moderator.call(method, ranks.held(person, helper))
            assert (answer.status, answer.code) == (403, "outranked")


async def test_oneself_may_be_given_what_stands_below(ranks: Ranks) -> None:
    await ranks.moderator.expect(204, "PUT", ranks.held(ranks.moderator, ranks.roles["helper"]))
    await ranks.moderator.expect(204, "DELETE", ranks.held(ranks.moderator, ranks.roles["helper"]))


async def test_nobody_gives_what_they_lack(ranks: Ranks) -> None:
    strong = await ranks.role("Strong", SERVER, 3)
    for person in (ranks.member, ranks.moderator):
        answer = await ranks.moderator.call("PUT", ranks.held(person, strong))
        assert (answer.status, answer.code) == (403, "cannot_grant")
    await ranks.admin.expect(204, "PUT", ranks.held(ranks.member, strong))
    await ranks.moderator.expect(204, "DELETE", ranks.held(ranks.member, strong))


async def test_a_role_that_opens_a_channel_is_given_only_by_those_in_it(ranks: Ranks) -> None:
    """A role without permissions may open a channel that the giver of the role cannot view."""
    key = await ranks.role("Key", 0, 3)
    await ranks.override(deny=int(Permission.VIEW_CHANNEL), role_id=ranks.server)
    await ranks.override(allow=int(Permission.VIEW_CHANNEL), role_id=key["id"])
    answer = await ranks.moderator.call("PUT", ranks.held(ranks.moderator, key))
    assert (answer.status, answer.code) == (403, "cannot_grant")
    assert await ranks.can(ranks.moderator) == 0
    await ranks.admin.expect(204, "PUT", ranks.held(ranks.moderator, key))
    assert await ranks.can(ranks.moderator) & Permission.VIEW_CHANNEL
    await ranks.moderator.expect(204, "PUT", ranks.held(ranks.member, key))


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_whom_it_refuses(ranks: Ranks, browser: Browser, register: Register, method: str) -> None:
    path = ranks.held(ranks.member, ranks.roles["helper"])
    answer = await ranks.member.call(method, path)
    assert (answer.status, answer.code) == (403, "missing_permission")
    assert (await ranks.community.outsider.call(method, path)).status == 404
    assert (await browser.call(method, path)).status == 401
    other = await ranks.owner.expect(201, "POST", "/api/servers", {"name": "Other", "is_public": True})
    foreign = await ranks.owner.expect(201, "POST", f"/api/servers/{other['id']}/roles", {"name": "Foreign"})
    stranger = await register("stranger")
    await stranger.expect(201, "POST", f"/api/servers/{other['id']}/join")
    for person, role in ((ranks.member, foreign), (stranger, ranks.roles["helper"]), (ranks.member, {"id": uuid4()})):
        answer = await ranks.owner.call(method, ranks.held(person, role))
        assert (answer.status, answer.code) == (404, "not_found")
