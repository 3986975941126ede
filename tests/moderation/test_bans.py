"""POST .../members/{user_id}/kick and /ban, GET and DELETE /api/servers/{server_id}/bans"""

import asyncio
from typing import Any

import aiohttp

from coterie.database.pool import OwnConnection
from tests.moderation.calls import against, audited, bans_path, is_in
from tests.patience import PATIENCE
from tests.people import Browser, Person, Socket
from tests.roles.ranks import Ranks
from tests.serving import LiveServer, Register, serving, settings_for
from tests.shapes import BAN, LISTED_BAN, assert_shape


async def join(ranks: Ranks, person: Person) -> tuple[int, str | None]:
    answer = await person.post(f"/api/servers/{ranks.server}/join")
    return answer.status, answer.code


async def invite(ranks: Ranks) -> str:
    made = await ranks.owner.expect(201, "POST", f"/api/servers/{ranks.server}/invites", {})
    return str(made["code"])


async def test_a_kicked_member_is_out_and_may_come_back(ranks: Ranks) -> None:
    sent = await ranks.member.send(ranks.channel, "hello")
    assert (await against(ranks.moderator, ranks, ranks.member, "kick", {"reason": "rude"})).status == 204
    assert (await ranks.member.get(f"/api/channels/{ranks.channel}/messages")).status == 404
    assert (await ranks.member.post(f"/api/channels/{ranks.channel}/messages", {"content": "?"})).status == 404
    assert await ranks.member.expect(200, "GET", "/api/servers") == []
    [message] = await ranks.owner.expect(200, "GET", f"/api/channels/{ranks.channel}/messages")
    assert message["id"] == sent["id"]
    assert await join(ranks, ranks.member) == (201, None)


async def test_a_ban_keeps_out_by_every_way(ranks: Ranks) -> None:
    code = await invite(ranks)
    assert (await against(ranks.moderator, ranks, ranks.member, "ban", {"reason": "spam"})).status == 204
    assert not await is_in(ranks, ranks.member)
    assert await join(ranks, ranks.member) == (403, "banned")
    answer = await ranks.member.post(f"/api/invites/{code}/accept")
    assert (answer.status, answer.code) == (403, "banned")
    [made] = await ranks.owner.expect(200, "GET", f"/api/servers/{ranks.server}/invites")
    assert made["uses"] == 0
    await ranks.owner.expect(200, "PATCH", f"/api/servers/{ranks.server}", {"is_public": False})
    assert await join(ranks, ranks.member) == (404, "not_found")


async def test_bans_are_listed_newest_first(ranks: Ranks, register: Register) -> None:
    stranger = await register("stranger")
    await against(ranks.moderator, ranks, ranks.member, "ban", {"reason": "spam"})
    await against(ranks.moderator, ranks, stranger, "ban", {"delete_message_hours": 1})
    listed = await ranks.moderator.expect(200, "GET", bans_path(ranks))
    for ban in listed:
        assert_shape(ban, LISTED_BAN)
        assert (ban["server_id"], ban["banned_by"]) == (ranks.server, ranks.moderator.id)
    assert [(ban["user_id"], ban["reason"]) for ban in listed] == [(stranger.id, None), (ranks.member.id, "spam")]
    assert [ban["can_restore_messages"] for ban in listed] == [True, False]
    for ban, person in zip(listed, (stranger, ranks.member), strict=True):
        assert (ban["user"]["username"], ban["banned_by_user"]["id"]) == (person.username, ranks.moderator.id)
    named = await ranks.moderator.expect(200, "GET", f"{bans_path(ranks)}?q={stranger.username[:-1].upper()}")
    assert [ban["user_id"] for ban in named] == [stranger.id]
    assert await ranks.moderator.expect(200, "GET", f"{bans_path(ranks)}?q={ranks.owner.username}") == []
    await stranger.expect(200, "PATCH", "/api/users/@me", {"display_name": "Wayfarer Jo"})
    (called,) = await ranks.moderator.expect(200, "GET", f"{bans_path(ranks)}?q=wayf")
    assert (called["user_id"], called["user"]["display_name"]) == (stranger.id, "Wayfarer Jo")
    listed = await ranks.moderator.expect(200, "GET", bans_path(ranks))
    first = await ranks.moderator.expect(200, "GET", f"{bans_path(ranks)}?limit=1")
    second = await ranks.moderator.expect(200, "GET", f"{bans_path(ranks)}?limit=1&after={stranger.id}")
    assert first + second == listed


async def test_the_list_is_for_members_who_can_ban(ranks: Ranks, browser: Browser) -> None:
    answer = await ranks.member.get(bans_path(ranks))
    assert (answer.status, answer.code) == (403, "missing_permission")
    for outsider, status in ((ranks.community.outsider, 404), (browser, 401)):
        assert (await outsider.get(bans_path(ranks))).status == status
        assert (await outsider.delete(bans_path(ranks, ranks.member))).status == status
    assert (await ranks.member.delete(bans_path(ranks, ranks.moderator))).status == 403


async def test_a_user_who_was_never_a_member_is_kept_out(ranks: Ranks) -> None:
    outsider = ranks.community.outsider
    assert (await against(ranks.moderator, ranks, outsider, "ban")).status == 204
    assert await join(ranks, outsider) == (403, "banned")


async def test_banning_again_changes_the_reason(ranks: Ranks) -> None:
    await against(ranks.moderator, ranks, ranks.member, "ban", {"reason": "first"})
    await against(ranks.admin, ranks, ranks.member, "ban", {"reason": "second"})
    [ban] = await ranks.admin.expect(200, "GET", bans_path(ranks))
    assert (ban["reason"], ban["banned_by"]) == ("second", ranks.admin.id)


async def test_a_lifted_ban_lets_come_again(ranks: Ranks) -> None:
    await against(ranks.moderator, ranks, ranks.member, "ban")
    for _ in range(2):
        await ranks.moderator.expect(204, "DELETE", bans_path(ranks, ranks.member))
    assert await join(ranks, ranks.member) == (201, None)
    actions = [entry["action"] for entry in await audited(ranks)]
    assert actions[:2] == ["member_unban", "member_ban"]


async def test_roles_do_not_come_back_with_the_member(ranks: Ranks) -> None:
    await against(ranks.owner, ranks, ranks.admin, "kick")
    assert await join(ranks, ranks.admin) == (201, None)
    assert (await against(ranks.admin, ranks, ranks.member, "kick")).code == "missing_permission"


async def test_two_moderators_ban_the_same_member(ranks: Ranks) -> None:
    watcher = await ranks.owner.socket()
    answers = await asyncio.gather(
        *(against(actor, ranks, ranks.member, "ban") for actor in (ranks.moderator, ranks.admin, ranks.owner))
    )
    assert [answer.status for answer in answers] == [204] * 3
    assert len(await ranks.owner.expect(200, "GET", bans_path(ranks))) == 1
    await watcher.settle()
    removals = [frame for frame in watcher.of("MEMBER_BAN") if "banned_by" not in frame["d"]]
    assert len(removals) == 1
    server = await ranks.owner.expect(200, "GET", f"/api/servers/{ranks.server}")
    assert server["member_count"] == 3


async def test_kicks_that_race_with_leaving(ranks: Ranks) -> None:
    leaving = ranks.member.delete(f"/api/servers/{ranks.server}/leave")
    left, *kicks = await asyncio.gather(
        leaving, *(against(actor, ranks, ranks.member, "kick") for actor in (ranks.moderator, ranks.admin))
    )
    assert sorted([left.status, *(kick.status for kick in kicks)]) == [204, 404, 404]
    assert not await is_in(ranks, ranks.member)


async def test_bans_that_race_with_joining(ranks: Ranks, register: Register) -> None:
    """However it ends, no banned user is a member."""
    code = await invite(ranks)
    people = await asyncio.gather(*(register() for _ in range(8)))
    operations: list[Any] = []
    for number, person in enumerate(people):
        path = f"/api/servers/{ranks.server}/join" if number % 2 else f"/api/invites/{code}/accept"
        operations += [person.post(path), against(ranks.moderator, ranks, person, "ban")]
    answers = await asyncio.gather(*operations)
    assert {answer.status for answer in answers[1::2]} == {204}
    assert {answer.status for answer in answers[0::2]} <= {201, 403}
    members = await ranks.owner.expect(200, "GET", f"/api/servers/{ranks.server}/members")
    assert not {person.id for person in people} & {member["user_id"] for member in members}
    server = await ranks.owner.expect(200, "GET", f"/api/servers/{ranks.server}")
    assert server["member_count"] == len(members) == 4


async def test_the_banned_member_is_notified_and_loses_the_server_at_once(ranks: Ranks) -> None:
    target, banner, guest = [await person.socket() for person in (ranks.member, ranks.moderator, ranks.owner)]
    await against(ranks.moderator, ranks, ranks.member, "ban", {"reason": "spam"})
    await ranks.owner.send(ranks.channel, "they are gone")
    told = await target.wait_for_type("MEMBER_BAN")
    assert told == {
        "op": "DISPATCH",
        "t": "MEMBER_BAN",
        "d": {"server_id": ranks.server, "user_id": ranks.member.id, "reason": "spam"},
    }
    lost = await target.wait_for_type("SERVER_DELETE")
    assert lost["d"] == {"id": ranks.server, "departure": "MEMBER_BAN", "reason": "spam"}
    for watcher in (banner, guest):
        seen = await watcher.wait_for_type("MEMBER_BAN")
        assert seen["d"] == told["d"]
        assert seen["topic"] == ranks.server
    await target.settle()
    assert len(target.of("MEMBER_BAN")) == 1
    assert not target.of("MESSAGE_CREATE", "BAN_CREATE")


async def test_bans_are_sent_to_members_who_can_ban(ranks: Ranks) -> None:
    banner, guest = await ranks.admin.socket(), await ranks.member.socket()
    outsider = ranks.community.outsider
    await against(ranks.moderator, ranks, outsider, "ban", {"reason": "spam"})
    await ranks.moderator.expect(204, "DELETE", bans_path(ranks, outsider))
    gone = await banner.wait_for_type("MEMBER_UNBAN")
    assert gone["d"] == {"server_id": ranks.server, "user_id": outsider.id}
    assert_shape(banner.of("MEMBER_BAN")[0]["d"], BAN)
    await guest.settle()
    assert not guest.of("MEMBER_BAN", "BAN_CREATE", "MEMBER_UNBAN")


async def test_it_is_the_same_for_sockets_of_another_process(
    ranks: Ranks, live_server: LiveServer, http: aiohttp.ClientSession, rows: OwnConnection
) -> None:
    async with serving(settings_for(live_server.settings.database_url)) as other:
        elsewhere = Person(Browser(other.url, http), ranks.member.login)
        target = await elsewhere.socket()
        stream = await stream_of(elsewhere, ranks)
        await against(ranks.moderator, ranks, ranks.member, "kick", {"reason": "rude"})
        await ranks.owner.send(ranks.channel, "not for them")
        told = await target.wait_for_type("MEMBER_KICK")
        assert told["d"]["reason"] == "rude"
        await target.settle()
        assert not target.of("MESSAGE_CREATE")
        assert b"not for them" not in await asyncio.wait_for(stream.read(), PATIENCE)
        await target.close()


async def stream_of(person: Person, ranks: Ranks) -> Any:
    """An open subscription of the channel: its first bytes are read."""
    headers = {"Authorization": f"Bearer {person.token}", "Subscribe": "true"}
    stream = await person.http.get(f"{person.url}/sync/channels/{ranks.channel}/messages", headers=headers)
    assert stream.status == 209
    await stream.content.readany()
    return stream.content


async def test_a_banned_user_who_was_away_learns_why(ranks: Ranks) -> None:
    before = await ranks.member.socket()
    positions = before.ready["positions"]
    await before.close()
    await against(ranks.moderator, ranks, ranks.member, "kick", {"reason": "rude"})
    after: Socket = await ranks.member.socket()
    await after.say("RESUME", {"positions": positions})
    lost = await after.wait_for_type("SERVER_DELETE")
    assert lost["d"] == {"id": ranks.server, "departure": "MEMBER_KICK", "reason": "rude"}
