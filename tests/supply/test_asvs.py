"""The assessment by OWASP's standard names each requirement once, and counts right."""

import re
from collections import Counter

from tests.operating.conftest import ROOT

PAGE = (ROOT / "docs" / "operating" / "asvs.md").read_text()
ROWS = re.findall(r"^\| ([\d.]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", PAGE, re.MULTILINE)


def test_each_requirement_has_one_row_with_a_reason() -> None:
    numbers = [tuple(map(int, number.split("."))) for number, *_ in ROWS]
    assert numbers == sorted(set(numbers))
    assert {number[0] for number in numbers} == set(range(1, 18)) - {10}
    assert {state for _, _, state, _ in ROWS} == {"met", "partly", "not met", "n/a"}


def test_the_sum_is_right() -> None:
    found = Counter(state for _, _, state, _ in ROWS)
    said = re.search(r"(\d+) requirements are met, (\d+) partly, (\d+) not, and (\d+) do not apply", PAGE)
    assert said is not None
    assert [int(each) for each in said.groups()] == [found[state] for state in ("met", "partly", "not met", "n/a")]
