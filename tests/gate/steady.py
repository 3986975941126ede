"""Runs tests that a change adds or touches ten times, two at a time, beside two busy processes: `make steady`.

Without arguments, these are the tests that differ from `main`, committed or not: functions whose lines changed, and all
tests of a module whose other lines did. With arguments, the tests that these name. Ends with 1 at the first failure.
"""

import ast
import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

ROUNDS: Final = int(os.environ.get("ROUNDS", "10"))
BUSY: Final = 2
MODULES: Final = ":(glob)tests/**/test_*.py"
HUNK: Final = re.compile(r"@@ -\S+ \+(\d+)(?:,(\d+))? @@")


def main(arguments: list[str]) -> int:
    tests = arguments or touched(os.environ.get("BASE", "main"))
    if not tests:
        print("No test differs from main.")
        return 0
    print(f"{ROUNDS} times, beside {BUSY} busy processes:", *tests, sep="\n  ", flush=True)
    with busy():
        for round in range(1, ROUNDS + 1):
            command = [sys.executable, "-m", "pytest", "--quiet", "--numprocesses=2", *tests]
            if code := subprocess.run(command, check=False).returncode:
                print(f"failed in round {round} of {ROUNDS}")
                return code
    print(f"passed {ROUNDS} times")
    return 0


@contextlib.contextmanager
def busy() -> Iterator[None]:
    """Processes that compute without end, meanwhile."""
    processes = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(BUSY)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def touched(base: str) -> list[str]:
    """The tests that differ from where this branch left `base`."""
    since = _git("merge-base", base, "HEAD").strip()
    modules = _git("diff", "--name-only", "--diff-filter=d", since, "--", MODULES).split()
    modules += _git("ls-files", "--others", "--exclude-standard", MODULES).split()
    return [test for module in modules for test in _tests(module, _changed_lines(since, module))]


def _changed_lines(since: str, module: str) -> set[int]:
    """The lines of a module that are new; all of a module that git does not know."""
    diff = _git("diff", "--unified=0", since, "--", module)
    if not diff:
        return set(range(1, len(Path(module).read_text().splitlines()) + 1))
    hunks = ((int(start), int(count or 1)) for start, count in HUNK.findall(diff))
    return {line for start, count in hunks for line in range(start, start + max(count, 1))}


def _tests(module: str, lines: Iterable[int]) -> list[str]:
    """The tests that have one of these lines; the whole module if a line is outside of its tests."""
    spans = {
        f"{module}::{node.name}": range(min([node.lineno, *(each.lineno for each in node.decorator_list)]), end + 1)
        for node in ast.parse(Path(module).read_text()).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
        if (end := node.end_lineno) is not None
    }
    found = {next((name for name, span in spans.items() if line in span), module) for line in lines}
    return [module] if module in found else sorted(found)


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
