"""Every way to write is judged before anything is stored, and what a rule says is carried out"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import FormData

from coterie.database.pool import OwnConnection
from tests.automod.calls import contents, forbid, logged, say, set_rules
from tests.bots.test_bots import create
from tests.people import Answer, Person
from tests.roles.ranks import Ranks
from tests.scheduled_events.calls import announce, later, upcoming

BAD = "You rascal"


async def by_rest(person: Person, ranks: Ranks, root: str) -> str | None:
    return (await say(person, ranks, BAD)).code


async def by_thread(person: Person, ranks: Ranks, root: str) -> str | None:
    path = f"/api/channels/{ranks.channel}/messages/{root}/thread"
    return (await person.post(path, {"content": BAD})).code


async def by_edit(person: Person, ranks: Ranks, root: str) -> str | None:
    return (await person.patch(f"/api/messages/{root}", {"content": BAD})).code


async def by_gateway(person: Person, ranks: Ranks, root: str) -> str | None:
    socket = await person.socket()
    await socket.say("MESSAGE_SEND", {"channel_id": ranks.channel, "content": BAD, "nonce": uuid4().hex})
    refused = await socket.wait_for(lambda frame: frame["op"] == "MESSAGE_REFUSED")
    return str(refused["d"]["code"])


async def by_poll(person: Person, ranks: Ranks, root: str) -> str | None:
    poll = {"question": "Who is it?", "options": ["you", "a rascal"]}
    return (await person.post(f"/api/channels/{ranks.channel}/polls", poll)).code


async def by_event(person: Person, ranks: Ranks, root: str) -> str | None:
    event = {"name": "A walk", "description": "Bring the rascal", "starts_at": later(days=1)}
    return (await person.post(f"/api/channels/{ranks.channel}/events", event)).code


async def by_picture(person: Person, ranks: Ranks, root: str) -> str | None:
    path = f"/sync/channels/{ranks.channel}/messages/{uuid4()}"
    kind = {"type": "image", "url": "https://example.org/rascal.png"}
    picture = {"content": "A picture", "message_type": kind}
    return (await person.call("PUT", path, json=picture, headers={"Version": f'"{uuid4().hex}"'})).code


async def by_braid(person: Person, ranks: Ranks, root: str) -> str | None:
    path = f"/sync/channels/{ranks.channel}/messages/{uuid4()}"
    answer = await person.call("PUT", path, json={"content": BAD}, headers={"Version": f'"{uuid4().hex}"'})
    return answer.code


async def by_braid_edit(person: Person, ranks: Ranks, root: str) -> str | None:
    path = f"/sync/channels/{ranks.channel}/messages/{root}"
    answer = await person.call("PUT", path, json={"content": BAD}, headers={"Version": f'"{uuid4().hex}"'})
    return answer.code


WRITERS: dict[str, Callable[[Person, Ranks, str], Awaitable[str | None]]] = {
    "REST": by_rest,
    "a thread": by_thread,
    "an edit": by_edit,
    "the gateway": by_gateway,
    "a poll": by_poll,
    "an event": by_event,
    "a picture's address": by_picture,
    "Braid": by_braid,
    "an edit by Braid": by_braid_edit,
}

RULES: dict[str, tuple[dict[str, Any], str]] = {
    "words": ({"word_filter_enabled": True}, "automod_word_filter"),
    "links": ({"link_filter_enabled": True}, "automod_links"),
    "mentions": ({"mention_limit": 1}, "automod_mentions"),
    "invites": ({"invite_filter_enabled": True}, "automod_invites"),
    "capitals": ({"capitals_percent": 50}, "automod_capitals"),
}


@pytest.mark.parametrize("writer", WRITERS)
async def test_every_writer_is_judged(ranks: Ranks, rows: OwnConnection, writer: str) -> None:
    root = (await say(ranks.member, ranks, "A fine day")).body["id"]
    await forbid(ranks, "rascal")
    watcher = await ranks.owner.socket()
    assert await WRITERS[writer](ranks.member, ranks, root) == "automod_word_filter"
    assert await contents(ranks) == ["A fine day"]
    assert await logged(ranks) == [("word_filter", "delete", "rascal")]
    await say(ranks.member, ranks, "A fine evening")
    await watcher.wait_for(lambda frame: (frame.get("d") or {}).get("content") == "A fine evening")
    assert "rascal" not in str([frame for frame in watcher.frames if frame.get("t") != "AUTOMOD_UPDATE"])
    stored = await rows.fetch(
        """
        SELECT messages.content, message_edits.content AS earlier FROM messages
        LEFT JOIN message_edits ON message_id = messages.id WHERE channel_id = $1
        """,
        ranks.channel,
    )
    assert stored
    assert "rascal" not in str(stored)


async def test_a_changed_event_is_judged(ranks: Ranks) -> None:
    planned = await announce(ranks.member, ranks.channel)
    await forbid(ranks, "rascal")
    changed = await ranks.member.patch(f"/api/events/{planned['id']}", {"place": "At the rascal's"})
    assert changed.code == "automod_word_filter"
    assert await logged(ranks) == [("word_filter", "delete", "rascal")]
    [event] = await upcoming(ranks.owner, ranks.server)
    assert event["place"] is None


@pytest.mark.parametrize("rule", RULES)
async def test_every_rule_for_texts(ranks: Ranks, rule: str) -> None:
    change, code = RULES[rule]
    await forbid(ranks, "rascal", **{"word_filter_enabled": False, **change})
    texts = {
        "words": BAD,
        "links": "See https://evil.test/",
        "mentions": "@ann @bob",
        "invites": "Come to chat.example.org/invite/abc",
        "capitals": "HELLO EVERYONE",
    }
    for each, text in texts.items():
        answer = await say(ranks.member, ranks, text)
        assert (answer.status, answer.code) == ((403, code) if each == rule else (201, None)), each


async def test_the_owner_is_judged_too_but_not_punished(ranks: Ranks) -> None:
    await forbid(ranks, "rascal", word_filter_action="ban")
    assert (await say(ranks.owner, ranks, BAD)).code == "automod_word_filter"
    assert await logged(ranks) == [("word_filter", "delete", "rascal")]
    assert (await say(ranks.owner, ranks, "sorry")).status == 201


async def test_exempt_roles_channels_and_moderators(ranks: Ranks) -> None:
    await forbid(ranks, "rascal", exempt_role_ids=[ranks.roles["admin"]["id"]])
    assert (await say(ranks.admin, ranks, BAD)).status == 201
    assert (await say(ranks.moderator, ranks, BAD)).status == 403
    await set_rules(ranks, exempt_moderators=True)
    assert (await say(ranks.moderator, ranks, BAD)).status == 201
    assert (await say(ranks.member, ranks, BAD)).status == 403
    await set_rules(ranks, exempt_channel_ids=[ranks.channel])
    assert (await say(ranks.member, ranks, BAD)).status == 201


async def test_conversations_have_no_rules(ranks: Ranks) -> None:
    await forbid(ranks, "rascal")
    body = {"participant_ids": [ranks.owner.id], "name": "Talk"}
    talk = await ranks.member.expect(201, "POST", "/api/conversations", body)
    await ranks.member.send(talk["id"], BAD)


async def test_nicknames_are_judged_by_words(ranks: Ranks) -> None:
    await forbid(ranks, "rascal")
    path = f"/api/servers/{ranks.server}/members/@me"
    answer = await ranks.member.patch(path, {"nickname": "The Rascal"})
    assert (answer.status, answer.code) == (403, "automod_word_filter")
    assert (await ranks.member.patch(path, {"nickname": "The Angel"})).status == 200


async def test_a_timeout(ranks: Ranks) -> None:
    await forbid(ranks, "rascal", word_filter_action="timeout", timeout_minutes=7)
    watcher = await ranks.owner.socket()
    assert (await say(ranks.member, ranks, BAD)).code == "automod_word_filter"
    told = await watcher.wait_for_type("MEMBER_TIMEOUT")
    assert told["d"]["reason"] == "Automod: a forbidden word"
    assert (await say(ranks.member, ranks, "sorry")).code == "timed_out"
    assert await logged(ranks) == [("word_filter", "timeout", "rascal")]
    entry = (await ranks.owner.expect(200, "GET", f"/api/servers/{ranks.server}/audit-logs"))[0]
    assert (entry["action"], entry["actor_id"], entry["target_id"]) == ("member_timeout", None, ranks.member.id)
    assert entry["details"]["duration_minutes"] == 7


@pytest.mark.parametrize(("action", "event", "status"), [("kick", "MEMBER_KICK", 201), ("ban", "MEMBER_BAN", 403)])
async def test_kicks_and_bans(ranks: Ranks, action: str, event: str, status: int) -> None:
    await forbid(ranks, "rascal", word_filter_action=action)
    target = await ranks.member.socket()
    assert (await say(ranks.member, ranks, BAD)).code == "automod_word_filter"
    assert (await target.wait_for_type(event))["d"]["reason"] == "Automod: a forbidden word"
    assert (await say(ranks.member, ranks, "sorry")).status == 404
    assert (await ranks.member.post(f"/api/servers/{ranks.server}/join")).status == status
    assert await logged(ranks) == [("word_filter", action, "rascal")]


async def test_a_repeated_refusal_is_logged_once(ranks: Ranks) -> None:
    await forbid(ranks, "rascal")
    for _ in range(2):
        assert (await say(ranks.member, ranks, BAD, nonce="once")).code == "automod_word_filter"
    assert len(await logged(ranks)) == 1


async def test_what_was_stored_before_a_rule_is_still_answered(ranks: Ranks) -> None:
    first = await say(ranks.member, ranks, BAD, nonce="once")
    await forbid(ranks, "rascal", duplicate_enabled=True)
    again = await say(ranks.member, ranks, BAD, nonce="once")
    assert (again.status, again.body["id"]) == (201, first.body["id"])
    assert await logged(ranks) == []
    path = f"/api/messages/{first.body['id']}"
    assert (await ranks.member.patch(path, {"content": "sorry"})).status == 200


async def test_the_same_text_again(ranks: Ranks) -> None:
    await set_rules(ranks, duplicate_enabled=True)
    first = await say(ranks.member, ranks, "Buy now", nonce="once")
    assert (await say(ranks.member, ranks, "Buy now", nonce="once")).body["id"] == first.body["id"]
    assert (await say(ranks.member, ranks, "Buy now")).code == "automod_duplicate"
    assert (await say(ranks.owner, ranks, "Buy now")).status == 201
    assert (await say(ranks.member, ranks, "Buy later")).status == 201
    for _ in range(2):
        assert (await say(ranks.member, ranks, "\u200b")).status == 201  # only files
    await ranks.member.expect(204, "DELETE", f"/api/messages/{first.body['id']}")
    assert (await say(ranks.member, ranks, "Buy now")).status == 201
    assert await logged(ranks) == [("duplicate", "delete", None)]


async def test_spam_stops_exactly_at_the_limit(ranks: Ranks) -> None:
    await set_rules(ranks, spam_enabled=True, spam_max_messages=5, spam_window_secs=60)
    answers: list[Answer] = await asyncio.gather(*(say(ranks.member, ranks, str(number)) for number in range(20)))
    assert sorted(answer.status for answer in answers) == [201] * 5 + [403] * 15
    assert {answer.code for answer in answers} == {None, "automod_spam"}
    assert len(await contents(ranks)) == 5
    assert (await say(ranks.owner, ranks, "mine")).status == 201
    assert len(await logged(ranks)) == 15


async def test_equal_messages_at_once(ranks: Ranks) -> None:
    await set_rules(ranks, duplicate_enabled=True)
    answers = await asyncio.gather(*(say(ranks.member, ranks, "Buy now") for _ in range(8)))
    assert sorted(answer.status for answer in answers) == [201] + [403] * 7
    assert await contents(ranks) == ["Buy now"]


async def test_a_refused_message_gives_its_turn_back(ranks: Ranks) -> None:
    await set_rules(ranks, duplicate_enabled=True)
    assert (await say(ranks.member, ranks, "Buy now")).status == 201
    path = f"/api/servers/{ranks.server}/channels/{ranks.channel}"
    await ranks.owner.expect(200, "PATCH", path, {"slow_mode_seconds": 3600})
    assert (await say(ranks.member, ranks, "Buy now")).code == "automod_duplicate"
    assert (await say(ranks.member, ranks, "Buy later")).status == 201


async def test_a_rule_applies_from_the_moment_it_was_set(ranks: Ranks) -> None:
    """Writers judge by what they know: nothing that a rule forbids is stored after its request was answered."""
    await set_rules(ranks, word_filter_enabled=True)
    for number in range(5):
        word = f"rascal{number}"
        assert (await say(ranks.member, ranks, word)).status == 201
        await forbid(ranks, word)
        assert (await say(ranks.member, ranks, f"such a {word}")).status == 403


async def test_automod_costs_nothing_while_it_is_off(ranks: Ranks) -> None:
    await forbid(ranks, "rascal", spam_enabled=True, spam_max_messages=1, spam_window_secs=60, duplicate_enabled=True)
    await set_rules(ranks, enabled=False)
    for _ in range(3):
        assert (await say(ranks.member, ranks, BAD)).status == 201


async def test_a_file_of_a_type_that_is_not_allowed(ranks: Ranks) -> None:
    await set_rules(ranks, file_filter_enabled=True, allowed_file_types=["txt"])
    message = (await say(ranks.member, ranks, "See")).body
    path = f"/api/messages/{message['id']}/attachments"
    refused = await ranks.member.call("POST", path, data=form("table.csv"))
    assert (refused.status, refused.code) == (403, "automod_files")
    mixed = await ranks.member.call("POST", path, data=form("notes.txt", "table.csv"))
    assert mixed.code == "automod_files"
    assert await ranks.member.expect(200, "GET", path) == []
    assert await logged(ranks) == [("files", "delete", "table.csv")] * 2
    assert (await ranks.member.call("POST", f"{path}?nonce=mine", data=form("notes.TXT"))).status == 201
    await set_rules(ranks, allowed_file_types=[])
    again = await ranks.member.call("POST", f"{path}?nonce=mine", data=form("notes.TXT"))
    assert [file["filename"] for file in again.body] == ["notes.TXT"]


def form(*names: str) -> FormData:
    data = FormData()
    for name in names:
        data.add_field("files", b"Some text.", filename=name, content_type="text/plain")
    return data


async def test_new_accounts_wait(ranks: Ranks, rows: OwnConnection) -> None:
    await set_rules(ranks, new_account_hours=1, exempt_moderators=True)
    assert (await say(ranks.member, ranks, "Hello")).code == "automod_new_account"
    assert (await say(ranks.owner, ranks, "Hello")).status == 201
    await set_rules(ranks, new_account_hours=None)
    assert (await say(ranks.member, ranks, "Hello")).status == 201


async def test_what_the_gateway_refuses_is_punished_before_the_answer(ranks: Ranks) -> None:
    await forbid(ranks, "rascal", word_filter_action="kick")
    assert await by_gateway(ranks.member, ranks, "") == "automod_word_filter"
    assert (await ranks.member.get(f"/api/channels/{ranks.channel}/messages")).status == 404
    assert await logged(ranks) == [("word_filter", "kick", "rascal")]


async def test_the_gateway_answers_in_order_with_refusals_between(ranks: Ranks) -> None:
    await forbid(ranks, "rascal")
    socket = await ranks.member.socket()
    for number in range(6):
        text = "rascal" if number % 2 else "fine"
        said = {"channel_id": ranks.channel, "content": f"{text} {number}", "nonce": f"nonce-{number}"}
        await socket.say("MESSAGE_SEND", said)
    for number in (1, 3, 5):
        await socket.wait_for(
            lambda frame: frame["op"] == "MESSAGE_REFUSED" and frame["d"]["nonce"] == f"nonce-{number}"  # noqa: B023
        )
    await socket.wait_for(lambda frame: frame["op"] == "MESSAGE_ACK" and frame["d"]["nonce"] == "nonce-4")
    assert await contents(ranks) == ["fine 0", "fine 2", "fine 4"]
    assert len(await logged(ranks)) == 3


async def test_bots_are_judged_as_people_are(ranks: Ranks) -> None:
    await forbid(ranks, "rascal")
    robot = (await create(ranks.owner)).robot
    await robot.expect(201, "POST", f"/api/servers/{ranks.server}/join")
    path = f"/api/channels/{ranks.channel}/messages"
    assert (await robot.post(path, {"content": "Hello"})).status == 201
    assert (await robot.post(path, {"content": BAD})).code == "automod_word_filter"
    assert await contents(ranks) == ["Hello"]
    assert await logged(ranks) == [("word_filter", "delete", "rascal")]
