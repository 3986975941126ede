"""Highlights are safe HTML, mark what was found, and show the part of the message that contains it."""

import re
from html import escape, unescape

import pytest
from hypothesis import assume, given
from hypothesis import strategies as texts

from coterie.search.highlight import CHARACTERS, WORDS, highlight
from coterie.search.plain import plain
from coterie.search.terms import Term, term

PIECES = texts.sampled_from(
    [
        *"<>&\"'/ \n-_.",
        "<mark>",
        "</mark>",
        "<script>",
        "&amp;",
        "é",
        "E\u0301",
        "Straße",
        "中文",
        "カﾞ",
        "한국",
        "ครับ",
        "👍🏽",
        *("word", "getUserName", "\uff21\uff22", "الْعَرَبِيَّة", "\u202e", "long" * 20),
    ]
)
WRITING = texts.one_of(
    texts.lists(PIECES, max_size=60).map("".join),
    texts.text(max_size=200),
    texts.text(alphabet="aB1 <>é中\u0301", max_size=80),
)


def term_of(text: str, *, is_whole: bool = False) -> Term:
    found = term(plain(text).text, is_whole=is_whole)
    assert found is not None
    return found


@given(WRITING, texts.lists(WRITING, max_size=3), texts.booleans())
def test_nothing_but_marks_is_markup(text: str, words: list[str], is_whole: bool) -> None:
    """Without the marks and the ellipses, it is a part of the message, escaped."""
    terms = [each for word in words if (each := term(plain(word).text, is_whole=is_whole))]
    shown = highlight(text, terms)
    assert re.fullmatch(r"(?:[^<>]|<mark>[^<>]+</mark>)*", shown)
    bare = shown.replace("<mark>", "").replace("</mark>", "")
    inner = bare if bare == escape(text) else bare.removeprefix("…").removesuffix("…")
    assert unescape(inner) in text
    assert escape(unescape(inner)) == inner


@given(WRITING, texts.data())
def test_what_is_there_is_marked(text: str, data: texts.DataObject) -> None:
    """Any word of the message, or any prefix of one, is found in its place and marked."""
    parts = plain(text).text.split()
    assume(parts)
    part = data.draw(texts.sampled_from(parts))
    length = data.draw(texts.integers(1, len(part)))
    searched = term_of(part[:length] if length > 1 else part)
    shown = highlight(text, [searched])
    marked = re.findall("<mark>(.*?)</mark>", shown, re.DOTALL)
    assert marked
    assert any(searched.parts[0] in plain(unescape(each)).text for each in marked)


MARKED = [
    ("Crème brûlée", "creme", "<mark>Crème</mark> brûlée"),
    ("Cre\u0300me brulee", "crème", "<mark>Cre\u0300me</mark> brulee"),
    ("die Straße dort", "strass", "die <mark>Straß</mark>e dort"),
    ("我们去北京吃", "北京", "我们去<mark>北京</mark>吃"),
    ("ｶﾞｷﾞｸﾞ", "ギ", "ｶﾞ<mark>ｷﾞ</mark>ｸﾞ"),
    ("ok 👍🏽!", "👍", "ok <mark>👍🏽</mark>!"),
    ("a <b> & b", "b", "a &lt;<mark>b</mark>&gt; &amp; <mark>b</mark>"),
    ("getUserName()", "name", "getUser<mark>Name</mark>()"),
    ("not sername", "name", "not sername"),
    ("foo-bar, foobar", "foo bar", "<mark>foo-bar</mark>, foobar"),
    ("שָׁלוֹם", "שלום", "<mark>שָׁלוֹם</mark>"),
    ("ﬁnd ②", "find 2", "<mark>ﬁnd ②</mark>"),
]


@pytest.mark.parametrize(("text", "word", "expected"), MARKED)
def test_marks(text: str, word: str, expected: str) -> None:
    assert highlight(text, [term_of(word)]) == expected


def test_several_terms_and_those_that_touch() -> None:
    assert highlight("one two three", [term_of("three"), term_of("one")]) == "<mark>one</mark> two <mark>three</mark>"
    assert highlight("中文字", [term_of("中文"), term_of("文字")]) == "<mark>中文字</mark>"


def test_a_long_message_is_shown_around_the_hit() -> None:
    words = [f"word{number}" for number in range(300)]
    shown = highlight(" ".join(words), [term_of("word150")])
    assert shown.startswith("…word140 ")
    assert "<mark>word150</mark>" in shown
    assert shown.endswith(" word174…")
    assert len(shown.split()) == WORDS


def test_a_long_message_without_spaces_is_shown_around_the_hit() -> None:
    shown = highlight("中" * 1000 + "翠鸟" + "文" * 1000, [term_of("翠鸟")])
    assert shown == "…" + "中" * 20 + "<mark>翠鸟</mark>" + "文" * 48 + "…"


def test_one_endless_word_is_cut() -> None:
    shown = highlight("x" * 4000, [term_of("xxx")])
    assert shown.startswith("<mark>xxx</mark>x")
    assert len(shown) <= CHARACTERS + 20


def test_without_words_the_beginning_is_shown() -> None:
    assert highlight("a <b>", []) == "a &lt;b&gt;"
    assert highlight("word " * 100, []) == ("word " * WORDS).strip() + "…"
