"""/realtime: what is sent, to whom, and under which name."""

import asyncio
from datetime import datetime
from uuid import uuid4

import aiohttp
import pytest

from tests.messenger.conftest import Listen
from tests.patience import PATIENCE
from tests.people import Browser, Community
from tests.serving import Register


async def test_it_works(community: Community, listen: Listen) -> None:
    stream = await listen(community.member)
    assert stream.response.status == 200
    assert stream.response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert stream.response.headers["cache-control"] == "no-cache, no-transform, no-store"
    assert stream.response.headers["x-accel-buffering"] == "no"
    sent = await community.owner.send(community.channel, "hello \N{SNOWMAN}")
    told = await stream.wait_for_text("hello \N{SNOWMAN}")
    assert set(told.data) == {"event_type", "payload", "timestamp", "version"}
    assert (told.name, told.data["event_type"], told.data["version"]) == ("message", "message", f"v{sent['seq']}")
    datetime.fromisoformat(told.data["timestamp"])
    of_its_own = {
        "text": sent["content"],
        "author": community.owner.username,
        "timestamp": sent["created_at"],
        "version": f"v{sent['seq']}",
        "change": "MESSAGE_CREATE",
    }
    assert told.payload == {**sent, **of_its_own}


async def test_the_old_way_of_asking(community: Community, listen: Listen) -> None:
    stream = await listen(community.member, Accept="*/*", Subscribe="true")
    assert stream.response.status == 200
    assert (await community.member.get("/realtime")).status == 400
    assert (await community.member.post("/realtime")).status == 405
    same = await community.member.get("/api/realtime")
    assert (same.status, same.code) == (400, "invalid")


async def test_it_needs_a_login(browser: Browser) -> None:
    for headers in ({"Subscribe": "true"}, {"Subscribe": "true", "X-Dev-User-Id": str(uuid4())}):
        assert (await browser.get("/realtime", headers=headers)).status == 401


async def test_edits_reactions_and_deletions_are_new_states_of_the_message(
    community: Community, listen: Listen
) -> None:
    sent = await community.owner.send(community.channel, "hello")
    stream = await listen(community.member)
    path = f"/api/channels/{community.channel}/messages/{sent['id']}"
    await community.owner.expect(200, "PATCH", f"/api/messages/{sent['id']}", {"content": "goodbye"})
    await community.owner.expect(204, "PUT", f"{path}/reactions/x")
    await community.owner.expect(204, "DELETE", f"/api/messages/{sent['id']}")
    await stream.wait_for(lambda told: told.name == "message" and told.payload["deleted"])
    changes = [told.payload["change"] for told in stream.told if told.name == "message"]
    assert changes == ["MESSAGE_UPDATE", "REACTION_ADD", "MESSAGE_DELETE"]


async def test_a_user_who_cannot_view_receives_nothing(community: Community, listen: Listen) -> None:
    stream = await listen(community.outsider)
    await community.owner.send(community.channel, "psst")
    await community.owner.expect(200, "PATCH", f"/api/servers/{community.server}", {"name": "Other"})
    await community.member.post("/typing", {"is_typing": True, "channel_id": community.channel})
    await stream.settle(community.outsider)
    assert [told.name for told in stream.told if told.name not in ("status", "user_update", "presence")] == []


async def test_a_removed_member_receives_nothing_more(community: Community, listen: Listen) -> None:
    stream = await listen(community.member)
    await community.owner.send(community.channel, "before")
    await community.owner.expect(204, "POST", f"/api/servers/{community.server}/members/{community.member.id}/kick", {})
    await community.owner.send(community.channel, "after")
    await stream.settle(community.member)
    assert stream.texts() == ["before"]
    again = await listen(community.member, stream.last_id)
    await again.settle(community.member)
    assert again.texts() == []


async def test_only_the_types_that_are_asked_for(community: Community, listen: Listen) -> None:
    stream = await listen(community.member, query="?types=Typing,channel_create")
    await community.owner.send(community.channel, "not told")
    body = {"name": "another", "type": "text"}
    await community.owner.expect(201, "POST", f"/api/servers/{community.server}/channels", body)
    await community.owner.post("/typing", {"is_typing": True, "channel_id": community.channel})
    typing = await stream.wait_for(lambda told: told.name == "typing")
    assert (typing.payload["user"], typing.payload["is_typing"]) == (community.owner.username, True)
    assert [told.name for told in stream.told] == ["channel_create", "typing"]
    assert stream.told[0].data["event_type"] == {"custom": "channel_create"}


async def test_custom_names_them_all(community: Community, listen: Listen) -> None:
    stream = await listen(community.member, query="?types=custom")
    await community.owner.send(community.channel, "not told")
    await community.owner.expect(200, "PATCH", f"/api/servers/{community.server}", {"name": "Other"})
    told = await stream.wait_for(lambda told: told.name == "server_update")
    assert told.payload["name"] == "Other"
    assert {each.name for each in stream.told} == {"server_update"}


async def test_a_mention_is_a_notification(community: Community, listen: Listen) -> None:
    member, path = community.member, f"/api/channels/{community.channel}/notifications"
    stream = await listen(member)
    sent = await community.owner.send(community.channel, f"look, @{member.username}")
    told = await stream.wait_for(lambda told: told.name == "notification")
    assert told.payload == {
        "title": community.owner.username,
        "message": sent["content"],
        "kind": "mention",
        "channel_id": community.channel,
        "message_id": sent["id"],
    }
    await stream.wait_for_text(sent["content"])
    assert [each.name for each in stream.told[-2:]] == ["notification", "message"]
    await member.expect(200, "PUT", path, {"level": "nothing"})
    await stream.wait_for(lambda told: told.name == "notification_level_update")
    await community.owner.send(community.channel, f"again, @{member.username}")
    await stream.wait_for_text(f"again, @{member.username}")
    await member.send(community.channel, f"me, @{member.username}")
    await stream.settle(member)
    assert len([each for each in stream.told if each.name == "notification"]) == 1


async def test_friends_are_notifications(community: Community, listen: Listen) -> None:
    owner, member = community.owner, community.member
    asked, asking = await listen(member), await listen(owner)
    body = {"to_user_id": member.id}
    request = (await owner.expect(200, "POST", "/api/friends/request", body))["request_id"]
    told = await asked.wait_for(lambda told: told.name == "notification")
    assert (told.payload["kind"], told.payload["id"]) == ("friend_request", request)
    assert owner.username in told.payload["message"]
    await member.expect(200, "POST", "/api/friends/respond", {"request_id": request, "accept": True})
    told = await asking.wait_for(lambda told: told.name == "notification")
    assert (told.payload["kind"], told.payload["id"]) == ("friend", member.id)
    await community.outsider.expect(200, "GET", "/api/friends/requests")
    conversation = (await owner.expect(200, "GET", "/api/conversations"))["conversations"][0]["id"]
    await owner.send(conversation, "hello friend")
    told = await asked.wait_for(lambda told: told.name == "notification" and told.payload["kind"] == "direct_message")
    assert (told.payload["title"], told.payload["message"]) == (owner.username, "hello friend")
    await asked.wait_for_text("hello friend")
    await asking.wait_for_text("hello friend")
    kinds = [each.payload["kind"] for each in asking.told if each.name == "notification"]
    assert kinds == ["friend"], "nobody is notified of their own words"


async def test_the_end_of_the_session_is_announced(community: Community, listen: Listen) -> None:
    stream = await listen(community.member)
    await community.member.expect(204, "POST", "/api/auth/logout")
    await stream.end()
    assert stream.told[-1].payload["status"] == "session_ended"


async def test_a_listener_is_online(community: Community, listen: Listen) -> None:
    owner = await listen(community.owner)
    stream = await listen(community.member)

    def is_seen(status: str) -> bool:
        found = [told.payload for told in owner.told if told.name == "presence"]
        return any((each["user_id"], each["status"]) == (community.member.id, status) for each in found)

    await owner.wait_for(lambda _: is_seen("online"))
    stream.cut()
    await owner.wait_for(lambda _: is_seen("offline"))


async def test_signs_of_life(community: Community, listen: Listen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coterie.messenger.realtime.SILENCE_SECONDS", 0.05)
    stream = await listen(community.member)
    stream.rest = b""
    async with asyncio.timeout(PATIENCE):
        while b":\n\n" not in stream.rest:
            stream.rest += await stream.response.content.readany()


async def test_a_page_of_another_origin_cannot_read_it(community: Community, http: aiohttp.ClientSession) -> None:
    headers = {"Cookie": f"coterie_session={community.member.token}", "Accept": "text/event-stream"}
    elsewhere = {**headers, "Origin": "https://elsewhere.example"}
    async with http.get(f"{community.member.url}/realtime", headers=elsewhere) as answer:
        assert answer.status == 401
    async with http.get(f"{community.member.url}/realtime", headers=headers) as answer:
        assert answer.status == 200


async def test_what_is_not_there(register: Register) -> None:
    person = await register()
    assert (await person.get("/realtime/more", headers={"Subscribe": "true"})).status == 404
