"""The application and the database make the same plain text, for every character and any text."""

import sys
import unicodedata

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as texts

from coterie.database.pool import OwnConnection
from coterie.search.plain import plain

MANY_ALIKE = [range(0x3400, 0xA000), range(0xAC00, 0xD7A4), range(0x17000, 0x19000), range(0x20000, 0x32000)]
"""Han, Hangul, Tangut: every fiftieth is enough."""
CHARACTERS = [
    chr(code)
    for code in range(1, sys.maxunicode + 1)
    if unicodedata.category(chr(code)) not in {"Cs", "Cn", "Co"}
    and (code % 50 == 0 or not any(code in alike for alike in MANY_ALIKE))
]
LETTERS = (
    "aAzZ09 _-.'\u200d\u0306\u3099か\uff9eᅡ\u11abИİI\u0131ßẞÆœØŁéÉçñĐ ΣςσΆ ЙйЁёЙй ñ̂ ̈̊ "
    "אָב עَלـٰي ท้ำ ก็ 한ᄒ\u1161\u11ab カﾞｶﾞﾊﾟが中文字👍🏽👨‍👩‍👧❤️ ﬁ ① Å ½"
)
# Letters of many scripts with everything that melts, folds, separates or has no spaces.
WRITING = texts.text(
    texts.one_of(
        texts.sampled_from(LETTERS),
        texts.characters(codec="utf-8", exclude_characters="\0", exclude_categories=["Cs", "Cn", "Co"]),
    ),
    max_size=40,
)


async def in_database(schema: OwnConnection, samples: list[str]) -> list[str]:
    rows = await schema.fetch("SELECT search_plain(text) AS plain FROM unnest($1::text[]) AS text", samples)
    return [f" {row['plain'].strip(' ')} " if row["plain"].strip(" ") else " " for row in rows]


async def test_every_character(schema: OwnConnection) -> None:
    found = await in_database(schema, CHARACTERS)
    different = [
        (f"U+{ord(character):04X}", expected, plain(character).text)
        for character, expected in zip(CHARACTERS, found, strict=True)
        if plain(character).text != expected
    ]
    assert not different, (len(different), different[:50])


async def test_every_character_between_others(schema: OwnConnection) -> None:
    """Where it may combine with what precedes or follows it."""
    samples = [f"xи{character}é中{character}\u1161か{character}\u3099" for character in CHARACTERS]
    found = await in_database(schema, samples)
    different = [
        (f"U+{ord(character):04X}", expected, plain(sample).text)
        for character, sample, expected in zip(CHARACTERS, samples, found, strict=True)
        if plain(sample).text != expected
    ]
    assert not different, (len(different), different[:50])


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(texts.lists(WRITING, min_size=1, max_size=200))
async def test_any_text(schema: OwnConnection, samples: list[str]) -> None:
    assert await in_database(schema, samples) == [plain(sample).text for sample in samples]
