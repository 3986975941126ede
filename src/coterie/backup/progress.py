"""How far a long command is, for whoever watches: a bar on a terminal, else a line for each step."""

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
        """A new step, of so many bytes if that is known; answers what is to be told of its progress."""


class Quiet:
    """Nobody watches."""

    def step(self, name: str, total: int | None = None) -> Progress:
        return lambda count: None


class Lines:
    """A line for each step, as in a log."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def step(self, name: str, total: int | None = None) -> Progress:
        self._console.print(name, highlight=False)
        return lambda count: None


class Shown:
    """Bars."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars

    def step(self, name: str, total: int | None = None) -> Progress:
        for task in self._bars.tasks:
            self._bars.update(task.id, total=task.completed or 1, completed=task.completed or 1)
        task_id = self._bars.add_task(name, total=total)
        return lambda count: self._bars.advance(task_id, count)


@contextmanager
def watched() -> Iterator[Steps]:
    """On standard error, so that what the command says at its end stands alone on standard output."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield Lines(console)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Bars(*columns, console=console) as bars:
        yield Shown(bars)
