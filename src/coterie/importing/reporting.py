"""What an import reports: its progress and its result, on the screen and in a file."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import msgspec
from rich.box import SIMPLE
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars
from rich.table import Table
from rich.text import Text

from coterie.database.connection import OneConnection, Row
from coterie.importing import records
from coterie.importing.engine import EXAMPLES, Result
from coterie.importing.records import Import

REASONS: Final = 40


class Pace(ProgressColumn):
    """Rows a second."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f}/s" if speed else "", justify="right")


class ReportedProgress:
    """A bar for each stage, with its rate and the remaining time; without a terminal, a line for each."""

    def __init__(self, console: Console) -> None:
        self._console: Final = console
        self._bars: Final = Bars(
            TextColumn("{task.description}", justify="left"),
            BarColumn(),
            MofNCompleteColumn(),
            Pace(),
            TimeRemainingColumn(elapsed_when_finished=True),
            console=console,
            disable=not console.is_terminal,
        )
        self._task = self._bars.add_task("", total=0, visible=False)
        self._title, self._total, self._begun = "", 0, time.monotonic()

    def __enter__(self) -> "ReportedProgress":
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """No more progress; further output appears below."""
        self._tell()
        self._title = ""
        self._bars.stop()

    def begin(self, title: str, total: int) -> None:
        self._tell()
        self._title, self._total, self._begun = title, total, time.monotonic()
        self._task = self._bars.add_task(title, total=total)

    def advance(self, count: int) -> None:
        self._bars.advance(self._task, count)

    def _tell(self) -> None:
        if self._title and not self._console.is_terminal:
            seconds = time.monotonic() - self._begun
            self._console.print(f"{self._title}: {self._total:,} rows in {seconds:,.1f} s", highlight=False)


COLUMNS: Final[Mapping[str, Callable[[Result], int]]] = {
    "rows": lambda result: result.rows,
    "unchanged": lambda result: result.same,
    "changed": lambda result: result.changed,
    "left out": lambda result: result.left,
    "removed": lambda result: result.removed,
    "missing": lambda result: result.missing_count,
    "differing": lambda result: result.differing_count,
}


async def show(console: Console, connection: OneConnection, record: Import, results: list[Result]) -> None:
    """The result of a run: for each table what was imported, and why the rest was not."""
    console.print(_table(record, [result for result in results if result.rows]))
    for reason in (await records.note_counts(connection, record.id))[:REASONS]:
        console.print(_reason(reason), highlight=False, soft_wrap=True, markup=False)
    for each in results:
        for title, ids in (("missing", each.missing), ("changed since it was imported", each.differing)):
            if ids:
                console.print(f"{each.name}: {title}: {', '.join(ids)}", soft_wrap=True, markup=False, highlight=False)


def _table(record: Import, results: list[Result]) -> Table:
    """Leaves out empty columns."""
    table = Table(title=f"{record.kind}, source {record.source}", title_justify="left", box=SIMPLE, pad_edge=False)
    table.add_column("table", no_wrap=True)
    shown = {name: of for name, of in COLUMNS.items() if any(of(result) for result in results)}
    for name in shown:
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("checksums", no_wrap=True)
    for result in results:
        sums = "equal" if result.there == result.here else "differ"
        table.add_row(result.name, *(f"{of(result):,}" for of in shown.values()), sums)
    return table


def _reason(row: Row) -> str:
    verb = "left out" if row["is_left"] else "changed"
    if row["example"] == records.WHOLE:
        return f"{row['kind']}: left out: {row['reason']}"
    return f"{row['kind']}: {verb} {row['count']:,}: {row['reason']} (for example {row['example']})"


async def write(path: Path, connection: OneConnection, record: Import, results: list[Result]) -> None:
    """The same as JSON, with every row that was left out or changed."""
    with path.open("wb") as file:
        tables = [{**_values(each), "is_equal": each.there == each.here} for each in results]
        head = {"kind": record.kind, "source": record.source, "import_id": record.id, "tables": tables}
        file.write(msgspec.json.encode(head)[:-1] + b',"notes":[')
        is_first = True
        async for note in records.notes(connection, record.id):
            file.write((b"\n" if is_first else b",\n") + msgspec.json.encode(note))
            is_first = False
        file.write(b"]}\n")


def _values(result: Result) -> dict[str, object]:
    return {
        "table": result.name,
        "rows": result.rows,
        "as_they_were": result.same,
        "changed": result.changed,
        "left_out": result.left,
        "removed_since": result.removed,
        "missing": result.missing_count,
        "differing": result.differing_count,
        "checksum_there": f"{result.there:016x}",
        "checksum_here": f"{result.here:016x}",
        f"first_{EXAMPLES}_missing": result.missing,
        f"first_{EXAMPLES}_differing": result.differing,
    }
