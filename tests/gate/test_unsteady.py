"""The list of unsteady tests is short and short-lived."""

import subprocess
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.gate.unsteady import LIST, listed

ROOT = Path(__file__).parents[2]
MOST, LONGEST = 10, timedelta(days=14)


def test_the_list_is_short_and_young() -> None:
    """Young at the time of the last commit: a test does not depend on the date."""
    lines = listed(ROOT / LIST)
    assert len(lines) <= MOST, "mend one before another is listed"
    assert len({each.test for each in lines}) == len(lines)
    committed = subprocess.run(
        ["git", "log", "-1", "--format=%cs"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.strip()
    for each in lines:
        assert each.mechanism, f"what has to happen for {each.test} to fail?"
        assert (ROOT / each.test.partition("::")[0]).exists(), f"{each.test} is gone"
        if committed:
            assert date.fromisoformat(committed) - each.first_seen <= LONGEST, f"{each.test} has to be mended now"


@pytest.mark.parametrize("line", ["tests/test_it.py::test_it", "a | yesterday | 1 | b", "a | 2026-11-24 | x | b"])
def test_a_line_of_another_form_is_refused(tmp_path: Path, line: str) -> None:
    (tmp_path / "list").write_text(f"# about\n\n{line}\n")
    with pytest.raises(ValueError, match="another form"):
        listed(tmp_path / "list")
