"""What came of a run of pytest: how many tests passed, each failure with the load of the machine at that moment, and
how long each test took.

As a plugin (`-p tests.gate.report`), it writes this to the file that TEST_REPORT names when the run is over. Beside
it (`.tsv`) each test has a line, the slowest first: its seconds, its seconds of processor time (of the test's process,
of the programs that it waited for and of the browser, but not of PostgreSQL), and its name.
"""

import contextlib
import os
import resource
from collections import Counter
from pathlib import Path
from typing import Final, Self

import msgspec
import psutil
import pytest

CRASHED: Final = "crashed while running"
"""What pytest-xdist says of a test whose process ended, for example because the test did."""

STRICT: Final = "strict"
"""The mark of tests of what must never go wrong."""

PROCESSOR: Final = "processor seconds"
"""The property of a test's last report that says what the test cost."""

_recorder: Final = pytest.StashKey["_Recorder"]()
_began: Final = pytest.StashKey[dict[int, float]]()


class Failure(msgspec.Struct, frozen=True):
    """A test that failed. `load` is the average of one minute; `is_strict` says whether the test has that mark."""

    test: str
    message: str
    load: float
    is_strict: bool = False

    @property
    def is_crash(self) -> bool:
        return CRASHED in self.message


class Report(msgspec.Struct, frozen=True):
    """A run that came to its end. `errors` are files that could not be collected."""

    passed: int
    skipped: int
    errors: int
    failures: list[Failure]

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """The report of the last run, or None if it did not come to its end."""
        return msgspec.json.decode(path.read_bytes(), type=cls) if path.exists() else None


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_recorder] = recorder = _Recorder(config)
    config.pluginmanager.register(recorder)


def pytest_runtest_setup(item: pytest.Item) -> None:
    item.stash[_began] = _processor_seconds(item)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    if call.when == "call":
        before, after = item.stash[_began], _processor_seconds(item)
        used = sum(seconds - before.get(process, 0.0) for process, seconds in after.items())
        item.user_properties.append((PROCESSOR, used))


def _processor_seconds(item: pytest.Item) -> dict[int, float]:
    """By process: this one with those that have ended and, for a test with a browser, those that have not."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    seconds = {os.getpid(): sum(each.ru_utime + each.ru_stime for each in used)}
    if item.get_closest_marker("browser") is not None:
        for process in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.Error):
                seconds[process.pid] = sum(process.cpu_times()[:2])
    return seconds


class _Recorder:
    """Sees each outcome; with pytest-xdist, in the process that the user started. A failure is told at once."""

    def __init__(self, config: pytest.Config) -> None:
        self._config: Final = config
        self.failures: Final[dict[str, Failure]] = {}
        self.seconds: Final[Counter[str]] = Counter()
        self.processor: Final[dict[str, float]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid] += report.duration  # type: ignore[assignment]  # a float counts as well
        for name, cost in report.user_properties:
            if name == PROCESSOR and isinstance(cost, float):
                self.processor[report.nodeid] = cost
        if report.failed and report.nodeid not in self.failures:
            load = round(os.getloadavg()[0], 1)
            failure = Failure(report.nodeid, _message(report), load, STRICT in report.keywords)
            self.failures[report.nodeid] = failure
            if (terminal := self._config.pluginmanager.get_plugin("terminalreporter")) is not None:
                terminal.write_line(f"\nfailed just now: {failure.test}, {failure.message}")


def _message(report: pytest.TestReport) -> str:
    """The first line of what failed."""
    crash = getattr(report.longrepr, "reprcrash", None)
    return str(crash.message if crash is not None else report.longrepr).strip().partition("\n")[0]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if "TEST_REPORT" not in os.environ:
        return
    path, recorder = Path(os.environ["TEST_REPORT"]), config.stash[_recorder]
    passed, skipped, errors = (len(terminalreporter.stats.get(key, ())) for key in ("passed", "skipped", "error"))
    errors -= sum(isinstance(each, pytest.TestReport) for each in terminalreporter.stats.get("error", ()))
    path.write_bytes(msgspec.json.encode(Report(passed, skipped, errors, list(recorder.failures.values()))))
    lines = (
        f"{seconds:.2f}\t{recorder.processor.get(test, 0):.2f}\t{test}\n"
        for test, seconds in recorder.seconds.most_common()
    )
    path.with_suffix(".tsv").write_text("".join(lines))
