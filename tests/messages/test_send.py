"""POST /api/channels/{channel_id}/messages"""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from coterie.database.pool import OwnConnection
from coterie.permissions.bits import Permission
from tests.people import Browser, Community
from tests.shapes import MESSAGE, assert_shape


def path_of(channel: str) -> str:
    return f"/api/channels/{channel}/messages"


async def test_it_works(community: Community) -> None:
    sent = await community.member.send(community.channel, "hello")
    assert_shape(sent, MESSAGE)
    assert (sent["channel_id"], sent["author_id"]) == (community.channel, community.member.id)
    assert (sent["content"], sent["seq"], sent["version"]) == ("hello", 1, 1)
    assert (sent["deleted"], sent["pinned"], sent["mention_everyone"]) == (False, False, False)
    assert (sent["reactions"], sent["attachments"], sent["mention_user_ids"]) == ([], [], [])
    for person in (community.owner, community.member):
        assert await person.expect(200, "GET", path_of(community.channel)) == [sent]
        assert await person.expect(200, "GET", f"{path_of(community.channel)}/{sent['id']}") == sent


async def test_to_outsiders_the_channel_looks_absent(community: Community, browser: Browser) -> None:
    hidden = await community.outsider.post(path_of(community.channel), {"content": "let me in"})
    absent = await community.outsider.post(path_of(str(uuid4())), {"content": "let me in"})
    assert (hidden.status, hidden.body) == (absent.status, absent.body)
    assert (absent.status, absent.code) == (404, "not_found")
    assert (await browser.post(path_of(community.channel), {"content": "hello"})).status == 401
    assert await community.owner.expect(200, "GET", path_of(community.channel)) == []


async def test_a_voice_channel_has_messages_too(community: Community) -> None:
    """Alone and in a batch, also for members who are not in its call."""
    texts = [f"hello {number}" for number in range(5)]
    sent = await asyncio.gather(*(community.member.send(community.voice, text) for text in texts))
    assert sorted(message["seq"] for message in sent) == [1, 2, 3, 4, 5]
    listed = await community.owner.expect(200, "GET", path_of(community.voice))
    assert {message["id"] for message in listed} == {message["id"] for message in sent}
    for method in ("GET", "POST"):
        refused = await community.outsider.call(method, path_of(community.voice), json={"content": "let me in"})
        assert (refused.status, refused.code) == (404, "not_found")


async def test_a_voice_channel_has_the_rights_of_a_text_channel(community: Community) -> None:
    """Writing needs SEND_MESSAGES and not CONNECT_VOICE; without VIEW_CHANNEL it looks absent."""
    overrides = f"/api/channels/{community.voice}/overrides"
    statuses = {Permission.CONNECT_VOICE: 201, Permission.SEND_MESSAGES: 403, Permission.VIEW_CHANNEL: 404}
    for deny, expected in statuses.items():
        setting = {"user_id": community.member.id, "allow": 0, "deny": int(deny)}
        await community.owner.expect(200, "PUT", overrides, setting)
        answer = await community.member.post(path_of(community.voice), {"content": "hello"})
        assert answer.status == expected, deny
    assert len(await community.owner.expect(200, "GET", path_of(community.voice))) == 1


async def test_what_messages_can_do_works_in_a_voice_channel(community: Community) -> None:
    """Live delivery, mentions, unread counts, threads, reactions, pins, edits, search, the inbox."""
    owner, member, path = community.owner, community.member, path_of(community.voice)
    live, outside = await member.socket(), await community.outsider.socket()
    root = await owner.send(community.voice, f"zanzibar @{member.username}")
    assert (await live.wait_for_type("MESSAGE_CREATE"))["d"]["id"] == root["id"]
    [unread] = await member.expect(200, "GET", "/api/users/@me/unread")
    assert (unread["channel_id"], unread["unread_count"], unread["mention_count"]) == (community.voice, 1, 1)
    [item] = (await member.expect(200, "GET", "/api/inbox"))["items"]
    assert item["message"]["id"] == root["id"]
    await member.expect(201, "POST", f"{path}/{root['id']}/thread", {"content": "a reply"})
    await member.expect(204, "PUT", f"{path}/{root['id']}/reactions/%F0%9F%91%8D")
    await owner.expect(204, "POST", f"{path}/{root['id']}/pin")
    await owner.expect(200, "PATCH", f"/api/messages/{root['id']}", {"content": "zanzibar, all of you"})
    [pinned] = await member.expect(200, "GET", f"/api/channels/{community.voice}/pinned-messages")
    assert (pinned["id"], pinned["thread_reply_count"]) == (root["id"], 1)
    found = await member.expect(200, "GET", f"/api/servers/{community.server}/search?q=zanzibar")
    assert [hit["id"] for hit in found["results"]] == [root["id"]]
    await member.expect(204, "POST", f"/api/channels/{community.voice}/ack")
    assert await member.expect(200, "GET", "/api/users/@me/unread") == []
    await outside.settle()
    assert not outside.of("MESSAGE_CREATE")


KEPT = {
    "one character": "x",
    "only a space": " ",
    "the placeholder of files": "\u200b",
    "right to left": "\u05e9\u05dc\u05d5\u05dd \u202eabc\u202c \u0645\u0631\u062d\u0628\u0627",
    "emoji joined of several": "\U0001f469\u200d\U0001f469\u200d\U0001f467 \U0001f1e9\U0001f1ea \u2764\ufe0f",
    "line ends of each kind": "a\r\nb\nc\rd\u2028e\x85f",
    "space around": "  \t hello \n\n",
    "controls": "\x01\x1b[31m\x7f\ufeff\ufffe\uffff",
    "not normalised": "e\u0301 \u00e9 \u212b",
    "markup": '<script>alert(1)</script> &amp; {"op":"DISPATCH"} \\u0041 %s $1 ${x}',
    "Zalgo": "Z" + "\u0351" * 200,
    "the longest": "x" * 4000,
    "the longest outside of the first plane": "\U0001f600" * 4000,
}


@pytest.mark.parametrize("content", KEPT.values(), ids=KEPT.keys())
async def test_text_is_kept_exactly(shared_community: Community, content: str) -> None:
    sent = await shared_community.member.send(shared_community.channel, content)
    path = f"{path_of(shared_community.channel)}/{sent['id']}"
    assert sent["content"] == content
    assert (await shared_community.owner.expect(200, "GET", path))["content"] == content


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"content": ""}, 400, "content"),
        ({"content": "x" * 4001}, 400, "content"),
        ({"content": "\U0001f600" * 4001}, 400, "content"),
        ({}, 422, "content"),
        ({"content": None}, 422, "content"),
        ({"content": 5}, 422, "content"),
        ({"content": "x", "nonce": ""}, 400, "nonce"),
        ({"content": "x", "nonce": "x" * 65}, 400, "nonce"),
        ({"content": "x", "nonce": 5}, 422, "nonce"),
        ({"content": "x", "reply_to": "x"}, 422, "reply_to"),
    ],
)
async def test_refusals(shared_community: Community, body: Any, status: int, field: str) -> None:
    answer = await shared_community.member.post(path_of(shared_community.channel), body)
    assert (answer.status, answer.code) == (status, "invalid" if status == 400 else "unprocessable")
    assert list(answer.body["fields"]) == [field]


@pytest.mark.parametrize("field", ["content", "nonce"])
async def test_the_character_that_cannot_be_stored_is_refused(shared_community: Community, field: str) -> None:
    answer = await shared_community.member.post(path_of(shared_community.channel), {"content": "x", field: "a\0b"})
    assert (answer.status, answer.code) == (400, "invalid")


async def test_one_that_cannot_be_stored_takes_no_other_with_it(community: Community) -> None:
    bodies = [{"content": "nul\0" if number == 5 else f"{number}"} for number in range(10)]
    answers = await asyncio.gather(*(community.member.post(path_of(community.channel), body) for body in bodies))
    assert [answer.status for answer in answers] == [400 if number == 5 else 201 for number in range(10)]
    listed = await community.owner.expect(200, "GET", path_of(community.channel))
    assert [message["seq"] for message in listed] == list(range(9, 0, -1))


@pytest.mark.parametrize("content", [rb"\ud800", rb"\udc00", rb"\udc00\ud800", rb"a\ud83dz"])
async def test_half_a_surrogate_pair_is_refused(shared_community: Community, content: bytes) -> None:
    data, headers = b'{"content": "' + content + b'"}', {"Content-Type": "application/json"}
    answer = await shared_community.member.call("POST", path_of(shared_community.channel), data=data, headers=headers)
    assert (answer.status, answer.code) == (400, "malformed_json")


async def test_a_reply_names_a_message_of_the_channel(community: Community) -> None:
    first = await community.owner.send(community.channel, "question")
    reply = await community.member.send(community.channel, "answer", reply_to=first["id"])
    assert reply["reply_to"] == first["id"]
    listed = await community.owner.expect(200, "GET", path_of(community.channel))
    assert [message["reply_to"] for message in listed] == [first["id"], None]


async def test_a_reply_to_what_is_not_there_is_refused(community: Community) -> None:
    channels = f"/api/servers/{community.server}/channels"
    other = await community.owner.expect(201, "POST", channels, {"name": "other", "type": "text"})
    elsewhere = await community.owner.send(other["id"], "elsewhere")
    deleted = await community.owner.send(community.channel, "gone soon")
    await community.owner.expect(204, "DELETE", f"/api/messages/{deleted['id']}")
    for target in (elsewhere["id"], deleted["id"], str(uuid4())):
        answer = await community.member.post(path_of(community.channel), {"content": "answer", "reply_to": target})
        assert (answer.status, answer.code) == (404, "reply_not_found")
    assert await community.owner.expect(200, "GET", path_of(community.channel)) == []


async def test_two_hundred_at_once_are_all_there_in_one_order(community: Community, rows: OwnConnection) -> None:
    people = [community.owner, community.member]
    sent = await asyncio.gather(*(people[n % 2].send(community.channel, f"{n}") for n in range(200)))
    assert sorted(message["seq"] for message in sent) == list(range(1, 201))
    stored = await rows.fetch(
        "SELECT id::text, seq, content FROM messages WHERE channel_id = $1 ORDER BY seq", community.channel
    )
    by_order = sorted(sent, key=lambda message: message["seq"])
    assert [tuple(row) for row in stored] == [(each["id"], each["seq"], each["content"]) for each in by_order]
    assert sorted(int(row["content"]) for row in stored) == list(range(200))
    assert await rows.fetchval("SELECT position FROM topics WHERE id = $1", community.channel) == 200
