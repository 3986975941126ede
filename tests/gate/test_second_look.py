"""What the gate says of tests that fail once, always, by the dozen, or with their process."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from tests.gate.report import Failure, Report
from tests.gate.second_look import Outcome, Unsteady, judge

ROOT = Path(__file__).parents[2]

ONCE = """
from pathlib import Path

def test_it():
    seen = Path("seen")
    if not seen.exists():
        seen.touch()
        assert False, "for the first time"
"""
ALWAYS = "def test_it():\n    assert False, 'each time'\n"
HANGS = "import time\n\ndef test_it():\n    time.sleep(60)\n"
WORKS = """
import time

def test_it():
    end = time.process_time() + 0.1
    while time.process_time() < end:
        pass
"""
STRICT = """
import pytest

def pytest_collection_modifyitems(items):
    for item in items:
        item.add_marker(pytest.mark.strict)
"""
SETTINGS = """[pytest]
faulthandler_timeout = 3
faulthandler_exit_on_timeout = true
asyncio_default_fixture_loop_scope = session
markers =
    strict
"""

FAILED = Failure("tests/messages/test_it.py::test_it", "assert 1 == 2", 1.5)


def gate(directory: Path, **suites: str) -> tuple[int, str]:
    """The exit code and output of the gate on modules of tests, by one worker."""
    for name, suite in suites.items():
        (directory / f"{name}.py").write_text(suite)
    (directory / "pytest.ini").write_text(SETTINGS)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "LAWS_SEED": "7", "TEST_BUILD": "build"}
    command = [sys.executable, "-m", "tests.gate", "--numprocesses=1", "--max-worker-restart=0"]
    done = subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr + done.stdout


def judged(*failures: Failure, code: int = 1, errors: int = 0, passes: bool = True) -> tuple[Outcome, list[str]]:
    """The outcome of a run with these failures, and the tests that were run again."""
    again: list[str] = []

    def run(test: str) -> bool:
        again.append(test)
        return passes

    return judge(code, Report(9, 0, errors, list(failures)), 7, run), again


def test_what_fails_once_is_unsteady_until_it_is_listed(tmp_path: Path) -> None:
    code, output = gate(tmp_path, test_once=ONCE)
    assert code == 0, output
    unsteady = msgspec.json.decode((tmp_path / "build/unsteady.jsonl").read_bytes(), type=Unsteady)
    assert (unsteady.test, unsteady.seed) == ("test_once.py::test_it", 7)
    assert "for the first time" in unsteady.message
    assert f"failed just now: {unsteady.test}, {unsteady.message}" in output.splitlines()
    assert str(unsteady) in output.splitlines()
    assert output.splitlines()[-1] == "passed, 1 unsteady: server 1 passed, 0 failed, 1 unsteady"
    code, output = gate(tmp_path)
    assert code == 1
    assert "unsteady before, not in tests/unsteady.txt: test_once.py::test_it" in output
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/unsteady.txt").write_text("test_once.py::test_it | 2026-11-24 | 7 | a file that is not there\n")
    assert gate(tmp_path)[0] == 0


def test_each_test_says_what_it_cost(tmp_path: Path) -> None:
    gate(tmp_path, test_works=WORKS)
    seconds, processor, test = (tmp_path / "build/durations.tsv").read_text().split("\t")
    assert test == "test_works.py::test_it\n"
    assert float(processor) > 0
    assert float(seconds) > 0


def test_what_fails_again_has_failed(tmp_path: Path) -> None:
    code, output = gate(tmp_path, test_always=ALWAYS)
    assert code == 1
    assert "A second look at" in output
    assert output.splitlines()[-1] == "failed: server 0 passed, 1 failed, 0 unsteady"


def test_a_hang_is_named_and_red_at_once(tmp_path: Path) -> None:
    code, output = gate(tmp_path, test_hangs=HANGS)
    assert code == 1
    assert "A second look at" not in output
    assert "failed: test_hangs.py::test_it, worker 'gw0' crashed while running" in output
    assert "in test_it" in output, "where it hangs"


def test_a_failure_is_looked_at_again() -> None:
    outcome, again = judged(FAILED)
    assert (outcome.is_red, again) == (False, [FAILED.test])
    assert outcome.unsteady == [Unsteady(FAILED.test, FAILED.message, FAILED.load, 7)]
    assert judged(FAILED, passes=False)[0].failed == [FAILED]


def test_a_strict_test_gets_no_second_look(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(STRICT)
    code, output = gate(tmp_path, test_once=ONCE)
    assert code == 1
    assert "A second look at" not in output
    assert "failed: test_once.py::test_it" in output


@pytest.mark.parametrize(
    "failures",
    [[FAILED, Failure("b", "worker 'gw1' crashed while running 'b'", 1)], [Failure(str(n), "", 1) for n in range(6)]],
    ids=["crash", "many"],
)
def test_crashes_and_many_failures_are_no_chance(failures: list[Failure]) -> None:
    outcome, again = judged(*failures)
    assert (outcome.is_red, again, outcome.failed) == (True, [], failures)


@pytest.mark.parametrize(("code", "errors"), [(2, 1), (5, 0), (1, 0), (-9, 0)])
def test_a_run_that_was_not_one_is_red(code: int, errors: int) -> None:
    assert judged(code=code, errors=errors)[0].is_red
    assert judge(code, None, 7, lambda test: True).is_red
