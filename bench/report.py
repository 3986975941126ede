"""The benchmarks' report: tables on the terminal, and a record of each benchmark in JSON."""

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
from rich.console import Console
from rich.table import Table

from bench.figures import Curve, Figure

RESULTS: Final = Path(__file__).parent / "results"
FOREIGN: Final = 0.1
"""If other processes take more of the server's core than this, a figure is disturbed."""

HEAD: Final = ("what", "PostgreSQL", "measured", "beside", "judged", "budget", "")


class Record(msgspec.Struct):
    """One run of one benchmark; `about` is the machine, the load before and after, and what failed."""

    about: dict[str, Any]
    figures: list[Figure]
    curves: list[Curve]


def show(records: Sequence[Record]) -> None:
    figures = [figure for record in records for figure in record.figures]
    table = Table(title="Coterie's figures")
    for name in HEAD:
        table.add_column(name, justify="left" if name in {"what", ""} else "right")
    for figure in figures:
        table.add_row(*cells(figure))
    console = Console()
    if figures:
        console.print(table)
    for figure in figures:
        console.print(*[f"{figure.name}: {warning}\n" for warning in warnings(figure)], sep="", end="")
    for curve in itertools.chain.from_iterable(record.curves for record in records):
        points = ", ".join(f"{count:,}: {cost:.1f}" for count, cost in curve.points)
        console.print(f"{curve.chart} ({curve.unit}), by {curve.name}: {points}")
    for failure in itertools.chain.from_iterable(record.about["failures"] for record in records):
        console.print(f"{failure.name} has no figures: {failure.sentence}")


def cells(figure: Figure) -> tuple[str, ...]:
    """A figure's row under `HEAD`."""
    beside = f"{number(figure.ceiling)} {figure.unit} ({figure.ceiling_name})" if figure.ceiling is not None else ""
    unit = figure.budget.unit if figure.budget else ""
    judged = f"{figure.judged:.2f} {unit}" if unit == "times" else f"{number(figure.judged)} {unit}"
    verdict = {True: "met", False: "missed", None: ""}[figure.is_kept]
    budget = str(figure.budget or "")
    measured = f"{number(figure.measured)} {figure.unit}"
    return figure.name, version(figure), measured, beside, judged if budget else "", budget, verdict


def version(figure: Figure) -> str:
    return f"{figure.postgresql or ''}"


def number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def warnings(figure: Figure) -> list[str]:
    """What limits a figure's validity."""
    found = []
    if figure.is_load_bound:
        found.append(f"the load used {figure.load:.0%} of its core and may be what was measured")
    if figure.foreign > FOREIGN:
        found.append(f"others used up to {figure.foreign:.0%} of the server's core meanwhile")
    return found


def record(run: Record, name: str) -> None:
    """Store a benchmark's run in its directory, under its date."""
    (RESULTS / name).mkdir(parents=True, exist_ok=True)
    path = RESULTS / name / f"{run.about['date'][:19].replace(':', '')}.json"
    path.write_bytes(msgspec.json.format(msgspec.json.encode(run), indent=2) + b"\n")


def newest(name: str) -> Record | None:
    """The last record of a benchmark."""
    paths = sorted((RESULTS / name).glob("*.json"))
    return msgspec.json.decode(paths[-1].read_bytes(), type=Record) if paths else None
