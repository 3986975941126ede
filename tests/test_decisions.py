"""The decision records have one form, an index that is complete, and references that lead to them."""

import re
from collections import Counter
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parent.parent
DECISIONS: Final = ROOT / "docs/decisions"
RECORDS: Final = sorted(DECISIONS.glob("[0-9]*.md"))
FORM: Final = re.compile(
    r"# (?P<number>\d{4}): \S.*\n\n"
    r"Status: (accepted|superseded by \[\d{4}\]\(\S+\)), \d{4}-\d\d-\d\d\b.*\n\n"
    r"## Context\n\n(?s:.+?)\n\n"
    r"## Choice\n\n(?s:.+?)\n\n"
    r"## Not chosen\n\n(?s:.+)"
)

SOURCES: Final = ("src", "web", "tests", "bench", "docs", "scripts", "deploy")
SUFFIXES: Final = {".py", ".sql", ".md", ".ts", ".js", ".mjs", ".svelte", ".css", ".html", ".sh", ".toml", ".yml"}
MADE: Final = {"node_modules", "static", "__pycache__"}
REFERENCE: Final = re.compile(r"(?i:\bdecisions?[ /]+(?:records? )?)(\d+)\b")


def _sources() -> list[Path]:
    below = (path for name in SOURCES for path in (ROOT / name).rglob("*"))
    kept = (path for path in below if path.suffix in SUFFIXES and not MADE & {*path.parts})
    return [*ROOT.glob("*.md"), ROOT / "Makefile", ROOT / "pyproject.toml", *(path for path in kept if path.is_file())]


def test_each_number_is_given_once() -> None:
    numbers = Counter(path.name[:4] for path in RECORDS)
    assert [number for number, count in numbers.items() if count > 1] == []


@pytest.mark.parametrize("record", RECORDS, ids=lambda path: path.stem)
def test_a_record_has_the_form(record: Path) -> None:
    form = FORM.fullmatch(record.read_text())
    assert form
    assert form["number"] == record.name[:4]
    headings = re.findall(r"^## (.+)$", form[0], re.MULTILINE)
    assert headings in (["Context", "Choice", "Not chosen"], ["Context", "Choice", "Not chosen", "Measured"])


def test_the_index_lists_every_record() -> None:
    listed = re.findall(r"^\* \[(\d{4}: .+?)\]\((\S+)\)", (DECISIONS / "README.md").read_text(), re.MULTILINE)
    titles = [(path.read_text().partition("\n")[0].removeprefix("# "), path.name) for path in RECORDS]
    assert sorted(listed) == sorted(titles)


def test_files_that_records_name_exist() -> None:
    paths = [f"/{path.relative_to(ROOT)}" for path in _sources()]
    named = {
        (record.name, name)
        for record in RECORDS
        for name in re.findall(r"`([\w./-]+\.[a-z]{2,6})`", record.read_text())
    }
    missing = {
        (record, name)
        for record, name in named
        if Path(name).suffix in SUFFIXES and not any(path.endswith(f"/{name}") for path in paths)
    }
    assert missing == set()


def test_references_lead_to_a_record() -> None:
    numbers = {path.name[:4] for path in RECORDS}
    dangling = [
        f"{path.relative_to(ROOT)}: {number}"
        for path in _sources()
        for number in REFERENCE.findall(path.read_text())
        if number not in numbers
    ]
    assert dangling == []
