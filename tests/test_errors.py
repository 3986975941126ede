"""The catalogue of errors, its page in the documentation, and the client's copy of the sentences say the same."""

import json
import re
from pathlib import Path
from typing import Any

from coterie.errors import Entry
from coterie.features import ERRORS

ROOT = Path(__file__).parent.parent


def test_codes_are_unique() -> None:
    codes = [entry.code for entry in ERRORS]
    assert len(codes) == len({*codes})


def test_the_page_has_every_error() -> None:
    page = (ROOT / "docs/protocol/errors.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \| (.+?) \| [^|]+ \| [^|]+ \|$", page, re.MULTILINE)
    assert {Entry(int(status), code, sentence) for code, status, sentence in rows} == {*ERRORS}
    assert len(rows) == len(ERRORS)


def test_the_client_says_the_same() -> None:
    texts: dict[str, Any] = json.loads((ROOT / "web/src/text/languages/en.json").read_text())
    sentences = {entry.code: entry.sentence for entry in ERRORS}
    failures: dict[str, str] = texts["later"]["failures"]
    assert failures == {code: sentences.get(code) for code in failures}
