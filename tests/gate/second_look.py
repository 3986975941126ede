"""The second look: a failed test is run again, alone, once, in a fresh process with its own cluster and the same seed.

What passes then is unsteady: it is reported each time, and kept in build/unsteady.jsonl. What fails again has failed.
There is no second look at tests with the mark `strict`, at crashes and hangs, or at more than a few failures.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from tests.gate.report import Failure, Report

LIMIT: Final = 5
"""Failures of a run that may be by chance; more have a cause."""


class Unsteady(msgspec.Struct, frozen=True):
    """A test that failed and then passed."""

    test: str
    message: str
    load: float
    seed: int

    def __str__(self) -> str:
        return f"unsteady: {self.test}, {self.message}, seed {self.seed}, load {self.load}"


class Outcome(msgspec.Struct, frozen=True):
    """A run and the second look at it."""

    passed: int
    failed: list[Failure]
    unsteady: list[Unsteady]
    reason: str = ""

    @property
    def is_red(self) -> bool:
        return bool(self.failed or self.reason)

    def __str__(self) -> str:
        counts = f"{self.passed} passed, {len(self.failed)} failed, {len(self.unsteady)} unsteady"
        return f"{counts} ({self.reason})" if self.reason else counts


def judge(code: int, report: Report | None, seed: int, again: Callable[[str], bool]) -> Outcome:
    """What a run that ended with this code and report comes to; `again` runs one test and says whether it passed."""
    if report is None:
        return Outcome(0, [], [], f"pytest ended with code {code} before its report")
    if code not in (0, 1) or report.errors or (code == 1 and not report.failures):
        return Outcome(report.passed, report.failures, [], f"pytest ended with code {code}")
    if reason := _no_second_look(report.failures):
        return Outcome(report.passed, report.failures, [], reason)
    passed_now = {each.test for each in report.failures if not each.is_strict and again(each.test)}
    unsteady = [
        Unsteady(each.test, each.message, each.load, seed) for each in report.failures if each.test in passed_now
    ]
    failed = [each for each in report.failures if each.test not in passed_now]
    return Outcome(report.passed + len(unsteady), failed, unsteady)


def _no_second_look(failures: list[Failure]) -> str:
    """Why the failures cannot be chance, or nothing."""
    if any(each.is_crash for each in failures):
        return "a process of the tests ended or hung"
    return f"more than {LIMIT} failures have a cause" if len(failures) > LIMIT else ""
