"""One rule for the names that users give to accounts, servers, channels, roles, groups and files.

A name consists of what people can see. Removed are characters that are invisible, control something, or change the
direction of the text around them, since they make two different names look the same. Some of them are part of how a
language or an emoji is written, and stay in that place: joiners between letters of Arabic, Indic and similar scripts
and between emoji, what follows a flag or a keycap, and the variants of a character.

Names that were stored before this rule stay until someone changes them.
"""

import re
import unicodedata
from typing import Final

import msgspec

from coterie import errors
from coterie.errors import CoterieError

BREAKS: Final = re.compile("[\x01-\x1f\x7f-\x9f\u2028\u2029]")
"""NUL is not here: no text that has it can be stored, and the database's refusal is answered."""

HIDDEN: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufeff"
    "\uffa0\ufff0-\ufffb\ud800-\udfff\U0001d159\U0001d173-\U0001d17a\U0001bca0-\U0001bca3]"
)
"""Format and control characters, and letters without a shape."""

JOINING: Final = "\u0600-\u109f\u1780-\u18af"
"""From Arabic to Myanmar, Khmer, and Mongolian."""

PICTOGRAPHS: Final = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u27ff\u2900-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001fbff"
)
IDEOGRAPHS: Final = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
IN_PLACE: Final = (
    f"(?<=[{JOINING}])[\u200c\u200d](?=[{JOINING}])",
    f"(?<=[{PICTOGRAPHS}\ufe0f])\u200d(?=[{PICTOGRAPHS}])",
    f"(?<=[{PICTOGRAPHS}])[\ufe0e\ufe0f]",
    "(?<=[#*0-9])\ufe0f(?=\u20e3)",
    f"(?<=[{IDEOGRAPHS}])[\ufe00-\ufe02\U000e0100-\U000e01ef]",
    "(?<=[\u1800-\u18af])[\u180b-\u180d\u180f]",
    "(?<=\U0001f3f4)[\U000e0030-\U000e007a]{1,8}\U000e007f",
)
ELSEWHERE: Final = re.compile(
    f"({'|'.join(IN_PLACE)})|[\u180b-\u180d\u180f\u200c\u200d\ufe00-\ufe0f\U000e0000-\U000e0fff]"
)
SEEN: Final = frozenset("LNSP")
"""The first letters of the categories of letters, numbers, symbols and punctuation."""


def visible(text: str) -> str:
    """The text without characters that nobody sees; nothing if no letter, number, symbol or mark is left."""
    kept = ELSEWHERE.sub(r"\1", HIDDEN.sub("", text)).strip()
    return kept if any(unicodedata.category(each)[0] in SEEN for each in kept) else ""


def clean_names(record: msgspec.Struct, *fields: str) -> None:
    """Clean these fields of a new record, where they are texts; raises INVALID if nothing of one is visible."""
    for field in fields:
        given = getattr(record, field)
        if isinstance(given, str):
            msgspec.structs.force_setattr(record, field, _cleaned(field, given))


def _cleaned(field: str, given: str) -> str:
    if given.isascii() and given.isprintable() and given.strip():
        return given.strip()
    if kept := visible(BREAKS.sub(" ", given)):
        return kept
    sentence = "A name needs at least one character that people can see."
    raise CoterieError(errors.INVALID, f"{field}: {sentence}", fields={field: sentence})
