"""Who can kick, ban and time out whom: POST and DELETE /api/servers/{server_id}/members/{user_id}/..."""

from typing import Any
from uuid import uuid4

import pytest

from tests.moderation.calls import against, audited, bans_path, is_in, member_path
from tests.people import Browser
from tests.roles.ranks import Ranks
from tests.serving import Register

pytestmark = pytest.mark.strict

BODIES: dict[str, Any] = {"kick": None, "ban": None, "timeout": {"duration_minutes": 5}}
OPERATIONS = pytest.mark.parametrize("operation", list(BODIES))


@OPERATIONS
async def test_the_higher_may_act_on_the_lower(ranks: Ranks, operation: str) -> None:
    for actor, target in ((ranks.moderator, ranks.member), (ranks.admin, ranks.moderator), (ranks.owner, ranks.admin)):
        answer = await against(actor, ranks, target, operation, BODIES[operation])
        assert answer.status == (200 if operation == "timeout" else 204)
        assert await is_in(ranks, target) == (operation == "timeout")


@OPERATIONS
async def test_nobody_acts_on_an_equal_or_a_higher(ranks: Ranks, register: Register, operation: str) -> None:
    equal = await register("equal")
    await equal.expect(201, "POST", f"/api/servers/{ranks.server}/join")
    await ranks.owner.expect(204, "PUT", ranks.held(equal, ranks.roles["moderator"]))
    for target in (equal, ranks.admin):
        answer = await against(ranks.moderator, ranks, target, operation, BODIES[operation])
        assert (answer.status, answer.code) == (403, "outranked")
        assert await is_in(ranks, target)
    assert f"member_{operation}" not in [entry["action"] for entry in await audited(ranks)]


@OPERATIONS
async def test_which_refusal_comes_first(ranks: Ranks, register: Register, browser: Browser, operation: str) -> None:
    """The order of checks: not a member, yourself, no such target, the owner, the permission."""
    body, stranger = BODIES[operation], await register("stranger")
    for outsider in (ranks.community.outsider, stranger):
        hidden = await against(outsider, ranks, outsider, operation, body)
        assert (hidden.status, hidden.code) == (404, "not_found")
    for person in (ranks.member, ranks.owner):
        answer = await against(person, ranks, person, operation, body)
        assert (answer.status, answer.code) == (400, "not_yourself")
        assert "yourself" in answer.body["error"]
    for actor in (ranks.member, ranks.admin):
        answer = await against(actor, ranks, ranks.owner, operation, body)
        assert (answer.status, answer.code) == (403, "owner_protected")
    answer = await against(ranks.member, ranks, ranks.moderator, operation, body)
    assert (answer.status, answer.code) == (403, "missing_permission")
    if operation != "ban":
        assert (await against(ranks.moderator, ranks, stranger, operation, body)).status == 404
    anonymous = await browser.post(member_path(ranks, ranks.member, operation), body)
    assert anonymous.status == 401


async def test_an_unknown_user_and_a_bad_id(ranks: Ranks) -> None:
    for operation, body in BODIES.items():
        for id, status in ((uuid4(), 404), ("x", 400)):
            answer = await ranks.owner.post(f"/api/servers/{ranks.server}/members/{id}/{operation}", body)
            assert answer.status == status


@pytest.mark.parametrize("permission", [256, 512, 128], ids=["kick", "ban", "mute"])
async def test_each_permission_is_for_its_own_action(ranks: Ranks, register: Register, permission: int) -> None:
    steward, target = await register("steward"), ranks.member
    await steward.expect(201, "POST", f"/api/servers/{ranks.server}/join")
    await ranks.role("Steward", permission, 3, steward)
    allowed = {256: "kick", 512: "ban", 128: "timeout"}[permission]
    for operation, body in BODIES.items():
        if operation != allowed:
            assert (await against(steward, ranks, target, operation, body)).code == "missing_permission"
    assert (await steward.get(bans_path(ranks))).status == (200 if permission == 512 else 403)
    assert (await steward.delete(bans_path(ranks, target))).status == (204 if permission == 512 else 403)
    assert (await steward.delete(member_path(ranks, target, "timeout"))).status == (204 if permission == 128 else 403)
    assert (await against(steward, ranks, target, allowed, BODIES[allowed])).status in (200, 204)


async def test_a_moderator_who_is_timed_out_moderates_nobody(ranks: Ranks) -> None:
    assert (await against(ranks.admin, ranks, ranks.moderator, "timeout", {"duration_minutes": 5})).status == 200
    for operation, body in BODIES.items():
        answer = await against(ranks.moderator, ranks, ranks.member, operation, body)
        assert (answer.status, answer.code) == (403, "timed_out")


@pytest.mark.parametrize("operation", ["kick", "ban"])
@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", None),
        (b"{}", None),
        (b"not json", None),
        (b"[1]", None),
        (b'{"reason": 7}', None),
        (b'{"reason": "spam", "unknown": 1}', "spam"),
        (b'{"reason": null}', None),
    ],
)
async def test_the_body_is_optional_and_read_leniently(
    ranks: Ranks, operation: str, data: bytes, reason: str | None
) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await ranks.moderator.call("POST", member_path(ranks, ranks.member, operation), data=data, headers=headers)
    assert answer.status == 204
    assert not await is_in(ranks, ranks.member)
    entry = (await audited(ranks))[0]
    assert (entry["action"], entry["target_id"]) == (f"member_{operation}", ranks.member.id)
    assert (entry["actor_id"], entry["details"]["reason"]) == (ranks.moderator.id, reason)


@pytest.mark.parametrize("body", [{"reason": "x" * 513}, {"reason": "a\0b"}])
@pytest.mark.parametrize("operation", ["kick", "ban"])
async def test_a_reason_out_of_bounds_is_reported(ranks: Ranks, operation: str, body: Any) -> None:
    answer = await against(ranks.moderator, ranks, ranks.member, operation, body)
    assert (answer.status, list(answer.body["fields"])) == (400, ["reason"])
    assert await is_in(ranks, ranks.member)
