"""What came of a run of pytest: how many tests passed, and each failure with the load of the machine at that moment.

As a plugin (`-p tests.gate.report`), it writes this to the file that TEST_REPORT names, when the run is over.
"""

import os
from pathlib import Path
from typing import Final, Self

import msgspec
import pytest

CRASHED: Final = "crashed while running"
"""What pytest-xdist says of a test whose process ended, for example because the test did."""

_failures: Final = pytest.StashKey[dict[str, "Failure"]]()


class Failure(msgspec.Struct, frozen=True):
    """A test that failed. `load` is the average of one minute."""

    test: str
    message: str
    load: float

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
    failures: dict[str, Failure] = {}
    config.stash[_failures] = failures
    config.pluginmanager.register(_Recorder(failures))


class _Recorder:
    """Sees each outcome; with pytest-xdist, in the process that the user started."""

    def __init__(self, failures: dict[str, Failure]) -> None:
        self._failures: Final = failures

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and report.nodeid not in self._failures:
            self._failures[report.nodeid] = Failure(report.nodeid, _message(report), round(os.getloadavg()[0], 1))


def _message(report: pytest.TestReport) -> str:
    """The first line of what failed."""
    crash = getattr(report.longrepr, "reprcrash", None)
    return str(crash.message if crash is not None else report.longrepr).strip().partition("\n")[0]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    path = os.environ.get("TEST_REPORT")
    if path is None:
        return
    passed, skipped, errors = (len(terminalreporter.stats.get(key, ())) for key in ("passed", "skipped", "error"))
    failures = list(config.stash[_failures].values())
    errors -= sum(1 for each in terminalreporter.stats.get("error", ()) if isinstance(each, pytest.TestReport))
    Path(path).write_bytes(msgspec.json.encode(Report(passed, skipped, errors, failures)))
