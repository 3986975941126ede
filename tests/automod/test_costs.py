"""Rules and texts that are made to be expensive: each word is searched once, and each author pays for their texts."""

import sys
from collections.abc import AsyncIterator
from functools import partial
from types import FrameType
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coterie.errors import CoterieError
from coterie.filtering.models import FilterWord
from coterie.filtering.words import PASSAGE, Words
from coterie.permissions.authority import Authority
from coterie.screening import screen
from coterie.screening.screen import Subject, timed
from tests.documents.simpleton import put
from tests.documents.test_documents import make
from tests.people import Browser, Community, Person
from tests.rates import stop_refilling
from tests.serving import gather_community, serving, settings_for


def calls_of(words: Words, text: str) -> int:
    """How many functions of Python and its library a search calls."""
    count = 0

    def note(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        assert words.find(text) is None
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("text", ["ab" * 1_990, "a!a" * 1_300, "ba " * 1_300])
def test_a_word_is_searched_once_however_often_it_nearly_fits(text: str) -> None:
    words = Words([FilterWord(("b" if size % 2 else "ab") + "ab" * size, "whole") for size in range(1, 41)])
    assert calls_of(words, text) < 500


@given(st.text("ab !_\u00e9", min_size=1, max_size=4), st.text("ab !_\u00e9", max_size=12))
def test_whole_words_mean_what_they_say(word: str, text: str) -> None:
    places = [at for at in range(len(text)) if text.startswith(word, at)]
    beside = [text[at - 1 : at] if at else "" for at in places], [text[at + len(word) :][:1] for at in places]
    is_there = any(not (before.isalnum() or after.isalnum()) for before, after in zip(*beside, strict=True))
    assert (Words([FilterWord(word, "whole")]).find(text) is not None) == is_there


@pytest.mark.parametrize("at", [0, PASSAGE - 3, PASSAGE, 3 * PASSAGE])
@pytest.mark.parametrize(
    "wanted", [FilterWord("rascal"), FilterWord("rascal", "whole"), FilterWord("r?s*l", "pattern")]
)
@pytest.mark.parametrize("other", ["fine ", "é fine "])
def test_words_of_long_texts(at: int, wanted: FilterWord, other: str) -> None:
    """A passage ends between words, and a word that is in two is found."""
    long = (other * PASSAGE)[: 4 * PASSAGE]
    words = Words([wanted])
    assert words.find(long) is None
    start = long.rfind(" ", 0, at) + 1
    assert words.find(f"{long[:start]}RASCAL {long[start:]}") == wanted.word


def test_a_phrase_across_two_passages() -> None:
    for before in range(PASSAGE - 12, PASSAGE + 2):
        assert Words([FilterWord("two words", "whole")]).find("x" * before + " two words ") == "two words"


@pytest.fixture
async def limited(
    monkeypatch: pytest.MonkeyPatch, database_url: str, http: aiohttp.ClientSession
) -> AsyncIterator[Community]:
    """A server with a rule. Limits never refill, so that a slow machine changes no count."""
    stop_refilling(monkeypatch)
    async with serving(settings_for(database_url, RATE_LIMITS="on")) as server:
        cast = await gather_community(partial(Person.register, Browser(server.url, http)))
        rules = f"/api/servers/{cast.server}/automod"
        await cast.owner.expect(200, "PATCH", rules, {"enabled": True, "word_filter_enabled": True})
        await cast.owner.expect(201, "POST", f"{rules}/words", {"word": "rascal"})
        yield cast


def slow(seconds: float, authority: Authority, subject: Subject) -> tuple[CoterieError | None, float]:
    """What judging found, as if it had taken so long."""
    return timed(authority, subject)[0], seconds


async def test_messages_that_take_long_are_limited(limited: Community, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screen, "timed", partial(slow, 0.15))
    path = f"/api/channels/{limited.channel}/messages"
    answers = [await limited.member.post(path, {"content": f"said {number}"}) for number in range(3)]
    assert [answer.status for answer in answers] == [201, 201, 429]
    change = await limited.member.call("PATCH", f"/api/messages/{answers[0].body['id']}", json={"content": "other"})
    assert (change.status, change.code) == (429, "rate_limited")
    assert (await limited.owner.post(path, {"content": "another's"})).status == 201


async def test_ordinary_messages_are_not_limited(limited: Community, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screen, "timed", partial(slow, 0.0004))
    for number in range(100):
        await limited.member.send(limited.channel, f"said {number}")


async def test_texts_of_documents_that_take_long_are_limited(
    limited: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = await make(limited.member, limited.channel)
    other = await make(limited.owner, limited.channel)
    monkeypatch.setattr("coterie.documents.screening.timed", partial(slow, 0.7))
    path = f"/sync/documents/{document}"
    answers = [await put(limited.member, path, None, None, [(0, 0, "fine ")]) for _ in range(3)]
    assert [status for status, _, _ in answers] == [200, 200, 429]
    assert (await put(limited.owner, f"/sync/documents/{other}", None, None, [(0, 0, "fine ")]))[0] == 200
    body = {"title": "More", "text": "fine"}
    assert (await limited.member.post(f"/api/channels/{limited.channel}/documents", body)).status == 429
