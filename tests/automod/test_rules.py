"""Judging texts: words, patterns, links, invites, mentions, capital letters, files and new accounts"""

import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from coterie.automod.actions import default
from coterie.filtering.models import Automod, FilterWord, Said
from coterie.filtering.rules import Rules, account_age, same_text
from coterie.filtering.words import Words
from coterie.identifiers import new_id


def ruled(*words: FilterWord, **change: Any) -> Rules:
    config = replace(default(uuid4(), datetime.now(UTC)), enabled=True, word_filter_enabled=bool(words), **change)
    return Rules(Automod(config, list(words)))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a rascal", "rascal"),
        ("RASCALS!", "rascal"),
        ("bigrascals", "rascal"),
        ("ras\u200bcal", "rascal"),
        ("\uff32\uff21\uff33\uff23\uff21\uff2c", "rascal"),
        ("a fine day", None),
        ("the ass brays", "ass"),
        ("a class of its own", None),
        ("classy, an ass.", "ass"),
        ("STRASSE", "straße"),
        ("two words", "two words"),
        ("", None),
    ],
)
def test_words(text: str, found: str | None) -> None:
    words = [FilterWord("rascal"), FilterWord("ass", "whole"), FilterWord("straße"), FilterWord("two words")]
    assert Words(words).find(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see https://example.org/a", None),
        ("see https://docs.example.org/a", None),
        ("see http://EXAMPLE.ORG.", None),
        ("see https://notexample.org", "notexample.org"),
        ("see https://example.org.evil.test/", "evil.test"),
        ("see https://example.org@evil.test/", "evil.test"),
        ("(www.evil.test)", "evil.test"),
        ("https://example.org and https://evil.test:8080/x", "evil.test"),
        ("no link: example.com", None),
    ],
)
def test_links(text: str, found: str | None) -> None:
    rules = ruled(link_filter_enabled=True, allowed_domains=["Example.org"])
    verdict = rules.judge(Said(text))
    assert (verdict and verdict.rule_type) == (found and "links")
    assert found is None or (verdict is not None and (verdict.matched_term or "").endswith(found))


def test_mentions_count_each_name_once() -> None:
    rules = ruled(mention_limit=2)
    assert rules.judge(Said("@ann @bob @ANN, and me@example.org")) is None
    verdict = rules.judge(Said("@ann @bob @eve"))
    assert (verdict and verdict.rule_type, verdict and verdict.matched_term) == ("mentions", "3")


@pytest.mark.parametrize(
    ("text", "is_refused"),
    [("HELLO EVERYONE HERE", True), ("OK", False), ("Hello everyone here", False), ("HELLO everyone", False)],
)
def test_capitals(text: str, is_refused: bool) -> None:
    assert (ruled(capitals_percent=60).judge(Said(text)) is not None) == is_refused


def test_a_message_without_words_repeats_nothing() -> None:
    assert same_text("\u200b") is None
    assert same_text(" hello") == " hello"


def test_exemptions() -> None:
    role, channel, other = uuid4(), uuid4(), uuid4()
    rules = ruled(exempt_role_ids=[role], exempt_channel_ids=[channel], exempt_moderators=True)
    assert rules.apply_to(other, [other], is_moderator=False)
    assert not rules.apply_to(other, [role], is_moderator=False)
    assert not rules.apply_to(channel, [], is_moderator=False)
    assert not rules.apply_to(other, [], is_moderator=True)
    assert ruled().apply_to(other, [], is_moderator=True)


@pytest.mark.parametrize(
    ("pattern", "text", "is_found"),
    [
        ("r*l", "what a rascal!", True),
        ("r*l", "(RASCAL)", True),
        ("r*l", "real deals", True),
        ("r*l", "or all", False),
        ("*cal", "a rascal", True),
        ("*cal", "a rascals", False),
        ("*asc*", "a rascals", True),
        ("r?scal", "a ruscal.", True),
        ("r?scal", "a rscal", False),
        ("ab*ba", "aba", False),
        ("ab*ba", "abba", True),
        ("b.d", "b.d", True),
        ("b.d", "bad", False),
        ("a*b*c", "axbx bxc", False),
    ],
)
def test_patterns(pattern: str, text: str, is_found: bool) -> None:
    assert Words([FilterWord(pattern, "pattern")]).find(text) == (pattern if is_found else None)


@given(st.text("ab*?", min_size=1, max_size=8), st.text("ab", min_size=1, max_size=10))
def test_patterns_mean_what_they_say(pattern: str, word: str) -> None:
    assert (Words([FilterWord(pattern, "pattern")]).find(word) is not None) == _fits(pattern, word)


def _fits(pattern: str, word: str) -> bool:
    if not pattern:
        return not word
    if pattern[0] == "*":
        return any(_fits(pattern[1:], word[start:]) for start in range(len(word) + 1))
    return bool(word) and pattern[0] in ("?", word[0]) and _fits(pattern[1:], word[1:])


@pytest.mark.parametrize(
    "text", ["a" * 3990 + " bc", "ab" * 1990 + " bc", "a" + "!" * 3990 + "a bc", "ababab00" * 498 + " bc"]
)
def test_no_pattern_takes_long(text: str) -> None:
    """Expressions that go back would take hours for these."""
    patterns = [f"*{'a?' * (each % 20)}b{'?' * (each % 9)}*c" for each in range(50)]
    words = Words([FilterWord(each, "pattern") for each in patterns])
    began = time.process_time()
    words.find(text)
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("come to https://chat.example.org/invite/abc-123", "abc-123"),
        ("come to chat.example.org/join/abc", "abc"),
        ("http://localhost:8000/#/invite/abc?x", "abc"),
        ("discord.gg/abc", "abc"),
        ("t.me/+abc", "abc"),
        ("https://chat.example.org/invite/ours", None),
        ("an invite/abc for you", None),
        ("see https://example.org/inviting/abc", None),
    ],
)
def test_invites(text: str, found: str | None) -> None:
    verdict = ruled(invite_filter_enabled=True, allowed_invites=["ours"]).judge(Said(text))
    assert (verdict and verdict.matched_term) == found


@pytest.mark.parametrize(
    ("name", "is_refused"), [("cat.png", False), ("CAT.PNG", False), ("cat.png.exe", True), ("README", True)]
)
def test_files(name: str, is_refused: bool) -> None:
    rules = ruled(file_filter_enabled=True, allowed_file_types=["PNG"])
    assert (rules.judge_files([name]) is not None) == is_refused
    assert (rules.judge(Said("see", filenames=[name])) is not None) == is_refused


def test_what_is_beside_the_text_is_judged_too() -> None:
    rules = ruled(FilterWord("rascal"), link_filter_enabled=True)
    assert rules.judge(Said("A picture", "https://evil.test/x.png")) is not None
    assert rules.judge(Said("A file", "rascal.pdf")) is not None


def test_the_age_of_an_account_is_in_its_id() -> None:
    now = datetime.now(UTC)
    age = account_age(new_id(), now + timedelta(hours=2))
    assert age is not None
    assert timedelta(hours=1, minutes=59) < age < timedelta(hours=2, minutes=1)
    assert account_age(uuid4(), now) is None
    rules = ruled(new_account_hours=1)
    assert rules.judge(Said("hello", account_age=age)) is None
    assert rules.judge(Said("hello")) is None
    verdict = rules.judge(Said("hello", account_age=timedelta(minutes=59)))
    assert verdict is not None
    assert verdict.rule_type == "new_account"
