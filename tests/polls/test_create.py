"""POST /api/channels/{channel_id}/polls"""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from coterie.database.pool import OwnConnection
from coterie.permissions.bits import Permission
from tests.people import Browser, Community
from tests.polls.calls import ask, vote
from tests.shapes import MESSAGE, POLL, assert_shape

BODY: dict[str, Any] = {"question": "Tea?", "options": ["Yes", "No"]}


def path_of(channel: str) -> str:
    return f"/api/channels/{channel}/polls"


async def test_it_works(community: Community) -> None:
    sent = await ask(community.member, community.channel)
    assert_shape(sent, MESSAGE)
    assert_shape(sent["poll"], POLL)
    poll = sent["poll"]
    assert (sent["type"], sent["author_id"], poll["id"]) == ("poll", community.member.id, sent["id"])
    assert (poll["question"], [option["text"] for option in poll["options"]]) == (
        "Where shall we meet?",
        ["Park", "Café", "Pool"],
    )
    assert sent["content"] == "\N{BAR CHART} **Poll** Where shall we meet?\n- Park\n- Café\n- Pool"
    assert (poll["total_votes"], poll["user_vote"], poll["user_votes"], poll["ends_at"]) == (0, None, [], None)
    assert len({option["id"] for option in poll["options"]}) == 3
    for person in (community.owner, community.member):
        assert await person.expect(200, "GET", f"/api/channels/{community.channel}/messages") == [sent]
        assert await person.expect(200, "GET", f"/api/polls/{poll['id']}") == poll


async def test_what_it_asks_is_kept_in_lines_without_what_nobody_sees(community: Community) -> None:
    sent = await ask(community.member, community.channel, " a\tb ", "c\u202e", question="  one\ntwo \u200b ")
    assert sent["poll"]["question"] == "one two"
    assert [option["text"] for option in sent["poll"]["options"]] == ["a b", "c"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"question": ""}, "question"),
        ({"question": " \u200b "}, "question"),
        ({"question": "x" * 501}, "question"),
        ({"question": "é" * 251}, "question"),
        ({"question": "a\0b"}, "question"),
        ({"options": ["a"]}, "options"),
        ({"options": ["a"] * 11}, "options"),
        ({"options": ["a", "  "]}, "options"),
        ({"options": ["a", "é" * 101]}, "options"),
        ({"ends_at": "2020-01-01T00:00:00Z"}, "ends_at"),
        ({"ends_at": "2999-01-01T00:00:00Z"}, "ends_at"),
        ({"ends_at": (datetime.now(UTC) + timedelta(days=1)).replace(tzinfo=None).isoformat()}, "ends_at"),
        ({"nonce": ""}, "nonce"),
    ],
)
async def test_refusals(shared_community: Community, change: dict[str, Any], field: str) -> None:
    answer = await shared_community.member.post(path_of(shared_community.channel), BODY | change)
    assert (answer.status, answer.code) == (400, "invalid"), answer.body
    assert [name.partition("[")[0] for name in answer.body["fields"]] == [field]


async def test_the_longest_poll_is_accepted_and_arrives(community: Community) -> None:
    """Also live, though it is too long for a bus message."""
    socket = await community.owner.socket()
    options = [('"' * 198) + f"{number:02}" for number in range(10)]
    sent = await ask(community.member, community.channel, *options, question='"' * 500)
    frame = await socket.wait_for_type("MESSAGE_CREATE")
    assert frame["d"] == sent
    await vote(community.owner, sent, 9)
    frame = await socket.wait_for_type("POLL_VOTE")
    assert frame["d"]["updated_poll"]["user_vote"] == sent["poll"]["options"][9]["id"]


async def test_to_outsiders_the_channel_looks_absent(community: Community, browser: Browser) -> None:
    hidden = await community.outsider.post(path_of(community.channel), BODY)
    absent = await community.outsider.post(path_of(str(uuid4())), BODY)
    assert (hidden.status, hidden.body) == (absent.status, absent.body)
    assert (absent.status, absent.code) == (404, "not_found")
    assert (await browser.post(path_of(community.channel), BODY)).status == 401


async def test_it_goes_through_the_gate_of_messages(community: Community, rows: OwnConnection) -> None:
    """SEND_MESSAGES, slow mode, timeouts: as any message. A refused poll leaves nothing behind."""
    owner, member, path = community.owner, community.member, path_of(community.channel)
    overrides = f"/api/channels/{community.channel}/overrides"
    denial = {"user_id": member.id, "allow": 0, "deny": int(Permission.SEND_MESSAGES)}
    override = await owner.expect(200, "PUT", overrides, denial)
    assert (await member.post(path, BODY)).code == "missing_permission"
    await owner.expect(204, "DELETE", f"{overrides}/{override['id']}")
    server = f"/api/servers/{community.server}"
    await owner.expect(200, "PATCH", f"{server}/channels/{community.channel}", {"slow_mode_seconds": 60})
    await ask(member, community.channel)
    refused = await member.post(path, BODY)
    assert (refused.status, refused.code) == (429, "slow_mode")
    await owner.expect(200, "PATCH", f"{server}/channels/{community.channel}", {"slow_mode_seconds": 0})
    await owner.expect(200, "POST", f"{server}/members/{member.id}/timeout", {"duration_minutes": 5})
    assert (await member.post(path, BODY)).code == "timed_out"
    stored = "SELECT count(*) FROM polls JOIN messages ON messages.id = message_id WHERE channel_id = $1"
    assert await rows.fetchval(stored, community.channel) == 1


async def test_it_mentions_as_messages_do(community: Community) -> None:
    sent = await ask(community.member, community.channel, question=f"Lunch, @{community.owner.username}?")
    assert sent["mention_user_ids"] == [community.owner.id]
    [item] = (await community.owner.expect(200, "GET", "/api/inbox"))["items"]
    assert item["message"]["poll"] == sent["poll"]
    [unread] = await community.owner.expect(200, "GET", "/api/users/@me/unread")
    assert (unread["unread_count"], unread["mention_count"]) == (1, 1)


async def test_a_repeated_nonce_makes_no_second_poll(community: Community) -> None:
    first = await ask(community.member, community.channel, nonce="once")
    await vote(community.owner, first, 0)
    again = await ask(community.member, community.channel, nonce="once")
    assert (again["id"], again["poll"]["total_votes"]) == (first["id"], 1)
    assert again["poll"]["options"][1] == first["poll"]["options"][1]
    body = {"question": "Where shall we meet?", "options": ["Park", "Café", "Beach"], "nonce": "once"}
    other = await community.member.post(path_of(community.channel), body)
    assert (other.status, other.code) == (409, "nonce_reused")
    assert (await community.member.post(path_of(community.channel), BODY | {"nonce": "once"})).code == "nonce_reused"
    assert len(await community.owner.expect(200, "GET", f"/api/channels/{community.channel}/messages")) == 1


async def test_in_a_thread(community: Community) -> None:
    root = await community.owner.send(community.channel, "plans")
    sent = await ask(community.member, community.channel, thread_id=root["id"])
    assert sent["thread_id"] == root["id"]
    path = f"/api/channels/{community.channel}/messages/{root['id']}"
    assert await community.owner.expect(200, "GET", f"{path}/thread") == [sent]
    assert (await community.owner.expect(200, "GET", path))["thread_reply_count"] == 1
    refused = await community.member.post(path_of(community.channel), BODY | {"thread_id": sent["id"]})
    assert (refused.status, refused.code) == (400, "thread_in_thread")
    await community.owner.expect(
        201, "POST", f"/api/channels/{community.channel}/messages/{root['id']}/thread", {"content": "a reply"}
    )
