"""What receivers get: every event, signed, in order, at least once, and only what the creator can see."""

import asyncio
import hmac
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from coterie.permissions.bits import Permission
from tests.files.conftest import until, uploaded
from tests.patience import QUIET
from tests.people import Community, Person
from tests.webhooks.conftest import HookWorld
from tests.webhooks.receiver import Delivered


def told(received: list[Delivered]) -> list[tuple[str, Any]]:
    """The events with what identifies each."""
    return [(each.event, each.data.get("content") or each.data.get("id") or each.data["user_id"]) for each in received]


async def test_a_message_arrives_signed(world: HookWorld) -> None:
    made = await world.create()
    sent = await world.send("hello")
    [delivered] = await world.receiver.wait(1)
    assert delivered.json == {"event": "message.created", "server_id": world.community.server, "data": sent}
    headers = delivered.headers
    assert headers["content-type"] == "application/json"
    assert headers["x-together-hook-id"] == made["id"]
    assert headers["x-together-delivery-attempt"] == "1"
    digest = hmac.digest(made["secret"].encode(), delivered.body, "sha256").hex()
    assert headers["x-together-signature-256"] == f"sha256={digest}"
    assert not {"authorization", "cookie", "referer"} & set(headers)

    async def is_used() -> bool:
        return (await world.get(made))["last_used_at"] is not None

    await until(is_used)


async def test_every_event(world: HookWorld) -> None:
    await world.create()
    community = world.community
    sent = await world.send("first")
    place = f"/api/channels/{community.channel}/messages/{sent['id']}"
    await community.member.expect(200, "PATCH", f"/api/messages/{sent['id']}", {"content": "second"})
    await community.member.expect(204, "PUT", f"{place}/reactions/x")
    await community.member.expect(201, "POST", f"{place}/thread", {"content": "a reply"})
    await uploaded(community.member, sent["id"], ("words.txt", b"some words"))
    await world.receiver.wait(4)
    await community.member.expect(204, "DELETE", f"/api/messages/{sent['id']}")
    await community.outsider.expect(201, "POST", f"/api/servers/{community.server}/join")
    await community.outsider.expect(204, "DELETE", f"/api/servers/{community.server}/leave")
    received = await world.receiver.wait(6)
    await asyncio.sleep(QUIET)
    first = [each for each in world.receiver.received if each.event.startswith("message.")]
    assert first[0].event == "message.created"
    assert ("message.updated", "second") in told(received)
    assert ("message.created", "a reply") in told(received)
    with_file = [each.data["attachments"] for each in first if each.event == "message.updated"][-1]
    assert [each["filename"] for each in with_file] == ["words.txt"]
    gone = [each.data for each in first if each.event == "message.deleted"]
    assert {"id": sent["id"], "channel_id": community.channel} in gone
    members = [each for each in world.receiver.received if each.event.startswith("member.")]
    assert members[-1].event == "member.left"
    assert members[-1].data == {"server_id": community.server, "user_id": community.outsider.id}


async def test_who_joins_is_told_even_if_they_change_meanwhile(world: HookWorld) -> None:
    await world.create("member.joined")
    world.receiver.statuses = ["500 Oops"]
    world.receiver.is_open.clear()
    outsider, server = world.community.outsider, world.community.server
    await outsider.expect(201, "POST", f"/api/servers/{server}/join")
    await world.receiver.wait(1)
    await outsider.expect(200, "PATCH", f"/api/servers/{server}/members/@me", {"nickname": "Nick"})
    world.receiver.is_open.set()
    received = await world.receiver.wait(2)
    assert told(received[1:]) == [("member.joined", outsider.id)]
    assert received[1].data["nickname"] == "Nick"
    await world.community.member.expect(200, "PATCH", f"/api/servers/{server}/members/@me", {"nickname": "Other"})
    await asyncio.sleep(QUIET)
    assert len(world.receiver.received) == 2, "a nickname is no event"


async def test_only_chosen_events_of_channels(world: HookWorld) -> None:
    """Neither what was not chosen, nor reactions, nor direct conversations."""
    await world.create("message.deleted")
    sent = await world.send("hello")
    body = {"participant_ids": [world.community.member.id], "name": "Group"}
    talk = await world.community.owner.expect(201, "POST", "/api/conversations", body)
    await world.community.owner.expect(201, "POST", f"/api/dm-channels/{talk['id']}/messages", {"content": "secret"})
    await world.community.member.expect(204, "DELETE", f"/api/messages/{sent['id']}")
    received = await world.receiver.wait(1)
    assert told(received) == [("message.deleted", sent["id"])]


async def test_attempts_are_repeated_and_the_order_is_kept(world: HookWorld) -> None:
    made = await world.create("message.created")
    world.receiver.statuses = ["500 Oops", "302 Found", "204 No Content"]
    for number in range(5):
        await world.send(f"message {number}")
    received = await world.receiver.wait(7)
    assert [each.attempt for each in received] == [1, 2, 3, 1, 1, 1, 1]
    assert len({each.body for each in received[:3]}) == 1
    assert [each.data["content"] for each in received[2:]] == [f"message {number}" for number in range(5)]

    async def is_well() -> bool:
        return (await world.get(made))["failing_since"] is None

    await until(is_well)
    found = await world.get(made)
    assert (found["delivery_failures"], found["last_failure"]) == (0, None)


async def test_after_three_attempts_it_waits_longer(world: HookWorld) -> None:
    made = await world.create("message.created")
    socket = await world.community.owner.socket()
    world.receiver.statuses = ["503 Later"] * 4
    await world.send("hello")
    received = await world.receiver.wait(5)
    assert [each.attempt for each in received] == [1, 2, 3, 1, 2]
    failed = await socket.wait_for(lambda frame: (frame.get("d") or {}).get("delivery_failures") == 1)
    assert (failed["d"]["id"], failed["d"]["last_failure"]) == (made["id"], "status_503")
    healed = await socket.wait_for(
        lambda frame: frame.get("t") == "WEBHOOK_UPDATE" and frame["d"]["failing_since"] is None
    )
    assert healed["d"]["delivery_failures"] == 0


def test_the_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    from coterie.webhooks import sending

    monkeypatch.undo()
    rounds = [sending.wait_after(0, number) for number in (1, 2, 3, 7, 30, 1000)]
    assert [sending.wait_after(1, 0), sending.wait_after(2, 0)] == [timedelta(seconds=5), timedelta(seconds=15)]
    assert rounds == [timedelta(minutes=minutes) for minutes in (1, 2, 4, 60, 60, 60)]


async def test_a_day_of_failures_switches_it_off(world: HookWorld) -> None:
    made = await world.create("message.created")
    socket = await world.community.owner.socket()
    world.receiver.statuses = ["500 Oops"] * 50
    await world.send("hello")
    await world.receiver.wait(1)
    await world.rows.execute("UPDATE webhooks SET failing_since = now() - interval '25 hours'")
    off = await socket.wait_for(lambda frame: frame.get("t") == "WEBHOOK_UPDATE" and not frame["d"]["enabled"])
    assert (off["d"]["id"], off["d"]["disabled_reason"]) == (made["id"], "failing")
    entries = await world.community.owner.expect(
        200, "GET", f"/api/servers/{world.community.server}/audit-logs?action=webhook_disable"
    )
    assert [(each["actor_id"], each["details"]) for each in entries] == [(None, {"name": "Hook", "cause": "failing"})]
    world.receiver.statuses = []
    await world.send("while it is off")
    enabled = await world.community.owner.expect(200, "PATCH", f"{world.path}/{made['id']}", {"enabled": True})
    assert (enabled["enabled"], enabled["disabled_reason"], enabled["delivery_failures"]) == (True, None, 0)
    before = len(world.receiver.received)
    await world.send("on again")
    received = await world.receiver.wait(before + 1)
    assert [each.data["content"] for each in received[before:]] == ["on again"]


async def test_a_test_tells_how_it_went(world: HookWorld) -> None:
    made = await world.create()
    path, socket = f"{world.path}/{made['id']}", await world.community.owner.socket()
    await world.community.owner.expect(200, "PATCH", path, {"enabled": False})
    for status, result in (("204 No Content", "delivered"), ("404 Not Found", "status_404")):
        world.receiver.statuses = [status]
        answer = await world.community.owner.post(f"{path}/test")
        assert (answer.status, answer.body) == (202, "")
        told_of = await socket.wait_for(lambda frame: (frame.get("d") or {}).get("last_test_result") == result)  # noqa: B023
        assert told_of["d"]["last_tested_at"] is not None
        assert told_of["d"]["delivery_failures"] == 0
    assert [each.event for each in world.receiver.received] == ["ping", "ping"]
    data = world.receiver.received[0].data
    assert (data["webhook_id"], data["server_name"]) == (made["id"], "Club")
    assert isinstance(data["message"], str)


async def test_private_addresses_are_refused(world: HookWorld) -> None:
    made = await world.create(url=f"http://127.0.0.1:{world.receiver.port + 1}/")
    socket = await world.community.owner.socket()
    await world.community.owner.expect(202, "POST", f"{world.path}/{made['id']}/test")
    await socket.wait_for(lambda frame: (frame.get("d") or {}).get("last_test_result") == "refused")
    assert not world.receiver.received


async def administrator(community: Community, person: Person) -> str:
    """Give a member a role with ADMINISTRATOR; returns the role."""
    server = f"/api/servers/{community.server}"
    body = {"name": "admin", "permissions": int(Permission.ADMINISTRATOR)}
    role = (await community.owner.expect(201, "POST", f"{server}/roles", body))["id"]
    await community.owner.expect(204, "PUT", f"{server}/members/{person.id}/roles/{role}")
    return str(role)


async def test_it_is_sent_what_its_creator_can_see_now(world: HookWorld) -> None:
    community, server = world.community, f"/api/servers/{world.community.server}"
    role = await administrator(community, community.member)
    await world.create("message.created", person=community.member)
    hidden = (await community.owner.expect(201, "POST", f"{server}/channels", {"name": "hidden", "type": "text"}))["id"]
    denial = {"user_id": community.member.id, "allow": 0, "deny": int(Permission.VIEW_CHANNEL)}
    await community.owner.expect(200, "PUT", f"/api/channels/{hidden}/overrides", denial)
    await community.owner.send(hidden, "administrators see everything")
    await world.receiver.wait(1)
    await community.owner.expect(204, "DELETE", f"{server}/members/{community.member.id}/roles/{role}")
    await community.owner.send(hidden, "secret")
    await community.owner.send(community.channel, "for everyone")
    received = await world.receiver.wait(2)
    await asyncio.sleep(QUIET)
    assert told(world.receiver.received) == told(received)
    assert [each.data["content"] for each in received] == ["administrators see everything", "for everyone"]


async def test_it_stops_when_its_creator_leaves(world: HookWorld) -> None:
    community = world.community
    await administrator(community, community.member)
    made = await world.create(person=community.member)
    socket = await community.owner.socket()
    await community.member.expect(204, "DELETE", f"/api/servers/{community.server}/leave")
    off = await socket.wait_for(lambda frame: frame.get("t") == "WEBHOOK_UPDATE" and not frame["d"]["enabled"])
    assert (off["d"]["id"], off["d"]["disabled_reason"]) == (made["id"], "creator_left")
    await community.owner.send(community.channel, "nobody hears it")
    await asyncio.sleep(QUIET)
    assert not world.receiver.received


async def test_a_changed_secret_of_the_instance_switches_it_off(world: HookWorld) -> None:
    made = await world.create("message.created")
    socket = await world.community.owner.socket()
    await world.rows.execute("UPDATE webhooks SET sealed_with = 'another key' WHERE id = $1", UUID(made["id"]))
    await world.send("hello")
    off = await socket.wait_for(lambda frame: frame.get("t") == "WEBHOOK_UPDATE" and not frame["d"]["enabled"])
    assert off["d"]["disabled_reason"] == "secret_lost"
    assert not world.receiver.received


async def test_a_new_channel_is_sent_too_and_a_deleted_one_leaves_nothing(world: HookWorld) -> None:
    await world.create("message.created")
    community, server = world.community, f"/api/servers/{world.community.server}"
    made = (await community.owner.expect(201, "POST", f"{server}/channels", {"name": "new", "type": "text"}))["id"]
    await community.owner.send(made, "in a new channel")
    assert told(await world.receiver.wait(1)) == [("message.created", "in a new channel")]
    await community.owner.expect(204, "DELETE", f"{server}/channels/{made}")

    async def is_forgotten() -> bool:
        query = "SELECT count(*) FROM webhook_positions WHERE topic_id = $1"
        return not await world.rows.fetchval(query, UUID(made))

    await until(is_forgotten)
