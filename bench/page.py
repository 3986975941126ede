"""The page docs/performance.md with its charts, from the last record of each benchmark."""

import itertools
import textwrap
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from bench.chart import draw
from bench.figures import Curve, Figure
from bench.peers import page as peers
from bench.report import HEAD, Record, cells, newest, number, warnings

PAGE: Final = Path(__file__).parents[1] / "docs" / "performance.md"

COMPARED: Final = ("writing", "listening", "page", "rare-word", "memory", "start")
"""What people compare who choose a chat server: measured with the packaged PostgreSQL and with the machine's; the rest
only with the packaged one."""

PLANNED: Final = {
    "start": "Start and memory",
    "load": "Many users at once",
    "storm": "Everyone reconnects at once",
    "growth": "How costs grow",
    "history": "Up to ten million messages",
    "search": "Search in 1,000,000 messages",
    "documents": "Documents",
    "web": "The web client",
    "backup": "Backups",
}
BUDGETS: Final = ("sends", "lone", "fan-out", "page", "memory", "start")
INTRODUCTION: Final = """\
# Performance

Written by `make bench`, which measures all of this again; `make bench ARGUMENTS=--quick` only checks that the
benchmarks work, and `ARGUMENTS="writing page --record"` measures and records a part. Some take long and are measured
only by name: `documents`, `backup`, and `history`, which needs 20 GB of disk.

The server and its PostgreSQL share one core, the load generator has another; PostgreSQL writes to a real disk with
`fsync` on. Look at the ratio, not at the number: each figure stands beside the best that the same machine can do,
measured in the same run. Of what is counted per second, a larger ratio is better; of time, memory and log, a smaller
one. The benchmark also checks the results: each acknowledged message is found once, in order, and each listener's
frames join without a gap.

| beside | is |
| --- | --- |
| plain pgbench | `pgbench`, a row into a table with a primary key, an index and a GIN index of its words |
| pgbench with positions | `pgbench`, Coterie's insert: its tables, keys and indexes, and a position from a locked row |
| bare ASGI | an application on the same HTTP server that does nothing but send the same bytes |

`-c 1` and `-c 64` are the clients of `pgbench`, each of which waits for its commit, as each sender waits for the
acknowledgement. p50 and p99 are the times within which half and 99 of 100 messages are acknowledged.
"""

OVER_HTTP: Final = """\
an HTTP exchange alone costs what the note says, even in the barest application; a socket frame costs a fraction
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
  acknowledged.""",
    "newest page of 50, whole request": """\
besides the exchange itself: 107 µs in PostgreSQL (mostly to prepare 900 values for sending), 100 in the driver to
  receive them, 50 in the pool, 40 to turn them into 50 messages and 28 kB of JSON, and about 100 for routing, guards
  and parameters.""",
}


def write() -> None:
    """Write the page and its charts."""
    runs = {name: run for name in dict.fromkeys([*COMPARED, *BUDGETS, *PLANNED]) if (run := newest(name)) is not None}
    parts = (_choice(runs), _plan(runs), _budgets(runs), _runs(runs))
    PAGE.write_text("\n".join([INTRODUCTION, *itertools.chain(*parts), *peers.section(), ""]))


def _choice(runs: dict[str, Record]) -> Iterator[str]:
    """One table of what stands beside something, for all versions of PostgreSQL; and one of the ceilings of writes."""
    figures = [figure for name in COMPARED if name in runs for figure in runs[name].figures]
    yield from ["## For people who choose a chat server", ""]
    yield from _by_version(
        [each for each in figures if each.ceiling is not None], ("{}", "beside it", "ratio"), _compared
    )
    ceilings = [figure for figure in figures if figure.name.startswith(("plain pgbench", "pgbench"))]
    if ceilings:
        yield from ["", "The two kinds of inserts by themselves:", ""]
        yield from _by_version(ceilings, ("{}",), lambda figure: (f"{number(figure.measured)} {figure.unit}",))
    yield from _notes([each for each in figures if each.ceiling is not None])


def _by_version(
    figures: Sequence[Figure], columns: Sequence[str], cells_of: Callable[[Figure], tuple[str, ...]]
) -> Iterator[str]:
    """A row for each name, and some columns for each version of PostgreSQL."""
    versions = sorted({figure.postgresql for figure in figures}, reverse=True)
    found = {(figure.name, figure.postgresql): figure for figure in figures}
    heads = [column.format(f"PostgreSQL {version}") for version in versions for column in columns]
    yield f"| what | {' | '.join(heads)} |"
    yield "| --- |" + " ---: |" * len(heads)
    for name in dict.fromkeys(figure.name for figure in figures):
        each = [
            cells_of(found[name, version]) if (name, version) in found else [""] * len(columns) for version in versions
        ]
        yield f"| {name} | {' | '.join(itertools.chain(*each))} |"


def _compared(figure: Figure) -> tuple[str, str, str]:
    assert figure.ceiling is not None
    beside = f"{number(figure.ceiling)} ({figure.ceiling_name})"
    return f"{number(figure.measured)} {figure.unit}", beside, f"{figure.measured / figure.ceiling:.2f}"


def _plan(runs: dict[str, Record]) -> Iterator[str]:
    yield from ["", "## What to plan with"]
    for name, title in PLANNED.items():
        if name in runs:
            yield from ["", f"### {title}"]
            figures = [figure for figure in runs[name].figures if name not in COMPARED or figure.ceiling is None]
            yield from _table(figures)
            yield from _notes(figures)
            yield from _curves(runs[name].curves, name)


def _budgets(runs: dict[str, Record]) -> Iterator[str]:
    """What Coterie must keep, and why it misses what it misses."""
    chosen = [runs[name] for name in BUDGETS if name in runs]
    figures = [figure for run in chosen for figure in run.figures if figure.budget is not None]
    yield from ["", "## Budgets", *_table(figures)]
    missed = [figure for figure in figures if figure.is_kept is False]
    if missed:
        yield from ["", "Missed budgets, and why:", ""]
        yield from (_item(f"{figure.name}: {REASONS.get(figure.name, 'not yet known why')}") for figure in missed)
    yield from _notes(
        [figure for name in BUDGETS if name in runs and name not in COMPARED for figure in runs[name].figures]
    )


def _table(figures: Sequence[Figure]) -> Iterator[str]:
    if figures:
        yield from ["", f"| {' | '.join(HEAD)} |", "| --- | ---: | ---: | ---: | ---: | ---: | --- |"]
    yield from (f"| {' | '.join(cells(figure))} |" for figure in figures)


def _notes(figures: Sequence[Figure]) -> Iterator[str]:
    """What the figures mean, and what disturbed them."""
    notes = [_item(f"{_named(figure)}: {figure.note}") for figure in figures if figure.note]
    disturbed = [_item(f"{_named(figure)}: {each}") for figure in figures for each in warnings(figure)]
    if notes:
        yield from ["", "Notes:", "", *notes]
    if disturbed:
        yield from ["", "These figures were disturbed, and are less reliable:", "", *disturbed]


def _item(text: str) -> str:
    """An item of a list, in lines as the pages have them."""
    words = " ".join(text.split())
    return textwrap.fill(f"- {words}", 120, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


def _named(figure: Figure) -> str:
    return f"{figure.name} (PostgreSQL {figure.postgresql})" if figure.postgresql else figure.name


def _curves(curves: Sequence[Curve], name: str) -> Iterator[str]:
    """Each chart, and then a table of each curve."""
    for place, (chart, together) in enumerate(itertools.groupby(curves, lambda curve: curve.chart), 1):
        file = f"performance-{name}-{place}.svg"
        (PAGE.parent / file).write_text(draw(list(together)))
        yield from ["", f"![{chart}]({file})"]
    for curve in curves:
        yield from ["", f"| {curve.name} | {' | '.join(f'{count:,}' for count, _ in curve.points)} |"]
        yield "| --- |" + " ---: |" * len(curve.points)
        yield f"| {curve.unit} | {' | '.join(number(cost) for _, cost in curve.points)} |"


def _runs(runs: dict[str, Record]) -> Iterator[str]:
    """The benchmarks of each run, and below them each machine with its versions."""
    yield from ["", "## The runs", "", "The records are in `bench/results`.", ""]
    machines = list(dict.fromkeys(_machine(run) for run in runs.values()))
    for _, together in itertools.groupby(sorted(runs.items(), key=_date, reverse=True), _date):
        named = list(together)
        run = named[0][1]
        about, where = run.about, f" on machine {machines.index(_machine(run)) + 1}" if len(machines) > 1 else ""
        yield _item(
            f"{', '.join(name for name, _ in named)}: {about['date'][:10]}, commit {about['commit']}{where};"
            f" load average before {about['load_before'][0]:.1f}, after {about['load_after'][0]:.1f}."
        )
        failures = [failure for _, run in named for failure in run.about["failures"]]
        yield from (_item(f"{each['name']} has no figures: {each['sentence']}") for each in failures)
    yield ""
    for place, machine in enumerate(machines, 1):
        yield _item(f"Machine {place}: {machine}" if len(machines) > 1 else f"All on {machine}")


def _machine(run: Record) -> str:
    about = run.about
    packages = ", ".join(f"{package} {version}" for package, version in about["packages"].items())
    return (
        f"{about['cores']} cores of {about['processor']}, {about['memory_gb']} GB, {about['disk']};"
        f" {about['system']}, Python {about['python']}, {packages}."
    )


def _date(named: tuple[str, Record]) -> str:
    return str(named[1].about["date"])
