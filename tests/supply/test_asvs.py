"""The assessment by OWASP's standard names each requirement once, counts right, and names tests that exist."""

import re
from collections import Counter

import pytest

from tests.operating.conftest import ROOT

PAGE = (ROOT / "docs" / "operating" / "asvs.md").read_text()
ROWS = re.findall(r"^\| ([\d.]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]*)\|$", PAGE, re.MULTILINE)
NAMED = sorted(set(re.findall(r"`((?:web/)?tests/[^`]+)`", PAGE)))


def test_each_requirement_has_one_row_with_a_reason() -> None:
    numbers = [tuple(map(int, number.split("."))) for number, *_ in ROWS]
    assert numbers == sorted(set(numbers))
    assert {number[0] for number in numbers} == set(range(1, 18)) - {10}
    assert {row[2] for row in ROWS} == {"met", "partly", "not met", "n/a"}


def test_the_sum_is_right() -> None:
    found = Counter(row[2] for row in ROWS)
    said = re.search(r"(\d+) requirements are met, (\d+) partly, (\d+) not, and (\d+) do not apply", PAGE)
    assert said is not None
    assert [int(each) for each in said.groups()] == [found[state] for state in ("met", "partly", "not met", "n/a")]


def test_what_is_met_names_a_test_or_says_why_there_is_none() -> None:
    for number, _, state, _, shown in ROWS:
        if state == "met":
            assert re.fullmatch(r"(`(web/)?tests/[^`]+`(, )?)+ |no test: \S[^|]+ ", shown), number


@pytest.mark.parametrize("named", NAMED)
def test_the_named_test_exists(named: str) -> None:
    path, _, function = named.partition("::")
    assert (ROOT / path).exists()
    assert not function or re.search(rf"^\s*(async )?def {function}\(", (ROOT / path).read_text(), re.MULTILINE)
