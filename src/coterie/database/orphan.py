"""Stops PostgreSQL processes that an earlier start left running in a cluster's directory.

Called only while holding the directory's lock, so any PostgreSQL process that still runs there has no living owner.
PostgreSQL prevents a second one in the same directory by a process id in `postmaster.pid`; if that id now belongs to
another program, PostgreSQL would always refuse to start, so the file is deleted once no PostgreSQL process is left.
"""

import contextlib
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import psutil

# PostgreSQL's fast shutdown, then the immediate one, then (for a hung backend) a kill; seconds to wait for each.
_STEPS: Final = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))


def end_orphans(cluster: Path, progress: Callable[[str], None]) -> None:
    """Stop every PostgreSQL process that runs in `cluster`, cleanly if possible."""
    if not (cluster / "postmaster.pid").exists():
        return
    if _working_in(cluster):
        progress("Stopping a PostgreSQL that an earlier start left running")
    for number, patience in _STEPS:
        _signal(_working_in(cluster), number)
        _wait_for_the_end(cluster, patience)
    (cluster / "postmaster.pid").unlink(missing_ok=True)


def _wait_for_the_end(cluster: Path, patience: float) -> None:
    """Looks at what runs in the directory, not at process ids: those of unreaped processes remain."""
    give_up_at = time.monotonic() + patience
    while _working_in(cluster) and time.monotonic() < give_up_at:
        time.sleep(0.01)


def _signal(processes: list[psutil.Process], number: signal.Signals) -> None:
    """Signals only the main process if it still runs: it stops its children in the right order."""
    numbers = {process.pid for process in processes}
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.ppid() not in numbers:
                process.send_signal(number)


def _working_in(cluster: Path) -> list[psutil.Process]:
    return [process for process in psutil.process_iter() if _is_postgres_in(process, cluster)]


def _is_postgres_in(process: psutil.Process, cluster: Path) -> bool:
    try:
        return process.cwd() == str(cluster) and Path(process.exe()).name.startswith("postgres")
    except (psutil.Error, OSError):
        return False
