"""The peers' table, for the terminal and for docs/performance.md, where it stands between two markers."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from bench.peers.load import Cell, Column

RESULTS: Final = Path(__file__).parents[1] / "results" / "peers"
PAGE: Final = Path(__file__).parents[2] / "docs" / "performance.md"
BEGIN: Final = "<!-- peers -->"
END: Final = "<!-- /peers -->"
NONE: Final = "\N{EN DASH}"

INTRODUCTION: Final = """\
## Beside other servers

Written by `make bench ARGUMENTS=peers`, which measures Coterie, ejabberd, Prosody and Synapse in turn, in one run,
under the same load. `ARGUMENTS="peers --quick"` only checks that it works. A server that is not installed is left out,
and the command says what to install.

Each server is one process on one core, together with the same PostgreSQL, in which it keeps its archive; the load has
another core. No server has TLS, rate limits or shapers. Each stores a message with `synchronous_commit = on` before it
acknowledges it. An acknowledgement is the reflected message of a room with an archive (XMPP), the answer to `PUT /send`
(Matrix), and `MESSAGE_ACK` or the answer 201 (Coterie, by the gateway and by REST). Every acknowledged message is
found once in the archive afterwards, and every listener has received each message once.

- ejabberd: Debian's package, PostgreSQL for everything (`default_db: sql`), over TCP, since it cannot use a socket.
- Prosody: Debian's package, PostgreSQL for everything. It has one connection, and waits for each commit.
- Synapse: the wheel, one process, ten connections; without presence, which the load does not use, and without the cache
  of sync answers, which repeats old messages to a user's next session; any locale of the database is allowed.
- The whole configurations are in `bench/peers/`. Other settings are the servers' own.

In XMPP and at the gateway a sender always hears the rooms it is in; over HTTP it listens only where the row says so. A
log-in is finished when the session is ready: bound (XMPP), after a first `/sync`, after `READY`. Accounts are written
to the database beforehand. In parentheses: how many times Coterie's figure."""


class PeersRecord(msgspec.Struct):
    """One run of all servers."""

    about: dict[str, Any]
    columns: list[Column]


def table(columns: Sequence[Column]) -> list[list[str]]:
    """Rows of cells, the first of which are the heads; Coterie is the first column."""
    rows = list(dict.fromkeys((cell.row, cell.unit) for column in columns for cell in column.cells))
    return [
        ["", *(column.server for column in columns)],
        *([f"{row}, {unit}", *_figures(row, columns)] for row, unit in rows),
    ]


def _figures(row: str, columns: Sequence[Column]) -> list[str]:
    first, *others = [_find(row, column) for column in columns]
    return [_number(first.value) if first else NONE, *(_compared(each, first) for each in others)]


def _find(row: str, column: Column) -> Cell | None:
    return next((cell for cell in column.cells if cell.row == row), None)


def _compared(cell: Cell | None, first: Cell | None) -> str:
    if cell is None:
        return NONE
    return f"{_number(cell.value)} ({cell.value / first.value:.2g})" if first else _number(cell.value)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def notes(columns: Sequence[Column]) -> list[str]:
    """For each server: version, what was verified, and who used the cores."""
    return [f"{column.server} {column.version}: {_note(column)}" for column in columns]


def _note(column: Column) -> str:
    if column.failure:
        return f"not all figures, because {column.failure}"
    load, foreign = (max(getattr(cell, name) for cell in column.cells) for name in ("load", "foreign"))
    return (
        f"{column.stored:,} acknowledged messages found once; the load used at most {load:.0%} of its core, "
        f"others at most {foreign:.0%} of the servers'"
    )


def record(run: PeersRecord) -> Path:
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"{run.about['date'][:19].replace(':', '')}.json"
    path.write_bytes(msgspec.json.format(msgspec.json.encode(run), indent=2) + b"\n")
    return path


def section() -> list[str]:
    """The newest run's lines; none if there was no run."""
    newest = max(RESULTS.glob("*.json"), default=None)
    if newest is None:
        return []
    run = msgspec.json.decode(newest.read_bytes(), type=PeersRecord)
    heads, *rows = (f"| {' | '.join(cells)} |" for cells in table(run.columns))
    about = run.about
    machine = (
        f"{about['date'][:10]}, commit {about['commit']}; {about['cores']} cores of {about['processor']}, "
        f"{about['memory_gb']} GB, {about['disk']}; PostgreSQL {about['postgresql']}. "
        f"Load average before {about['load_before'][0]:.1f}, after {about['load_after'][0]:.1f}. "
        f"All of it is in `bench/results/peers/{newest.name}`."
    )
    dashes = "| --- |" + " ---: |" * len(run.columns)
    listed = [f"- {note}" for note in notes(run.columns)]
    return ["", BEGIN, INTRODUCTION, "", heads, dashes, *rows, "", *listed, "", machine, END]


def write_section() -> None:
    """Replace the section in the page, or append it."""
    before, _, rest = PAGE.read_text().partition(f"\n{BEGIN}\n")
    after = rest.partition(f"{END}\n")[2]
    PAGE.write_text(before + "\n".join([*section(), ""]) + after)
