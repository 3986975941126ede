"""Writes docs/operating/faults.md from what `make faults` found: `python -m tests.faults.page FILE`."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from tests.faults.trial import Row

PAGE: Final = Path(__file__).parents[2] / "docs" / "operating" / "faults.md"
HEAD: Final = """# What happens when something fails

Written by `make faults`, which breaks every part while people write and listen, and then compares the log with what
each of them was told. **In every row nothing that was acknowledged is lost or doubled, everybody who listened was
told everything once and in order, and service came back by itself.**

"Could not write" is the longest time in which one of the people got no message through, with the fault itself in it;
"heard nothing" the same for somebody who listens, who hears nothing while nobody can write; "back after" counts from
the end of the fault until all of them had written again. What people saw is what their requests were answered
meanwhile: every client, Coterie's own included, asks again by itself, under the same nonce. With a dash no request
failed. The figures are those of one run on a busy machine with two cores, and no promise; two servers stood behind
one address.

| what failed | for | people saw | could not write | heard nothing | back after |
| --- | ---: | --- | ---: | ---: | ---: |
"""
TAIL: Final = """
On {date}, {acknowledged:,} messages were acknowledged over all rows, and all of them were found once.

* A frozen process takes connections and answers none: a proxy in front should give up on one that does not answer
  `/api/health/live` (in the run each client gave up after 15 seconds by itself).
* Into a full directory nobody can upload (503 `storage_unavailable`); everything else goes on, and so do uploads once
  there is room.
* A full disk ends PostgreSQL when its log has no room; it starts again once there is some. In the run it was
  restarted, as systemd would.
* The clock is that of the servers, moved by libfaketime; PostgreSQL's stayed. Access tokens end or are not valid yet,
  and clients log in again; nothing is ordered by a clock.
* The rolling restart is described in [restart without anybody noticing](rolling-restart.md).
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
