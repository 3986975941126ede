"""Shows the progress of a long command: a bar on a terminal, otherwise a line for each step."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

from coterie.backup.archive import Progress


class Steps(Protocol):
    """Shows the steps of a command."""

    def step(self, name: str, total: int | None = None) -> Progress:
        """Begin a step, of `total` bytes if known; returns the function to call with its progress."""


class Quiet:
    """Shows nothing."""

    def step(self, name: str, total: int | None = None) -> Progress:
        return lambda count: None


class Lines:
    """Shows a line for each step, as in a log."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def step(self, name: str, total: int | None = None) -> Progress:
        self._console.print(name, highlight=False)
        return lambda count: None


class ShownProgress:
    """Shows progress bars."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars

    def step(self, name: str, total: int | None = None) -> Progress:
        for task in self._bars.tasks:
            self._bars.update(task.id, total=task.completed or 1, completed=task.completed or 1)
        task_id = self._bars.add_task(name, total=total)
        return lambda count: self._bars.advance(task_id, count)


@contextmanager
def watched() -> Iterator[Steps]:
    """Progress on standard error, so that standard output has only the command's result."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield Lines(console)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Bars(*columns, console=console) as bars:
        yield ShownProgress(bars)
