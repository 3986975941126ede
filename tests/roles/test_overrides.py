"""GET and PUT /api/channels/{channel_id}/overrides, DELETE .../overrides/{override_id}"""

from typing import Any
from uuid import uuid4

import pytest

from coterie.channels.models import OVERRIDE_LIMIT
from coterie.database.pool import OwnConnection
from coterie.permissions.bits import DEFAULT, Permission
from tests.people import Browser, Community
from tests.roles.ranks import Ranks
from tests.shapes import OVERRIDE, assert_shape

pytestmark = pytest.mark.strict

VIEW, SEND, REACT = int(Permission.VIEW_CHANNEL), int(Permission.SEND_MESSAGES), int(Permission.ADD_REACTIONS)
SERVER = int(Permission.MANAGE_SERVER)


def path_of(community: Community) -> str:
    return f"/api/channels/{community.channel}/overrides"


async def test_setting_works(ranks: Ranks) -> None:
    socket = await ranks.owner.socket()
    body = {"user_id": ranks.member.id, "allow": REACT, "deny": SEND}
    for _ in range(2):  # a second time changes nothing
        override = await ranks.moderator.expect(200, "PUT", ranks.overrides, body)
        assert_shape(override, OVERRIDE)
        assert override == {**override, **body, "role_id": None, "channel_id": ranks.channel}
    assert await ranks.can(ranks.member) == DEFAULT & ~SEND
    changed = await ranks.moderator.expect(200, "PUT", ranks.overrides, {**body, "deny": 0})
    assert changed == {**override, "deny": 0}
    await socket.settle()
    assert [frame["d"] for frame in socket.of("CHANNEL_OVERRIDE_UPDATE")] == [override, changed]
    await ranks.moderator.expect(204, "DELETE", f"{ranks.overrides}/{override['id']}")
    assert (await ranks.moderator.delete(f"{ranks.overrides}/{override['id']}")).status == 404
    gone = await socket.wait_for_type("CHANNEL_OVERRIDE_DELETE")
    named = {"channel_id": ranks.channel, "override_id": override["id"]}
    assert gone["d"] == {**gone["d"], **named}
    assert await ranks.member.expect(200, "GET", ranks.overrides) == []


async def test_the_servers_id_means_everyone(ranks: Ranks, rows: OwnConnection) -> None:
    override = await ranks.override(deny=SEND, role_id=ranks.server)
    assert override["role_id"] == ranks.server
    assert await ranks.override(deny=SEND | REACT, role_id=ranks.server) == {**override, "deny": SEND | REACT}
    assert await ranks.can(ranks.member) == DEFAULT & ~(SEND | REACT)
    assert await ranks.member.expect(200, "GET", ranks.overrides) == [{**override, "deny": SEND | REACT}]
    stored = await rows.fetchrow(
        "SELECT role_id, user_id FROM channel_permission_overrides WHERE channel_id = $1", ranks.channel
    )
    assert stored is not None
    assert (stored["role_id"], stored["user_id"]) == (None, None)


async def test_roles_come_before_members(ranks: Ranks) -> None:
    of_member = await ranks.override(deny=SEND, user_id=ranks.member.id)
    of_roles = [await ranks.override(deny=SEND, role_id=role["id"]) for role in ranks.roles.values()]
    listed = await ranks.member.expect(200, "GET", ranks.overrides)
    assert listed == [*sorted(of_roles, key=lambda each: each["role_id"]), of_member]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"allow": 0, "deny": 0, "name": "x"}, 422),
        ({"allow": 0}, 422),
        ({"allow": "1", "deny": 0}, 422),
        ({"allow": 1, "deny": 0, "role_id": "x"}, 422),
        ({"allow": 0, "deny": 0}, 400),
        ({"allow": 0, "deny": 0, "role_id": None, "user_id": None}, 400),
        ({"allow": 0, "deny": 0, "role_id": str(uuid4()), "user_id": str(uuid4())}, 400),
        ({"allow": 3, "deny": 2, "user_id": str(uuid4())}, 400),
        ({"allow": 32768, "deny": 0, "user_id": str(uuid4())}, 400),
        ({"allow": 0, "deny": -1, "user_id": str(uuid4())}, 400),
        ({"allow": 0, "deny": 1, "user_id": str(uuid4())}, 404),
        ({"allow": 0, "deny": 1, "role_id": str(uuid4())}, 404),
    ],
)
async def test_what_setting_refuses(shared_community: Community, body: Any, status: int) -> None:
    answer = await shared_community.owner.call("PUT", path_of(shared_community), json=body)
    assert answer.status == status, answer.body


async def test_whom_setting_is_for_belongs_to_the_server(ranks: Ranks) -> None:
    outsider = {"user_id": ranks.community.outsider.id, "allow": 0, "deny": SEND}
    assert (await ranks.owner.call("PUT", ranks.overrides, json=outsider)).status == 404
    other = (await ranks.owner.expect(201, "POST", "/api/servers", {"name": "Other"}))["id"]
    foreign = await ranks.owner.expect(201, "POST", f"/api/servers/{other}/roles", {"name": "Foreign"})
    for role in (other, foreign["id"]):
        body = {"role_id": role, "allow": 0, "deny": SEND}
        assert (await ranks.owner.call("PUT", ranks.overrides, json=body)).status == 404


async def test_what_stands_above_is_not_touched(ranks: Ranks) -> None:
    for target in (
        {"role_id": ranks.roles["admin"]["id"]},
        {"role_id": ranks.roles["moderator"]["id"]},
        {"user_id": ranks.admin.id},
        {"user_id": ranks.moderator.id},
        {"user_id": ranks.owner.id},
    ):
        body = {**target, "allow": 0, "deny": SEND}
        answer = await ranks.moderator.call("PUT", ranks.overrides, json=body)
        assert (answer.status, answer.code) == (403, "outranked")
        override = await ranks.override(deny=SEND, **target)
        answer = await ranks.moderator.delete(f"{ranks.overrides}/{override['id']}")
        assert (answer.status, answer.code) == (403, "outranked")


async def test_nobody_sets_what_they_lack(ranks: Ranks) -> None:
    """Neither allows nor denies, nor takes back what another member set; unchanged bits are accepted."""
    helper = ranks.roles["helper"]["id"]
    for allow, deny in ((SERVER, 0), (0, SERVER)):
        body = {"role_id": helper, "allow": allow, "deny": deny}
        answer = await ranks.moderator.call("PUT", ranks.overrides, json=body)
        assert (answer.status, answer.code) == (403, "cannot_grant")
    override = await ranks.override(deny=SERVER, role_id=helper)
    body = {"role_id": helper, "allow": 0, "deny": 0}
    assert (await ranks.moderator.call("PUT", ranks.overrides, json=body)).code == "cannot_grant"
    assert (await ranks.moderator.delete(f"{ranks.overrides}/{override['id']}")).code == "cannot_grant"
    await ranks.moderator.expect(200, "PUT", ranks.overrides, {**body, "deny": SERVER | SEND})


async def test_a_member_cannot_restore_a_permission_lost_here(ranks: Ranks) -> None:
    await ranks.override(deny=SEND, role_id=ranks.roles["moderator"]["id"])
    for target in ({"role_id": ranks.server}, {"role_id": ranks.roles["helper"]["id"]}):
        body = {**target, "allow": SEND, "deny": 0}
        answer = await ranks.moderator.call("PUT", ranks.overrides, json=body)
        assert (answer.status, answer.code) == (403, "cannot_grant")


async def test_managing_channels_counts_in_the_channel(ranks: Ranks) -> None:
    await ranks.override(allow=int(Permission.MANAGE_CHANNELS), user_id=ranks.member.id)
    body = {"role_id": ranks.server, "allow": 0, "deny": REACT}
    await ranks.member.expect(200, "PUT", ranks.overrides, body)
    elsewhere = f"/api/channels/{ranks.community.voice}/overrides"
    answer = await ranks.member.call("PUT", elsewhere, json=body)
    assert (answer.status, answer.code) == (403, "missing_permission")
    await ranks.override(deny=int(Permission.MANAGE_CHANNELS), user_id=ranks.moderator.id)
    assert (await ranks.moderator.call("PUT", ranks.overrides, json=body)).code == "missing_permission"


async def test_there_is_an_end_to_overrides(ranks: Ranks, rows: OwnConnection) -> None:
    body = {"user_id": ranks.member.id, "allow": 0, "deny": SEND}
    await rows.execute(
        """
        WITH many AS (
            INSERT INTO roles (id, server_id, name, created_at)
            SELECT gen_random_uuid(), $1, 'many', now() FROM generate_series(1, $3::int) RETURNING id
        )
        INSERT INTO channel_permission_overrides (id, channel_id, role_id) SELECT gen_random_uuid(), $2, id FROM many
        """,
        ranks.server,
        ranks.channel,
        OVERRIDE_LIMIT,
    )
    await ranks.reread(rows)
    answer = await ranks.owner.call("PUT", ranks.overrides, json=body)
    assert (answer.status, answer.code) == (400, "too_many_overrides")
    [known, *_] = await ranks.owner.expect(200, "GET", ranks.overrides)
    await ranks.owner.expect(200, "PUT", ranks.overrides, {"role_id": known["role_id"], "allow": 0, "deny": SEND})


async def test_there_is_an_end_to_the_overrides_of_a_server(ranks: Ranks, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a server has already stays, and can be changed."""
    body = {"user_id": ranks.member.id, "allow": 0, "deny": SEND}
    await ranks.owner.expect(200, "PUT", ranks.overrides, body)
    monkeypatch.setattr("coterie.channels.overrides.SERVER_OVERRIDE_LIMIT", 1)
    other = f"/api/channels/{ranks.community.voice}/overrides"
    channels = f"/api/servers/{ranks.server}/channels"
    private = {"name": "private", "type": "text", "overrides": [{"role_id": ranks.server, "allow": 0, "deny": VIEW}]}
    for answer in (await ranks.owner.call("PUT", other, json=body), await ranks.owner.post(channels, private)):
        assert (answer.status, answer.code) == (400, "too_many_overrides")
    await ranks.owner.expect(200, "PUT", ranks.overrides, body | {"allow": REACT})
    monkeypatch.setattr("coterie.channels.overrides.SERVER_OVERRIDE_LIMIT", 0)
    await ranks.owner.expect(201, "POST", channels, {"name": "public", "type": "text"})
    await ranks.owner.expect(200, "PUT", ranks.overrides, body | {"allow": VIEW})


async def test_the_override_of_a_former_member_can_be_removed(ranks: Ranks) -> None:
    override = await ranks.override(deny=SEND, user_id=ranks.member.id)
    await ranks.member.expect(204, "DELETE", f"/api/servers/{ranks.server}/leave")
    assert await ranks.owner.expect(200, "GET", ranks.overrides) == [override]
    await ranks.member.expect(201, "POST", f"/api/servers/{ranks.server}/join")
    assert not await ranks.can(ranks.member) & SEND, "leaving and coming back frees nobody"
    await ranks.member.expect(204, "DELETE", f"/api/servers/{ranks.server}/leave")
    await ranks.moderator.expect(204, "DELETE", f"{ranks.overrides}/{override['id']}")


async def test_an_override_is_found_in_its_own_channel_only(ranks: Ranks) -> None:
    override = await ranks.override(deny=SEND, user_id=ranks.member.id)
    elsewhere = f"/api/channels/{ranks.community.voice}/overrides"
    assert (await ranks.owner.delete(f"{elsewhere}/{override['id']}")).status == 404
    assert await ranks.owner.expect(200, "GET", elsewhere) == []


async def test_a_channel_takes_its_overrides_along(ranks: Ranks, rows: OwnConnection) -> None:
    override = await ranks.override(deny=SEND, user_id=ranks.member.id)
    await ranks.owner.expect(204, "DELETE", f"/api/servers/{ranks.server}/channels/{ranks.channel}")
    assert (await ranks.owner.get(ranks.overrides)).status == 404
    logged = await rows.fetchrow(
        "SELECT is_removal FROM changes WHERE topic_id = $1 AND key = $2", ranks.server, f"overrides/{override['id']}"
    )
    assert logged is not None
    assert logged["is_removal"]


async def test_whom_it_refuses(ranks: Ranks, browser: Browser) -> None:
    override = await ranks.override(deny=REACT, user_id=ranks.admin.id)
    one = f"{ranks.overrides}/{override['id']}"
    body = {"role_id": ranks.server, "allow": 0, "deny": 0}
    for method, path, given in (("PUT", ranks.overrides, body), ("DELETE", one, None)):
        assert (await ranks.member.call(method, path, json=given)).code == "missing_permission"
    await ranks.override(deny=VIEW, user_id=ranks.member.id)
    for method, path, given in (("GET", ranks.overrides, None), ("PUT", ranks.overrides, body), ("DELETE", one, None)):
        assert (await ranks.member.call(method, path, json=given)).status == 404
        assert (await ranks.community.outsider.call(method, path, json=given)).status == 404
        assert (await browser.call(method, path, json=given)).status == 401
