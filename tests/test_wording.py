"""What users read is plain English: no phrase that a native technical writer would not use."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from coterie.features import ERRORS

ENGLISH = Path(__file__).parent.parent / "web/src/text/languages/en.json"

UNWANTED = (
    "anew",  # again
    "one may|one can|one could|one is|as one|oneself|one's",  # you
    "whoever|whomever|whom|only who",  # anyone who, the person who
    "somebody|everybody|anybody|nobody",  # someone, everyone, anyone, no one
    "so many|as many as",  # that many, the limit of
    "the own",  # your own
    "does not count|counts as",  # is invalid, is ignored
    "as it must be|as it should be|not as it",  # what is wrong
    "moving house|other eyes|put out|happenings",
    "take back|taken back|took back",  # cancel, remove
    "hand over|handed over|hand the|handed the",  # transfer
    "you may|they may|may not",  # can, cannot
    "lacks?",  # you don't have
    "e-mail|user name",  # email, username
    "elsewhere:|as elsewhere|hears? nobody|stands in|goes first",  # inherit, deafened, is recorded in, the order
    "on its way|how far it|waits here|look at it",  # sent, read by, appears here, continue
    "take (?:it|them|him|her) out|leave (?:it|them) out|good for|no longer good",  # remove, expires after, expired
    "out of sight|for want of|given up|was had",  # hidden, without, timed out
)
"""Each with what to write instead."""

FOUND = re.compile(rf"(?<!\bno )\b(?:{'|'.join(UNWANTED)})\b", re.IGNORECASE)


def _texts(value: object, key: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _texts(inner, f"{key}.{name}" if key else name)
    else:
        yield key, str(value)


CLIENT = dict(_texts(json.loads(ENGLISH.read_text())))
SERVER = {entry.code: entry.sentence for entry in ERRORS}
BOTH = pytest.mark.parametrize("texts", [SERVER, CLIENT], ids=["errors.py", "en.json"])


@BOTH
def test_no_unwanted_phrase(texts: dict[str, str]) -> None:
    found = {key: match[0] for key, text in texts.items() if (match := FOUND.search(text))}
    assert not found


@BOTH
def test_no_stray_space(texts: dict[str, str]) -> None:
    assert not {key: text for key, text in texts.items() if "  " in text or " ." in text or text != text.rstrip()}


def test_errors_are_sentences() -> None:
    assert not {code: sentence for code, sentence in SERVER.items() if not re.match(r"[A-Z].*\.$", sentence)}
