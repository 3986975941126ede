"""The routes of automod: rules, words, the log and the trial"""

import asyncio
from typing import Any

import pytest

from coterie.automod import actions
from coterie.database.pool import OwnConnection
from tests.automod.calls import forbid, logged, rules, say, set_rules
from tests.roles.ranks import Ranks


async def test_rules_begin_with_the_defaults(ranks: Ranks) -> None:
    answer = await ranks.owner.get(rules(ranks))
    assert (answer.status, answer.code) == (404, "not_found")
    offered = await ranks.owner.expect(200, "GET", rules(ranks, "?defaults=true"))
    found = await ranks.owner.expect(200, "PATCH", rules(ranks), {})
    assert {**offered, "updated_at": found["updated_at"]} == found
    expected = {
        "server_id": ranks.server,
        "enabled": False,
        "spam_enabled": False,
        "spam_max_messages": 5,
        "spam_window_secs": 5,
        "spam_action": "delete",
        "duplicate_enabled": False,
        "word_filter_enabled": False,
        "word_filter_action": "delete",
        "timeout_minutes": 10,
    }
    assert expected.items() <= found.items()
    assert await ranks.owner.expect(200, "GET", rules(ranks)) == found
    assert await ranks.owner.expect(200, "PATCH", rules(ranks), {}) == found


async def test_a_missing_field_keeps_and_null_clears(ranks: Ranks) -> None:
    await set_rules(ranks, mention_limit=3, spam_max_messages=9, allowed_domains=["example.org"])
    found = await set_rules(ranks, mention_limit=None)
    assert (found["mention_limit"], found["spam_max_messages"], found["allowed_domains"]) == (None, 9, ["example.org"])


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"spam_max_messages": 0}, 400),
        ({"spam_max_messages": 51}, 400),
        ({"spam_window_secs": 61}, 400),
        ({"timeout_minutes": 10081}, 400),
        ({"timeout_minutes": 10**12}, 400),
        ({"spam_action": "shout"}, 400),
        ({"word_filter_action": ""}, 400),
        ({"mention_limit": 0}, 400),
        ({"capitals_percent": 49}, 400),
        ({"allowed_domains": ["https://example.org/"]}, 400),
        ({"allowed_domains": ["a.test"] * 101}, 400),
        ({"new_account_hours": 721}, 400),
        ({"allowed_invites": ["https://x/invite/a"]}, 400),
        ({"allowed_file_types": [".png"]}, 400),
        ({"enabled": None}, 422),
        ({"spam_max_messages": "five"}, 422),
        ({"exempt_role_ids": ["none"]}, 422),
    ],
)
async def test_values_out_of_range(ranks: Ranks, change: dict[str, Any], status: int) -> None:
    answer = await ranks.owner.patch(rules(ranks), change)
    assert answer.status == status, answer.body
    assert (await ranks.owner.get(rules(ranks))).status == 404


async def test_words_are_trimmed_and_lowered(ranks: Ranks) -> None:
    path = rules(ranks, "/words")
    made = await ranks.owner.expect(201, "POST", path, {"word": "  Two Words "})
    assert (made["word"], made["match"], made["created_by"]) == ("two words", "part", ranks.owner.id)
    assert await ranks.owner.expect(201, "POST", path, {"word": "TWO WORDS", "match": "whole"}) == made
    await ranks.owner.expect(201, "POST", path, {"word": "später"})
    found = await ranks.owner.expect(200, "GET", path)
    assert [word["word"] for word in found] == ["two words", "später"]
    for _ in range(2):
        await ranks.owner.expect(204, "DELETE", f"{path}/Two%20Words")
    await ranks.owner.expect(204, "DELETE", f"{path}/sp%C3%A4ter")
    assert await ranks.owner.expect(200, "GET", path) == []


@pytest.mark.parametrize("pattern", ["*", "??*", "two w*", "x" * 51, "\u200b*"])
async def test_patterns_that_cannot_be_forbidden(ranks: Ranks, pattern: str) -> None:
    answer = await ranks.owner.post(rules(ranks, "/words"), {"word": pattern, "match": "pattern"})
    assert (answer.status, answer.code, list(answer.body["fields"])) == (400, "invalid", ["word"])


async def test_patterns_are_limited(ranks: Ranks) -> None:
    path = rules(ranks, "/words")
    for number in range(actions.PATTERNS_LIMIT):
        await ranks.owner.expect(201, "POST", path, {"word": f"pattern*{number}", "match": "pattern"})
    answer = await ranks.owner.post(path, {"word": "another*", "match": "pattern"})
    assert (answer.status, answer.code) == (400, "too_many_patterns")
    assert (await ranks.owner.post(path, {"word": "word"})).status == 201
    await set_rules(ranks, word_filter_enabled=True)
    assert (await say(ranks.member, ranks, "a patterned 7!")).status == 201
    assert (await say(ranks.member, ranks, "a patterned7!")).code == "automod_word_filter"


@pytest.mark.parametrize("word", ["", "   ", "\u200b", "x" * 101, "a/b", "a\x00b"])
async def test_words_that_cannot_be_forbidden(ranks: Ranks, word: str) -> None:
    answer = await ranks.owner.post(rules(ranks, "/words"), {"word": word})
    assert (answer.status, answer.code) == (400, "invalid")


async def test_words_are_limited(ranks: Ranks, rows: OwnConnection) -> None:
    await rows.execute(
        """
        INSERT INTO automod_words (id, server_id, word, match, created_at)
        SELECT gen_random_uuid(), $1, 'word ' || number, 'part', now() FROM generate_series(2, $2) AS number
        """,
        ranks.server,
        actions.WORDS_LIMIT,
    )
    path = rules(ranks, "/words")
    answers = await asyncio.gather(*(ranks.owner.post(path, {"word": f"last {number}"}) for number in range(3)))
    assert sorted(answer.status for answer in answers) == [201, 400, 400]
    assert "too_many_words" in {answer.code for answer in answers}


async def test_rules_are_only_for_those_who_manage_the_server(ranks: Ranks) -> None:
    await forbid(ranks, "rascal")
    for person, status in ((ranks.moderator, 403), (ranks.community.outsider, 404), (ranks.admin, 200)):
        for part in ("", "/words", "/logs"):
            assert (await person.get(rules(ranks, part))).status == status
        assert (await person.post(rules(ranks, "/trial"), {})).status == status


async def test_changes_are_in_the_audit_log_without_the_words(ranks: Ranks) -> None:
    await forbid(ranks, "rascal")
    await ranks.owner.expect(204, "DELETE", rules(ranks, "/words/rascal"))
    entries = await ranks.owner.expect(200, "GET", f"/api/servers/{ranks.server}/audit-logs?limit=3")
    assert [entry["action"] for entry in entries] == ["automod_word_remove", "automod_word_add", "automod_update"]
    assert entries[2]["details"] == {"fields": ["enabled", "word_filter_enabled"]}
    assert "rascal" not in str(entries)


async def test_the_log_shows_only_channels_that_the_reader_can_view(ranks: Ranks) -> None:
    keeper = await ranks.role("Keeper", 4096, 3, ranks.moderator)
    await forbid(ranks, "rascal")
    await say(ranks.member, ranks, "rascal")
    [entry] = await ranks.moderator.expect(200, "GET", rules(ranks, "/logs"))
    assert (entry["username"], entry["message_content"], entry["channel_id"]) == (
        ranks.member.username,
        "rascal",
        ranks.channel,
    )
    await ranks.override(deny=1, role_id=keeper["id"])
    assert await ranks.moderator.expect(200, "GET", rules(ranks, "/logs")) == []
    assert len(await logged(ranks)) == 1


async def test_a_trial_changes_nothing(ranks: Ranks, rows: OwnConnection) -> None:
    await say(ranks.member, ranks, "You rascal")
    await say(ranks.member, ranks, "See https://evil.test/")
    old = (await say(ranks.member, ranks, "An old rascal")).body["id"]
    await rows.execute("UPDATE messages SET created_at = now() - interval '8 days' WHERE id = $1", old)
    await ranks.owner.expect(201, "POST", rules(ranks, "/words"), {"word": "rascal"})
    change = {"word_filter_enabled": True, "link_filter_enabled": True}
    found = await ranks.owner.expect(200, "POST", rules(ranks, "/trial"), change)
    assert (found["looked_at"], found["refused"]) == (2, {"word_filter": 1, "links": 1})
    assert [each["matched_term"] for each in found["examples"]] == ["evil.test", "rascal"]
    assert (await ranks.owner.get(rules(ranks))).status == 404
    assert (await say(ranks.member, ranks, "You rascal")).status == 201


async def test_the_rules_are_followed_live(ranks: Ranks) -> None:
    watcher, member = await ranks.owner.socket(), await ranks.member.socket()
    await forbid(ranks, "rascal")
    told = await watcher.wait_for(lambda frame: frame.get("t") == "AUTOMOD_UPDATE" and frame["d"]["words"] != [])
    assert told["d"]["words"] == [{"word": "rascal", "match": "part"}]
    assert told["d"]["config"]["word_filter_enabled"] is True
    await ranks.owner.send(ranks.channel, "later")
    await member.settle()
    assert member.of("AUTOMOD_UPDATE") == []
