"""The list of tests that are known to be unsteady, `tests/unsteady.txt`, and the record of those that were seen."""

import os
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from tests.gate.second_look import Unsteady

LIST: Final = Path("tests/unsteady.txt")
BUILD: Final = Path(os.environ.get("TEST_BUILD", "build"))
SEEN: Final = BUILD / "unsteady.jsonl"


class Listed(NamedTuple):
    """A line of the list."""

    test: str
    first_seen: date
    seed: int
    mechanism: str


def listed(path: Path = LIST) -> list[Listed]:
    """The lines of the list. Raises ValueError for a line of another form."""
    lines = path.read_text().splitlines() if path.exists() else []
    return [_parsed(line) for line in lines if line and not line.startswith("#")]


def _parsed(line: str) -> Listed:
    try:
        test, first_seen, seed, mechanism = (part.strip() for part in line.split("|"))
        return Listed(test, date.fromisoformat(first_seen), int(seed), mechanism)
    except ValueError as error:
        raise ValueError(f"{LIST} has a line of another form: {line}") from error


def unlisted() -> list[str]:
    """Tests that an earlier run found unsteady, and that are not in the list."""
    lines = SEEN.read_bytes().splitlines() if SEEN.exists() else []
    seen = {msgspec.json.decode(line, type=Unsteady).test for line in lines}
    return sorted(seen - {each.test for each in listed()})


def record(found: list[Unsteady]) -> None:
    """Keep what a run found for the next."""
    with SEEN.open("ab") as file:
        file.writelines(msgspec.json.encode(each) + b"\n" for each in found)
