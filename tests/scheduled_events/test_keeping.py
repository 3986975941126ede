"""Reminders, and events that go on to their next date: once, whatever number of processes looks for what is due"""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from coterie.database.connection import Database
from coterie.database.pool import OwnConnection
from coterie.scheduled_events import keeping
from coterie.scheduled_events.keeping import keep
from tests.people import Community, Person
from tests.scheduled_events.calls import announce, answer, counts, later, upcoming
from tests.serving import Register


async def make_due(rows: OwnConnection, event: dict[str, Any], **ago: float) -> None:
    """Let the reminder be due, as if that much time had passed."""
    await rows.execute("UPDATE scheduled_events SET remind_at = $2 WHERE message_id = $1", event["id"], past(**ago))


def past(**given: float) -> datetime:
    return datetime.now(UTC) - timedelta(**given)


async def reminders(person: Person, channel: str) -> list[dict[str, Any]]:
    found = await person.expect(200, "GET", f"/api/channels/{channel}/messages")
    return [message for message in found if message["type"] == "system"]


async def test_those_who_are_interested_or_coming_are_reminded(
    community: Community, database: Database, rows: OwnConnection, register: Register
) -> None:
    owner, member, channel = community.owner, community.member, community.channel
    away = await register("away")
    await away.expect(201, "POST", f"/api/servers/{community.server}/join")
    sent = await announce(member, channel, reminder_minutes=30)
    await answer(owner, sent, "coming")
    await answer(away, sent, "declined")
    await answer(member, sent, "interested")
    due = await rows.fetchval("SELECT remind_at FROM scheduled_events WHERE message_id = $1", sent["id"])
    assert due == datetime.fromisoformat(sent["event"]["starts_at"]) - timedelta(minutes=30)
    await keep(database)
    assert await reminders(owner, channel) == [], "it is not time"
    socket = await owner.socket()
    await make_due(rows, sent)
    await asyncio.gather(*(keep(database) for _ in range(5)))
    [told] = await reminders(owner, channel)
    assert (await socket.wait_for_type("MESSAGE_CREATE"))["d"] == told
    assert sorted(told["mention_user_ids"]) == sorted([owner.id, member.id])
    assert (told["author_id"], told["reply_to"], told["type_details"]["kind"]) == (None, sent["id"], "event_reminder")
    assert told["type_details"]["event_id"] == sent["id"]
    for person in (owner, member):
        [item] = (await person.expect(200, "GET", "/api/inbox?unread=true"))["items"]
        assert (item["message"], item["reason"], item["is_read"]) == (told, "event", False)
        [unread] = await person.expect(200, "GET", "/api/users/@me/unread")
        assert unread["mention_count"] == 1
    assert (await away.expect(200, "GET", "/api/inbox"))["items"] == []
    await keep(database)
    await member.expect(200, "PATCH", f"/api/events/{sent['id']}", {"name": "Renamed"})
    await keep(database)
    assert await reminders(owner, channel) == [told], "once"


async def test_a_lead_that_has_passed_already_reminds_at_the_start(community: Community, rows: OwnConnection) -> None:
    sent = await announce(community.member, community.channel, starts_at=later(minutes=5), reminder_minutes=60)
    due = await rows.fetchval("SELECT remind_at FROM scheduled_events WHERE message_id = $1", sent["id"])
    assert due == datetime.fromisoformat(sent["event"]["starts_at"])
    moved = {"starts_at": later(days=2)}
    event = await community.member.expect(200, "PATCH", f"/api/events/{sent['id']}", moved)
    due = await rows.fetchval("SELECT remind_at FROM scheduled_events WHERE message_id = $1", sent["id"])
    assert due == datetime.fromisoformat(event["starts_at"]) - timedelta(hours=1)


@pytest.mark.parametrize("was_answered", [True, False])
async def test_nobody_is_told_too_late_or_without_anyone_to_tell(
    community: Community, database: Database, rows: OwnConnection, was_answered: bool
) -> None:
    """As after a long time in which the server was off."""
    sent = await announce(community.member, community.channel, reminder_minutes=0)
    if was_answered:
        await answer(community.owner, sent, "coming")
        moved = "UPDATE scheduled_events SET starts_at = $2 WHERE message_id = $1"
        await rows.execute(moved, sent["id"], past(hours=3))
    await make_due(rows, sent, hours=3)
    await keep(database)
    assert await reminders(community.owner, community.channel) == []
    assert await rows.fetchval("SELECT remind_at FROM scheduled_events WHERE message_id = $1", sent["id"]) is None


async def test_who_left_is_not_mentioned(community: Community, database: Database, rows: OwnConnection) -> None:
    sent = await announce(community.owner, community.channel, reminder_minutes=0)
    await answer(community.owner, sent, "coming")
    await answer(community.member, sent, "coming")
    await community.member.expect(204, "DELETE", f"/api/servers/{community.server}/leave")
    await make_due(rows, sent)
    await keep(database)
    [told] = await reminders(community.owner, community.channel)
    assert told["mention_user_ids"] == [community.owner.id]


async def test_a_reminder_mentions_a_limited_number(
    community: Community, database: Database, rows: OwnConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "REMINDED", 1)
    sent = await announce(community.owner, community.channel, reminder_minutes=0)
    await answer(community.member, sent, "coming")
    await answer(community.owner, sent, "coming")
    await make_due(rows, sent)
    await keep(database)
    [told] = await reminders(community.owner, community.channel)
    assert told["mention_user_ids"] == [community.member.id]


@pytest.fixture
async def broken(community: Community, rows: OwnConnection) -> AsyncIterator[dict[str, Any]]:
    """An event that is due and has no zone, until the test ends: its server writes into its log that it fails."""
    weekly = await announce(community.owner, community.channel, repeat="weekly", reminder_minutes=0)
    change = "UPDATE scheduled_events SET moves_on_at = $2, time_zone = $3 WHERE message_id = $1"
    await rows.execute(change, weekly["id"], past(hours=1), "Nowhere/Gone")
    yield weekly
    await rows.execute(change, weekly["id"], None, "UTC")


@pytest.mark.usefixtures("broken")
async def test_an_event_that_fails_holds_up_no_other(
    community: Community, database: Database, rows: OwnConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    single = await announce(community.owner, community.channel, reminder_minutes=0)
    await answer(community.member, single, "coming")
    await make_due(rows, single)
    monkeypatch.setattr(keeping, "BATCH", 1)
    await keep(database)
    assert await reminders(community.owner, community.channel) == [], "the first of them is the one that fails"
    monkeypatch.setattr(keeping, "BATCH", 50)
    await keep(database)
    [told] = await reminders(community.owner, community.channel)
    assert told["reply_to"] == single["id"]


async def test_a_cancellation_is_told(community: Community, database: Database) -> None:
    sent = await announce(community.member, community.channel)
    await answer(community.owner, sent, "coming")
    await community.member.expect(200, "POST", f"/api/events/{sent['id']}/cancel")
    await keep(database)
    await keep(database)
    [told] = await reminders(community.owner, community.channel)
    assert (told["type_details"]["kind"], told["mention_user_ids"]) == ("event_cancelled", [community.owner.id])


async def test_in_a_group(community: Community, database: Database, rows: OwnConnection) -> None:
    owner, member = community.owner, community.member
    group = await owner.expect(201, "POST", "/api/conversations", {"participant_ids": [member.id], "name": "Us"})
    sent = await announce(owner, group["id"], reminder_minutes=0)
    await answer(member, sent, "coming")
    socket = await member.socket()
    await make_due(rows, sent)
    await keep(database)
    frame = await socket.wait_for_type("DM_MESSAGE_CREATE")
    assert frame["d"]["mention_user_ids"] == [member.id]


@pytest.fixture
async def weekly(community: Community, rows: OwnConnection) -> dict[str, Any]:
    """A weekly event that began the day before yesterday, and was answered by two people."""
    starts_at = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=5)
    ends_at = starts_at + timedelta(hours=2)
    sent = await announce(
        community.member,
        community.channel,
        starts_at=starts_at.isoformat(),
        ends_at=ends_at.isoformat(),
        time_zone="UTC",
        repeat="weekly",
        reminder_minutes=10,
    )
    await answer(community.owner, sent, "coming")
    await answer(community.member, sent, "declined")
    week = timedelta(days=7)
    await rows.execute(
        """
        UPDATE scheduled_events SET starts_at = $2, ends_at = $3, moves_on_at = $3, remind_at = NULL,
            first_local = to_char(first_local::timestamp - interval '7 days', 'YYYY-MM-DD"T"HH24:MI:SS')
        WHERE message_id = $1
        """,
        sent["id"],
        starts_at - week,
        ends_at - week,
    )
    return sent


async def test_one_that_repeats_goes_on_to_its_next_date(
    community: Community, database: Database, rows: OwnConnection, weekly: dict[str, Any]
) -> None:
    """Those who were coming stay interested; old state and the event are the fresh state."""
    owner, member, channel = community.owner, community.member, community.channel
    sockets = {person: await person.socket() for person in (owner, member)}
    await asyncio.gather(*(keep(database) for _ in range(4)))
    for person, own in ((owner, "interested"), (member, None)):
        event = await person.expect(200, "GET", f"/api/events/{weekly['id']}")
        assert (event["starts_at"], event["ends_at"]) == (weekly["event"]["starts_at"], weekly["event"]["ends_at"])
        assert (counts(event), event["user_answer"]) == ((1, 0, 0), own)
        frame = await sockets[person].wait_for_type("EVENT_UPDATE")
        [fresh] = await person.expect(200, "GET", f"/api/channels/{channel}/messages")
        assert frame["d"] == fresh
        assert (frame["d"]["event"], frame["position"]) == (event, event["version"])
        assert await upcoming(person, community.server) == [event]
    assert event["version"] == weekly["version"] + 3, "once"
    due = await rows.fetchval("SELECT remind_at FROM scheduled_events WHERE message_id = $1", weekly["id"])
    assert due == datetime.fromisoformat(event["starts_at"]) - timedelta(minutes=10)


async def test_a_server_that_was_off_for_weeks_goes_on_in_one_step(
    community: Community, database: Database, rows: OwnConnection, weekly: dict[str, Any]
) -> None:
    moved = """
        UPDATE scheduled_events
        SET starts_at = starts_at - interval '70 days', ends_at = ends_at - interval '70 days',
            moves_on_at = moves_on_at - interval '70 days',
            first_local = to_char(first_local::timestamp - interval '70 days', 'YYYY-MM-DD"T"HH24:MI:SS')
        WHERE message_id = $1
    """
    await rows.execute(moved, weekly["id"])
    await keep(database)
    event = await community.owner.expect(200, "GET", f"/api/events/{weekly['id']}")
    assert (event["starts_at"], event["version"]) == (weekly["event"]["starts_at"], weekly["version"] + 3)


async def test_what_was_deleted_is_left_alone(community: Community, database: Database, weekly: dict[str, Any]) -> None:
    await community.member.expect(204, "DELETE", f"/api/messages/{weekly['id']}")
    await keep(database)
    assert await upcoming(community.owner, community.server) == []
