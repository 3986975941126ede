"""Runs pytest with the arguments given, takes a second look at what failed, and says in one line what came of it.

`--client` before them runs the web client's tests too, whatever became of the server's. LAWS_SEED repeats a run. Its
files lie in `build`, or in the directory that TEST_BUILD names, so that two runs can go on side by side.
"""

import os
import subprocess
import sys
from typing import Final

from tests.gate.report import Report
from tests.gate.second_look import Outcome, judge
from tests.gate.unsteady import BUILD, LIST, SEEN, record, unlisted

AGAIN_SECONDS: Final = 300.0
"""After which a test that runs alone hangs."""


def main(arguments: list[str]) -> int:
    with_client = arguments[:1] == ["--client"]
    BUILD.mkdir(parents=True, exist_ok=True)
    unmended = unlisted()
    seed = int(os.environ.get("LAWS_SEED") or _seed_of_commit())
    server = _server(arguments[with_client:], seed)
    client = _client() if with_client else 0
    for failure in server.failed:
        print(f"failed: {failure.test}, {failure.message}")
    for each in server.unsteady:
        print(each)
    record(server.unsteady)
    for test in unmended:
        print(f"unsteady before, not in {LIST}: {test} (list it, or mend it and remove it from {SEEN})")
    is_red = bool(server.is_red or client or unmended)
    verdict = "failed" if is_red else f"passed, {len(server.unsteady)} unsteady"
    line = f"{verdict}: server {server}" + (f"; client {'failed' if client else 'passed'}" if with_client else "")
    (BUILD / "tests.txt").write_text(line + "\n")
    print(line, flush=True)
    return int(is_red)


def _server(arguments: list[str], seed: int) -> Outcome:
    """Run pytest, and again what failed."""
    code, report = _pytest(["--durations=20", *arguments], seed)
    if report is not None:
        (BUILD / "report.tsv").replace(BUILD / "durations.tsv")  # the second look does not replace them

    def again(test: str) -> bool:
        print(f"\nA second look at {test}", flush=True)
        code, report = _pytest(["--numprocesses=0", "--verbose", test], seed, AGAIN_SECONDS)
        return code == 0 and report is not None and report.passed > 0

    return judge(code, report, seed, again)


def _pytest(arguments: list[str], seed: int, timeout: float | None = None) -> tuple[int, Report | None]:
    """The exit code and the report of a run in a process of its own; no report if it did not come to its end."""
    path = BUILD / "report.json"
    path.unlink(missing_ok=True)
    environment = {
        **os.environ,
        "TEST_REPORT": str(path.absolute()),
        "LAWS_SEED": str(seed),
        "HYPOTHESIS_STORAGE_DIRECTORY": str((BUILD / "hypothesis").absolute()),  # of this user's own
    }
    command = [sys.executable, "-m", "pytest", "-p", "tests.gate.report", *arguments]
    try:
        code = subprocess.run(command, env=environment, timeout=timeout, check=False).returncode
    except subprocess.TimeoutExpired:
        code = 1
    return code, Report.read(path)


def _client() -> int:
    return subprocess.run(["npm", "run", "--silent", "test"], cwd="web", check=False).returncode


def _seed_of_commit() -> int:
    """Another one with each change, and the same whenever that change is tested."""
    found = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False).stdout
    return int(found[:8] or "0", 16)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
