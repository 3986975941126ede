"""GET /api/channels/{channel_id}/permissions, GET /api/servers/{server_id}/members/@me"""

from uuid import uuid4

from coterie.permissions.bits import DEFAULT, EVERY, Permission
from tests.people import Browser
from tests.roles.ranks import MODERATION, Ranks
from tests.shapes import MEMBER, assert_shape

SEND, VIEW = int(Permission.SEND_MESSAGES), int(Permission.VIEW_CHANNEL)


def path_of(ranks: Ranks, query: str = "") -> str:
    return f"/api/channels/{ranks.channel}/permissions{query}"


async def test_each_member_receives_their_own(ranks: Ranks) -> None:
    expected = {ranks.owner: EVERY, ranks.admin: EVERY, ranks.moderator: DEFAULT | MODERATION, ranks.member: DEFAULT}
    for person, permissions in expected.items():
        told = await person.expect(200, "GET", path_of(ranks))
        assert told == {
            "channel_id": ranks.channel,
            "user_id": person.id,
            "role_id": None,
            "permissions": permissions,
            "timeout_expires_at": None,
        }
        me = await person.expect(200, "GET", f"/api/servers/{ranks.server}/members/@me")
        assert_shape(me, MEMBER)
        assert (me["user_id"], me["permissions"]) == (person.id, permissions)


async def test_a_member_who_manages_roles_can_ask_for_others(ranks: Ranks) -> None:
    await ranks.override(deny=SEND, role_id=ranks.server)
    await ranks.override(allow=SEND, role_id=ranks.roles["helper"]["id"])
    await ranks.override(deny=VIEW, user_id=ranks.member.id)
    expected = {
        f"?user_id={ranks.moderator.id}": (DEFAULT | MODERATION) & ~SEND,
        f"?user_id={ranks.member.id}": 0,
        f"?user_id={ranks.owner.id}": EVERY,
        f"?role_id={ranks.server}": DEFAULT & ~SEND,
        f"?role_id={ranks.roles['helper']['id']}": DEFAULT | Permission.MUTE_MEMBERS,
        f"?role_id={ranks.roles['admin']['id']}": EVERY,
    }
    for query, permissions in expected.items():
        assert (await ranks.moderator.expect(200, "GET", path_of(ranks, query)))["permissions"] == permissions


async def test_whom_it_refuses(ranks: Ranks, browser: Browser) -> None:
    for query in (f"?user_id={ranks.owner.id}", f"?role_id={ranks.server}"):
        assert (await ranks.member.get(path_of(ranks, query))).code == "missing_permission"
    for query in (f"?user_id={ranks.community.outsider.id}", f"?user_id={uuid4()}", f"?role_id={uuid4()}"):
        assert (await ranks.owner.get(path_of(ranks, query))).status == 404
    for path in (path_of(ranks), f"/api/servers/{ranks.server}/members/@me"):
        assert (await ranks.community.outsider.get(path)).status == 404
        assert (await browser.get(path)).status == 401
