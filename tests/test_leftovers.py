"""What killed runs of the tests leave behind."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import conftest


def test_directories_of_processes_that_are_gone_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conftest, "MEMORY", tmp_path / "none")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    with conftest.open_directory() as mine:
        for name in (f"coterie-test-{gone.pid}-abc", "coterie-test-words-abc", "coterie-test-abc"):
            (tmp_path / name / "postgres").mkdir(parents=True)
        conftest.sweep()
        assert f"-{os.getpid()}-" in mine.name
        assert {path.name for path in tmp_path.iterdir()} == {"coterie-test-words-abc", "coterie-test-abc", mine.name}
