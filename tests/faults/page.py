"""Writes docs/operating/faults.md from what `make faults` found: `python -m tests.faults.page FILE`."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from tests.faults.trial import Row

PAGE: Final = Path(__file__).parents[2] / "docs" / "operating" / "faults.md"
HEAD: Final = """# What happens when something fails

Written by `make faults`, which breaks every part while simulated users write and listen, and then compares the log
with what each of them received. **In every row, nothing that was acknowledged was lost or duplicated, every listener
received everything once and in order, and the service recovered by itself.**

"Could not write" is the longest time in which one user could not send a message, including the fault itself; "received
nothing" is the same for a listener, who also receives nothing while nobody can write; "recovered after" counts from
the end of the fault until every user had sent a message again. "Users saw" is how requests were answered during the
fault: every client, Coterie's own included, repeats a request by itself, with the same nonce. A dash means that no
request failed. These are the figures of one run on a busy machine with two cores, not a promise; two servers stood
behind one address.

| what failed | for | users saw | could not write | received nothing | recovered after |
| --- | ---: | --- | ---: | ---: | ---: |
"""
TAIL: Final = """
On {date}, {acknowledged:,} messages were acknowledged over all rows, and each was found exactly once.

* A frozen process accepts connections and answers none: a proxy should stop using one that does not answer
  `/api/health/live` (in the run, each client gave up after 15 seconds).
* While the upload directory is full, uploads fail (503 `disk_full`). Everything else works, and so do
  uploads once there is space.
* A full disk stops PostgreSQL when there is no space for its write-ahead log. It can start again once there is space;
  in the run it was restarted, as systemd would do.
* The clock is that of the servers, moved by libfaketime; PostgreSQL's clock stayed. Access tokens expire or are not
  valid yet, and clients log in again. Nothing is ordered by a clock.
* See [rolling restart](rolling-restart.md) for how to do one.
"""


def main(found: Path) -> None:
    every = [msgspec.json.decode(line, type=Row) for line in found.read_text().splitlines()]
    rows = {row.fault: row for row in every}.values()  # the last, where something was tried again
    acknowledged = sum(row.acknowledged for row in rows)
    tail = TAIL.format(date=datetime.now(UTC).date(), acknowledged=acknowledged)
    PAGE.write_text(HEAD + "".join(map(_line, rows)) + tail)


def _line(row: Row) -> str:
    seen = ", ".join(row.seen) or "-"
    figures = (row.lasted, row.silence, row.deafness, row.back)
    lasted, silence, deafness, back = (f"{figure:.1f} s" for figure in figures)
    return f"| {row.fault} | {lasted} | {seen} | {silence} | {deafness} | {back} |\n"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
