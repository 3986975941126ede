"""The benchmarks' report: a table on the terminal, a record in JSON, and the page docs/performance.md with charts."""

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
from rich.console import Console
from rich.table import Table

from bench.chart import draw
from bench.figures import Curve, Figure

RESULTS: Final = Path(__file__).parent / "results"
PAGE: Final = Path(__file__).parents[1] / "docs" / "performance.md"
FOREIGN: Final = 0.1
"""If other processes take more of the server's core than this, a figure is disturbed."""


class Record(msgspec.Struct):
    """One whole run."""

    about: dict[str, Any]
    figures: list[Figure]
    curves: list[Curve]


def show(figures: Sequence[Figure], curves: Sequence[Curve]) -> None:
    table = Table(title="Coterie's budgets")
    for name in ("what", "measured", "beside", "judged", "budget", ""):
        table.add_column(name, justify="left" if name in {"what", ""} else "right")
    for figure in figures:
        table.add_row(*_cells(figure))
    console = Console()
    if figures:
        console.print(table)
    for figure in figures:
        console.print(*[f"{figure.name}: {warning}" for warning in warnings(figure)], sep="\n", end="")
    for curve in curves:
        points = ", ".join(f"{count:,}: {cost:.1f}" for count, cost in curve.points)
        console.print(f"{curve.chart} ({curve.unit}), by {curve.name}: {points}")


def _cells(figure: Figure) -> tuple[str, ...]:
    beside = f"{_number(figure.ceiling)} {figure.unit} ({figure.ceiling_name})" if figure.ceiling is not None else ""
    unit = figure.budget.unit if figure.budget else ""
    judged = f"{figure.judged:.2f} {unit}" if unit == "times" else f"{_number(figure.judged)} {unit}"
    verdict = {True: "met", False: "missed", None: ""}[figure.is_kept]
    return figure.name, f"{_number(figure.measured)} {figure.unit}", beside, judged, str(figure.budget or ""), verdict


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def warnings(figure: Figure) -> list[str]:
    """What limits a figure's validity."""
    found = []
    if figure.is_load_bound:
        found.append(f"the load used {figure.load:.0%} of its core and may be what was measured\n")
    if figure.foreign > FOREIGN:
        found.append(f"others used up to {figure.foreign:.0%} of the server's core meanwhile\n")
    return found


def record(about: dict[str, Any], figures: list[Figure], curves: list[Curve], part: str = "") -> Path:
    """Store a run under its date; that of a part in its own directory."""
    (RESULTS / part).mkdir(parents=True, exist_ok=True)
    path = RESULTS / part / f"{about['date'][:19].replace(':', '')}.json"
    text = msgspec.json.encode(Record(about, figures, curves))
    path.write_bytes(msgspec.json.format(text, indent=2) + b"\n")
    return path


def write_page() -> None:
    """The page of the newest record, and of the parts that were measured separately since."""
    newest = max(RESULTS.glob("*.json"))
    later = [max(each.glob("*.json")) for each in sorted(RESULTS.iterdir()) if each.is_dir()]
    run = _read(newest)
    lines = _page(run, newest.name, _draw_charts(run.curves, "performance"))
    for each in later:
        lines += _part(each) if each.name > newest.name else []
    PAGE.write_text("\n".join([*lines, ""]))


def _read(path: Path) -> Record:
    return msgspec.json.decode(path.read_bytes(), type=Record)


def _draw_charts(curves: Sequence[Curve], prefix: str) -> list[tuple[str, str]]:
    """Name and file of each chart."""
    charts = []
    for number, (name, together) in enumerate(itertools.groupby(curves, lambda curve: curve.chart), 1):
        file = f"{prefix}-{number}.svg"
        (PAGE.parent / file).write_text(draw(list(together)))
        charts.append((name, file))
    return charts


def _page(run: Record, source: str, charts: Sequence[tuple[str, str]]) -> list[str]:
    parts = (_table(run), _reasons(run), _disturbances(run), _growth(run, charts), _about(run, source))
    return [INTRODUCTION, HEAD, *itertools.chain(*parts)]


def _part(path: Path) -> list[str]:
    """What was measured separately after the whole run."""
    run, name = _read(path), path.parent.name
    charts = _draw_charts(run.curves, f"performance-{name}")
    title = ["", f"## Measured separately since: {name}", ""]
    table = [HEAD, *_table(run), *_disturbances(run), ""] if run.figures else []
    about = _about(run, f"{name}/{path.name}")[2:]
    return [*title, *table, *_curves(run, charts), *about]


INTRODUCTION: Final = """\
# Performance

Written by `make bench`, which measures all of this again; `make bench ARGUMENTS=--quick` only checks that the
benchmarks work, and `ARGUMENTS="sends fan-out"` measures a part.

The server and its PostgreSQL share one core, the load generator has another; PostgreSQL writes to a real disk with
`fsync` on. Every figure is compared with the best that the same machine can do, measured in the same run: `pgbench`
with prepared statements doing the same inserts one by one (without permission checks and without notifying anyone),
or a bare ASGI application on the same HTTP server. So look at the ratio, not at the number. The benchmark also checks
the results: each acknowledged message is found once, in order, and each listener's frames join without a gap.

Searches are whole requests, in a server with 50 channels and nine kinds of writing (`bench/corpus.py`) whose answers
are known. They are compared with nothing;only the rare words have a budget.
"""

HEAD: Final = """\
| what | measured | beside | judged | budget | |
| --- | ---: | ---: | ---: | ---: | --- |"""


OVER_HTTP: Final = """\
an HTTP exchange alone costs what the note below says, even in the barest application; a socket frame costs a fraction
  of that. On a quiet machine, PostgreSQL took 53 µs and the gateway 84 µs for a message in one channel, which together
  are exactly ten times `pgbench`. A client that sends this much uses a socket."""

REASONS: Final = {
    "one sender alone, REST": """\
besides the commit and the exchange, a request takes half a millisecond: routing, session, limits, decoding, checking
  the permission, handing over to the writer and back, and the answer. A separate statement for a single row made no
  measurable difference. The gateway, which has less to route, meets the budget.""",
    "64 senders, 1 channel, REST": OVER_HTTP,
    "64 senders, 64 channels, REST": OVER_HTTP,
    "64 senders, 64 channels, gateway": """\
on a quiet machine, PostgreSQL took 67 of 159 µs for a message (its row with the indexes, two foreign keys, the
  topic's row and the notification) and the server 92: one frame read, decoded, checked, stored with others and
  acknowledged. Some of that, such as timers, tasks and second encodings, has been removed since.""",
    "newest page of 50, whole request": """\
besides the exchange itself: 107 µs in PostgreSQL (mostly to prepare 900 values for sending), 100 in the driver to
  receive them, 50 in the pool, 40 to turn them into 50 messages and 28 kB of JSON, and about 100 for routing, guards
  and parameters.""",
}


def _table(run: Record) -> list[str]:
    return [f"| {' | '.join(_cells(figure))} |" for figure in run.figures]


def _reasons(run: Record) -> list[str]:
    """Why a budget is missed, as far as that is known."""
    missed = [figure for figure in run.figures if figure.is_kept is False]
    lines = [f"- {figure.name}: {REASONS.get(figure.name, 'not yet known why')}" for figure in missed]
    return ["", "Missed budgets, and why:", "", *lines] if lines else []


def _disturbances(run: Record) -> list[str]:
    notes = [f"- {figure.name}: {figure.note}" for figure in run.figures if figure.note]
    found = [f"- {figure.name}: {each.strip()}" for figure in run.figures for each in warnings(figure)]
    title = ["", "This run was disturbed, so its figures are less reliable:", ""] if found else []
    failed = [f"- {each['name']} has no figures: {each['sentence']}" for each in run.about["failures"]]
    return ["", "Notes:", "", *notes, *failed, *title, *found]


def _growth(run: Record, charts: Sequence[tuple[str, str]]) -> list[str]:
    return ["", "## How costs grow", "", *_curves(run, charts)]


def _curves(run: Record, charts: Sequence[tuple[str, str]]) -> list[str]:
    lines = []
    for name, file in charts:
        lines += [f"![{name}]({file})", ""]
    for curve in run.curves:
        lines += [f"| {curve.name} | {' | '.join(f'{count:,}' for count, _ in curve.points)} |"]
        lines += ["| --- |" + " ---: |" * len(curve.points)]
        lines += [f"| {curve.unit} | {' | '.join(_number(cost) for _, cost in curve.points)} |", ""]
    return lines


def _about(run: Record, source: str) -> list[str]:
    about = run.about
    packages = ", ".join(f"{name} {number}" for name, number in about["packages"].items())
    text = (
        f"{about['date'][:10]}, commit {about['commit']}; {about['cores']} cores of {about['processor']}, "
        f"{about['memory_gb']} GB, {about['disk']}; {about['system']}, Python {about['python']}, {packages}. "
        f"Load average before {about['load_before'][0]:.1f}, after {about['load_after'][0]:.1f}. "
        f"All of it is in `bench/results/{source}`."
    )
    return ["## The run", "", text]
