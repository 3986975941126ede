"""Which tests `make steady` runs: those that differ from the base."""

import subprocess
from pathlib import Path

import pytest

from tests.gate.steady import touched

BEFORE = """import os

WIDTH = 3


def test_one() -> None:
    assert WIDTH == 3


def test_two() -> None:
    assert os.name
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A module of tests, committed on `main`, in the working directory."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "tests" / "test_it.py"
    path.parent.mkdir()
    path.write_text(BEFORE)
    git = ["git", "-c", "user.name=tester", "-c", "user.email=tester@example.org"]
    for command in (["init", "--quiet", "--initial-branch=main"], ["add", "."], ["commit", "--quiet", "-m", "One"]):
        subprocess.run([*git, *command], check=True)
    return path


def test_nothing_is_touched(module: Path) -> None:
    assert touched("main") == []


@pytest.mark.parametrize(
    ("before", "after", "tests"),
    [
        ("assert os.name", "assert os.sep", ["tests/test_it.py::test_two"]),
        ("def test_two() -> None:", "def test_three() -> None:", ["tests/test_it.py::test_three"]),
        ("WIDTH = 3", "WIDTH = 2 + 1", ["tests/test_it.py"]),
    ],
)
def test_the_tests_whose_lines_changed(module: Path, before: str, after: str, tests: list[str]) -> None:
    module.write_text(BEFORE.replace(before, after))
    assert touched("main") == tests


def test_a_new_module_is_touched_whole(module: Path) -> None:
    module.with_name("test_new.py").write_text(BEFORE)
    assert touched("main") == ["tests/test_new.py"]
