"""What the gate says of tests that fail once, always, by the dozen, or with their process."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from tests.gate.report import Failure, Report
from tests.gate.second_look import Unsteady, judge

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
ENDS = "import os\n\ndef test_it():\n    os._exit(3)\n"
HANGS = "import time\n\ndef test_it():\n    time.sleep(60)\n"
SIX = "import pytest\n\n@pytest.mark.parametrize('number', range(6))\ndef test_it(number):\n    assert False\n"


SETTINGS = """[pytest]
faulthandler_timeout = 3
faulthandler_exit_on_timeout = true
asyncio_default_fixture_loop_scope = session
"""


def gate(directory: Path, suite: str, name: str = "test_suite.py") -> tuple[int, str]:
    """The exit code and output of the gate on one file of tests, by one worker."""
    path = directory / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(suite)
    (directory / "pytest.ini").write_text(SETTINGS)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "LAWS_SEED": "7"}
    command = [sys.executable, "-m", "tests.gate", "--numprocesses=1", "--max-worker-restart=0", name]
    done = subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr + done.stdout


def test_what_fails_once_is_unsteady(tmp_path: Path) -> None:
    code, output = gate(tmp_path, ONCE)
    assert code == 0, output
    unsteady = msgspec.json.decode((tmp_path / "build/unsteady.jsonl").read_bytes(), type=Unsteady)
    assert (unsteady.test, unsteady.seed) == ("test_suite.py::test_it", 7)
    assert "for the first time" in unsteady.message
    assert str(unsteady) in output.splitlines()
    assert output.splitlines()[-1] == "passed, 1 unsteady: server 1 passed, 0 failed, 1 unsteady"


def test_what_fails_again_has_failed(tmp_path: Path) -> None:
    code, output = gate(tmp_path, ALWAYS)
    assert code == 1
    assert "A second look at" in output
    assert output.splitlines()[-1] == "failed: server 0 passed, 1 failed, 0 unsteady"


def test_many_failures_are_no_chance(tmp_path: Path) -> None:
    code, output = gate(tmp_path, SIX)
    assert code == 1
    assert "A second look at" not in output


def test_laws_get_no_second_look(tmp_path: Path) -> None:
    code, output = gate(tmp_path, ONCE, "tests/laws/test_suite.py")
    assert code == 1
    assert "A second look at" not in output


@pytest.mark.parametrize("suite", [ENDS, HANGS])
def test_a_process_that_ends_or_hangs_is_red_at_once(tmp_path: Path, suite: str) -> None:
    code, output = gate(tmp_path, suite)
    assert code == 1
    assert "A second look at" not in output
    assert "failed: test_suite.py::test_it, worker 'gw0' crashed while running" in output
    if suite == HANGS:
        assert "in test_it" in output, "where it hangs"


@pytest.mark.parametrize("suite", ["import nowhere_at_all\n", "x = 1\n"], ids=["not collected", "no test"])
def test_a_run_without_tests_is_red(tmp_path: Path, suite: str) -> None:
    code, output = gate(tmp_path, suite)
    assert code == 1, output
    assert output.splitlines()[-1].startswith("failed: server 0 passed, 0 failed, 0 unsteady (pytest ended with code")


def test_a_run_that_did_not_come_to_its_end_is_red() -> None:
    assert judge(-9, None, 1, lambda test: True).is_red


def test_a_crash_among_failures_is_red() -> None:
    failures = [Failure("a", "assert 1 == 2", 1), Failure("b", "worker 'gw1' crashed while running 'b'", 1)]
    assert judge(1, Report(5, 0, 0, failures), 1, lambda test: True).is_red
