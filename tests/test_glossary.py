"""The glossary has one entry for each word, and the tables and fields that it names exist."""

import json
import re
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

ROOT: Final = Path(__file__).parents[1]
SCHEMA: Final = ROOT / "src/coterie/migrations/schema.txt"
OPENAPI: Final = ROOT / "web/openapi.json"


class Entry(NamedTuple):
    term: str
    meaning: str
    fields: list[str]
    avoided: list[str]


def entries() -> list[Entry]:
    lines = (ROOT / "docs/glossary.md").read_text().splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    return [
        Entry(
            term.strip("`"), meaning, re.findall(r"`([^`]+)`", fields), [each for each in avoided.split(", ") if each]
        )
        for term, meaning, fields, avoided in cells[2:]
    ]


ENTRIES: Final = entries()


def columns() -> set[str]:
    """Every table, and every column as `table.column`."""
    found = re.findall(r"^column ((\w+)\.\w+) ", SCHEMA.read_text(), re.MULTILINE)
    return {name for pair in found for name in pair}


def properties(node: Any) -> set[str]:
    """The names of all fields in the OpenAPI document."""
    if isinstance(node, list):
        return set().union(*map(properties, node))
    if not isinstance(node, dict):
        return set()
    own = set(node["properties"]) if isinstance(node.get("properties"), dict) else set()
    return own.union(*map(properties, node.values()))


def test_each_term_has_one_entry() -> None:
    terms = [each.term for each in ENTRIES]
    assert terms == sorted(set(terms), key=str.lower)
    assert len(terms) > 50


def test_no_two_entries_mean_the_same() -> None:
    meanings = [each.meaning for each in ENTRIES]
    assert all(meanings)
    assert len(meanings) == len(set(meanings))


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.term)
def test_no_meaning_uses_a_word_that_its_entry_avoids(entry: Entry) -> None:
    assert entry.term not in entry.avoided
    assert not [each for each in entry.avoided if re.search(rf"\b{each}s?\b", entry.meaning, re.IGNORECASE)]


def test_every_table_and_field_exists() -> None:
    known = columns() | properties(json.loads(OPENAPI.read_text()))
    assert not [(each.term, name) for each in ENTRIES for name in each.fields if name not in known]
