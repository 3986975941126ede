"""POST /api/servers/{server_id}/channels with overrides: a channel that is private from its first moment"""

from typing import Any
from uuid import uuid4

import pytest

from coterie.channels.models import OVERRIDE_LIMIT
from coterie.permissions.bits import Permission
from tests.people import Community, Person
from tests.roles.conftest import ranks
from tests.roles.ranks import Ranks
from tests.serving import Register
from tests.shapes import CHANNEL, OVERRIDE, assert_shape
from tests.sync.braid_reader import Follow, follow

__all__ = ["follow", "ranks"]

VIEW, SEND, CONNECT = int(Permission.VIEW_CHANNEL), int(Permission.SEND_MESSAGES), int(Permission.CONNECT_VOICE)
SERVER = int(Permission.MANAGE_SERVER)


def hidden(server: str, *shown: dict[str, Any]) -> list[dict[str, Any]]:
    """Overrides that hide a channel from everyone but these."""
    everyone = {"role_id": server, "allow": 0, "deny": VIEW}
    return [everyone, *({"allow": VIEW, "deny": 0, **target} for target in shown)]


async def create(person: Person, server: str, overrides: Any, **more: Any) -> Any:
    body = {"name": "staff", "type": "text", "overrides": overrides, **more}
    return await person.post(f"/api/servers/{server}/channels", body)


async def test_it_works(ranks: Ranks) -> None:
    moderator = ranks.roles["moderator"]["id"]
    wanted = hidden(ranks.server, {"role_id": moderator}, {"user_id": ranks.member.id})
    answer = await create(ranks.owner, ranks.server, wanted, type="voice", category="Staff")
    assert answer.status == 201, answer.body
    assert_shape(answer.body, CHANNEL)
    channel = answer.body["id"]
    listed = await ranks.member.expect(200, "GET", f"/api/channels/{channel}/overrides")
    for each in listed:
        assert_shape(each, OVERRIDE)
    whole = [{"role_id": None, "user_id": None, **each} for each in wanted]
    plain = [{name: each[name] for name in ("role_id", "user_id", "allow", "deny")} for each in listed]
    assert sorted(plain, key=str) == sorted(whole, key=str)
    for person, status in ((ranks.moderator, 200), (ranks.admin, 200), (ranks.community.outsider, 404)):
        assert (await person.get(f"/api/channels/{channel}/messages")).status == status


async def test_members_who_may_not_view_it_do_not_receive_it(ranks: Ranks, follow: Follow, register: Register) -> None:
    """On sockets and streams: neither the channel nor its overrides."""
    guest = await register("guest")
    await guest.expect(201, "POST", f"/api/servers/{ranks.server}/join")
    shown, other, stranger = await ranks.member.socket(), await guest.socket(), await ranks.community.outsider.socket()
    streams = [await follow(person, f"/sync/servers/{ranks.server}") for person in (ranks.member, guest)]
    for stream in streams:
        await stream.next()
    created = await create(ranks.owner, ranks.server, hidden(ranks.server, {"user_id": ranks.member.id}))
    channel = created.body["id"]
    open_one = await ranks.owner.expect(
        201, "POST", f"/api/servers/{ranks.server}/channels", {"name": "open", "type": "text"}
    )
    for socket in (shown, other, stranger):
        await socket.settle()
    assert [frame["d"]["id"] for frame in shown.of("CHANNEL_CREATE")] == [channel, open_one["id"]]
    assert {frame["d"]["channel_id"] for frame in shown.of("CHANNEL_OVERRIDE_UPDATE")} == {channel}
    assert [frame["d"]["id"] for frame in other.of("CHANNEL_CREATE")] == [open_one["id"]]
    for socket in (other, stranger):
        assert channel not in str(socket.frames)
    for stream in streams:
        while f"channels/{open_one['id']}" not in stream.state:
            await stream.next()
    assert f"channels/{channel}" in streams[0].state
    assert channel not in str(streams[1].state)
    assert channel not in str([update.body for update in streams[1].updates])


async def test_whom_it_is_for_can_be_changed_later(ranks: Ranks) -> None:
    channel = (await create(ranks.owner, ranks.server, hidden(ranks.server))).body["id"]
    socket = await ranks.member.socket()
    setting = {"user_id": ranks.member.id, "allow": VIEW, "deny": 0}
    await ranks.owner.expect(200, "PUT", f"/api/channels/{channel}/overrides", setting)
    assert (await socket.wait_for_type("CHANNEL_CREATE"))["d"]["id"] == channel


async def test_a_moderator_keeps_what_they_create(ranks: Ranks) -> None:
    """They may let themselves in, and their roles below their own; that gives them nothing else."""
    own = {"user_id": ranks.moderator.id}
    helper = {"role_id": ranks.roles["helper"]["id"]}
    answer = await create(ranks.moderator, ranks.server, hidden(ranks.server, helper, own))
    assert answer.status == 201, answer.body
    await ranks.moderator.expect(200, "GET", f"/api/channels/{answer.body['id']}/messages")
    assert (await ranks.member.get(f"/api/channels/{answer.body['id']}/messages")).status == 404
    for more in ({"allow": VIEW | int(Permission.MANAGE_CHANNELS)}, {"deny": SEND}):
        refused = await create(ranks.moderator, ranks.server, hidden(ranks.server, {**own, **more}))
        assert (refused.status, refused.code) == (403, "outranked"), more


async def test_nobody_gives_or_denies_more_than_by_setting_them(ranks: Ranks) -> None:
    for target in (
        {"role_id": ranks.roles["admin"]["id"]},
        {"role_id": ranks.roles["moderator"]["id"]},
        {"user_id": ranks.admin.id},
        {"user_id": ranks.owner.id},
    ):
        refused = await create(ranks.moderator, ranks.server, [{**target, "allow": 0, "deny": SEND}])
        assert (refused.status, refused.code) == (403, "outranked")
    helper = ranks.roles["helper"]["id"]
    for allow, deny in ((SERVER, 0), (0, SERVER)):
        refused = await create(ranks.moderator, ranks.server, [{"role_id": helper, "allow": allow, "deny": deny}])
        assert (refused.status, refused.code) == (403, "cannot_grant")
    assert (await create(ranks.member, ranks.server, hidden(ranks.server))).code == "missing_permission"
    assert (await create(ranks.community.outsider, ranks.server, hidden(ranks.server))).code == "not_found"
    listed = await ranks.owner.expect(200, "GET", f"/api/servers/{ranks.server}/channels")
    assert [each["name"] for each in listed] == ["general", "Lounge"], "what was refused left nothing"


@pytest.mark.parametrize(
    ("override", "status"),
    [
        ({"allow": 0}, 422),
        ({"allow": 0, "deny": 0, "name": "x"}, 422),
        ({"allow": 0, "deny": 0}, 400),
        ({"allow": 0, "deny": 0, "role_id": str(uuid4()), "user_id": str(uuid4())}, 400),
        ({"allow": 3, "deny": 2, "user_id": str(uuid4())}, 400),
        ({"allow": 0, "deny": 1, "user_id": str(uuid4())}, 404),
        ({"allow": 0, "deny": 1, "role_id": str(uuid4())}, 404),
    ],
)
async def test_what_it_refuses(shared_community: Community, override: Any, status: int) -> None:
    answer = await create(shared_community.owner, shared_community.server, [override])
    assert answer.status == status, answer.body


async def test_each_target_once_and_not_too_many(shared_community: Community) -> None:
    one = {"role_id": shared_community.server, "allow": 0, "deny": VIEW}
    for overrides in ([one, one], [one] * (OVERRIDE_LIMIT + 1)):
        answer = await create(shared_community.owner, shared_community.server, overrides)
        assert (answer.status, answer.code) == (400, "invalid")
    outsider = {"user_id": shared_community.outsider.id, "allow": VIEW, "deny": 0}
    assert (await create(shared_community.owner, shared_community.server, [outsider])).status == 404


async def test_it_is_audited(ranks: Ranks) -> None:
    answer = await create(ranks.owner, ranks.server, hidden(ranks.server))
    entries = await ranks.owner.expect(200, "GET", f"/api/servers/{ranks.server}/audit-logs")
    told = {entry["action"] for entry in entries if entry["target_id"] == answer.body["id"]}
    assert told == {"channel_create", "channel_override_update"}
