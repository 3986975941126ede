"""POST /api/channels/{channel_id}/events, and GET /api/servers/{server_id}/events"""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from coterie.database.pool import OwnConnection
from coterie.permissions.bits import Permission
from tests.people import Browser, Community
from tests.scheduled_events.calls import announce, answer, later, upcoming
from tests.shapes import EVENT, MESSAGE, assert_shape

BODY: dict[str, Any] = {"name": "Game night", "starts_at": "2031-05-04T18:30:00+02:00"}


def path_of(channel: str) -> str:
    return f"/api/channels/{channel}/events"


async def test_it_works(community: Community) -> None:
    sent = await community.member.expect(201, "POST", path_of(community.channel), BODY)
    assert_shape(sent, MESSAGE)
    assert_shape(sent["event"], EVENT)
    event = sent["event"]
    assert (sent["type"], sent["author_id"], event["id"]) == ("event", community.member.id, sent["id"])
    assert (event["name"], event["starts_at"]) == ("Game night", "2031-05-04T16:30:00Z")
    assert (event["created_by"], event["created_at"]) == (community.member.id, sent["created_at"])
    assert sent["content"] == "\N{CALENDAR} **Event** Game night \N{EN DASH} 2031-05-04 16:30 UTC"
    for person in (community.owner, community.member):
        assert await person.expect(200, "GET", f"/api/channels/{community.channel}/messages") == [sent]
        assert await person.expect(200, "GET", f"/api/events/{event['id']}") == event
        assert await upcoming(person, community.server) == [event]


async def test_everything_is_kept(community: Community) -> None:
    sent = await announce(
        community.member,
        community.channel,
        name="  Meet\nup \u200b",
        description=" Bring\nsnacks ",
        place=" The  park ",
        starts_at="2031-05-04T18:30:00Z",
        ends_at="2031-05-04T20:00:00Z",
        time_zone="Europe/Berlin",
        repeat="weekly",
        reminder_minutes=30,
    )
    event = sent["event"]
    assert event["name"] == "Meet up"
    assert (event["description"], event["ends_at"]) == ("Bring\nsnacks", "2031-05-04T20:00:00Z")
    assert event["place"].split() == ["The", "park"]
    assert (event["time_zone"], event["repeat"], event["reminder_minutes"]) == ("Europe/Berlin", "weekly", 30)
    assert sent["content"].splitlines() == [
        "\N{CALENDAR} **Event** Meet up \N{EN DASH} 2031-05-04 18:30 UTC, every week",
        event["place"],
        "Bring",
        "snacks",
    ]


async def test_in_a_voice_channel_that_its_author_sees(community: Community) -> None:
    owner, member = community.owner, community.member
    path = f"/api/servers/{community.server}/channels"
    voice = await owner.expect(201, "POST", path, {"name": "Lounge", "type": "voice"})
    sent = await announce(member, community.channel, voice_channel_id=voice["id"])
    assert sent["event"]["voice_channel_id"] == voice["id"]
    denial = {"user_id": member.id, "allow": 0, "deny": int(Permission.VIEW_CHANNEL)}
    await owner.expect(200, "PUT", f"/api/channels/{voice['id']}/overrides", denial)
    for refused in (voice["id"], community.channel, str(uuid4())):
        answer = await member.post(path_of(community.channel), BODY | {"voice_channel_id": refused})
        assert (answer.status, answer.code, list(answer.body["fields"])) == (400, "invalid", ["voice_channel_id"])
    both = await owner.post(path_of(community.channel), BODY | {"voice_channel_id": voice["id"], "place": "Park"})
    assert (both.status, list(both.body["fields"])) == (400, ["place"])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": " \u200b "}, "name"),
        ({"name": "é" * 101}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"description": "x" * 2001}, "description"),
        ({"place": "x" * 201}, "place"),
        ({"starts_at": "2031-05-04T18:30:00"}, "starts_at"),
        ({"starts_at": "2999-05-04T18:30:00Z"}, "starts_at"),
        ({"starts_at": "soon"}, "starts_at"),
        ({"ends_at": "2031-05-04T18:30:00+02:00"}, "ends_at"),
        ({"time_zone": "Europe/Atlantis"}, "time_zone"),
        ({"time_zone": "../../etc/passwd"}, "time_zone"),
        ({"repeat": "hourly"}, "repeat"),
        ({"reminder_minutes": -1}, "reminder_minutes"),
        ({"reminder_minutes": 10081}, "reminder_minutes"),
        ({"nonce": ""}, "nonce"),
    ],
)
async def test_refusals(shared_community: Community, change: dict[str, Any], field: str) -> None:
    answer = await shared_community.member.post(path_of(shared_community.channel), BODY | change)
    assert (answer.status, answer.code) in ((400, "invalid"), (422, "unprocessable")), answer.body
    assert list(answer.body["fields"]) == [field]


async def test_to_outsiders_the_channel_looks_absent(community: Community, browser: Browser) -> None:
    for hidden, absent in (
        (path_of(community.channel), path_of(str(uuid4()))),
        (f"/api/servers/{community.server}/events", f"/api/servers/{uuid4()}/events"),
    ):
        method, body = ("POST", BODY) if "channels" in hidden else ("GET", None)
        answers = [await community.outsider.call(method, path, json=body) for path in (hidden, absent)]
        assert answers[0].body == answers[1].body
        assert [(answer.status, answer.code) for answer in answers] == [(404, "not_found")] * 2
        assert (await browser.call(method, hidden, json=body)).status == 401


async def test_it_goes_through_the_gate_of_messages(community: Community, rows: OwnConnection) -> None:
    """A refused event leaves nothing behind."""
    owner, member, path = community.owner, community.member, path_of(community.channel)
    denial = {"user_id": member.id, "allow": 0, "deny": int(Permission.SEND_MESSAGES)}
    overrides = f"/api/channels/{community.channel}/overrides"
    override = await owner.expect(200, "PUT", overrides, denial)
    assert (await member.post(path, BODY)).code == "missing_permission"
    await owner.expect(204, "DELETE", f"{overrides}/{override['id']}")
    timeout = f"/api/servers/{community.server}/members/{member.id}/timeout"
    await owner.expect(200, "POST", timeout, {"duration_minutes": 5})
    assert (await member.post(path, BODY)).code == "timed_out"
    stored = "SELECT count(*) FROM scheduled_events WHERE channel_id = $1"
    assert await rows.fetchval(stored, community.channel) == 0


async def test_a_repeated_nonce_makes_no_second_event(community: Community) -> None:
    first = await announce(community.member, community.channel, nonce="once")
    await answer(community.owner, first, "coming")
    again = await announce(community.member, community.channel, nonce="once")
    assert (again["id"], again["event"]["coming"]) == (first["id"], 1)
    path = path_of(community.channel)
    other = await community.member.post(path, BODY | {"name": "Other", "nonce": "once"})
    assert (other.status, other.code) == (409, "nonce_reused")
    entries = await community.owner.expect(200, "GET", f"/api/servers/{community.server}/audit-logs")
    made = [(each["actor_id"], each["target_id"]) for each in entries if each["action"] == "event_create"]
    assert made == [(community.member.id, first["id"])]


async def test_the_list_has_what_is_to_come_and_goes_on_the_next_first(community: Community) -> None:
    member, channel = community.member, community.channel
    await announce(member, channel, name="past", starts_at=later(days=-1))
    await announce(member, channel, name="over", starts_at=later(hours=-2), ends_at=later(hours=-1))
    await announce(member, channel, name="third", starts_at=later(days=3))
    await announce(member, channel, name="first", starts_at=later(hours=-1), ends_at=later(hours=1))
    await announce(member, channel, name="second", starts_at=later(hours=2))
    deleted = await announce(member, channel, name="deleted")
    await member.expect(204, "DELETE", f"/api/messages/{deleted['id']}")
    cancelled = await announce(member, channel, name="cancelled")
    await member.expect(200, "POST", f"/api/events/{cancelled['id']}/cancel")
    assert [each["name"] for each in await upcoming(community.owner, community.server)] == ["first", "second", "third"]
    assert (await community.owner.get(f"/api/events/{deleted['id']}")).status == 404


async def test_it_has_nothing_of_channels_that_the_viewer_does_not_see(community: Community) -> None:
    owner, member = community.owner, community.member
    path = f"/api/servers/{community.server}/channels"
    hidden = await owner.expect(201, "POST", path, {"name": "plans", "type": "text"})
    denial = {"user_id": member.id, "allow": 0, "deny": int(Permission.VIEW_CHANNEL)}
    await owner.expect(200, "PUT", f"/api/channels/{hidden['id']}/overrides", denial)
    sent = await announce(owner, hidden["id"])
    assert await upcoming(member, community.server) == []
    assert await upcoming(owner, community.server) == [sent["event"]]
    for method, rest, body in (
        ("GET", "", None),
        ("PATCH", "", {"name": "x"}),
        ("POST", "/cancel", None),
        ("PUT", "/answer", {"answer": "coming"}),
        ("DELETE", "/answer", None),
        ("GET", "/answers/coming", None),
    ):
        refused = await member.call(method, f"/api/events/{sent['id']}{rest}", json=body)
        assert (refused.status, refused.code) == (404, "not_found"), (method, rest)


async def test_it_has_at_most_fifty(community: Community, rows: OwnConnection) -> None:
    for _ in range(2):
        await announce(community.member, community.channel)
    await rows.execute(
        """
        WITH copied AS (
            INSERT INTO messages (id, channel_id, author_id, seq, version, content, type, created_at)
            SELECT gen_random_uuid(), channel_id, author_id, seq + 100 * number, version + 100 * number, content, type,
                   created_at
            FROM messages, generate_series(1, 30) AS number WHERE channel_id = $1 RETURNING id
        )
        INSERT INTO scheduled_events (message_id, channel_id, name, starts_at, time_zone, first_local, over_at)
        SELECT id, $1, 'copy', $2::timestamptz, 'UTC', '2026-01-01T00:00:00', $2::timestamptz FROM copied
        """,
        community.channel,
        datetime.now(UTC) + timedelta(hours=1),
    )
    found = await upcoming(community.owner, community.server)
    assert (len(found), {each["name"] for each in found}) == (50, {"copy"})
