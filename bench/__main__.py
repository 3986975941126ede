"""`make bench`: measures, prints, records under bench/results/, and writes docs/performance.md.

`make bench ARGUMENTS=peers` measures Coterie beside other chat servers; see bench/peers. `ARGUMENTS=costs` measures
what one account can cost the others; see bench/costs.
"""

import argparse
import os
import shutil
import socket
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import uvloop

from bench import (
    backup,
    client,
    documents,
    fan_out,
    growth,
    history,
    listening,
    load,
    lone,
    machine,
    memory,
    newest_page,
    page,
    rare_word,
    report,
    search,
    sends,
    start,
    storm,
    writing,
)
from bench.costs import run as costs
from bench.figures import Curve, Figure
from bench.peers import run as peers
from bench.wire import WrongError
from bench.world import Bench, running_bench
from coterie.database.installation import machine_installations, packaged_installation

BENCHMARKS: Final[dict[str, ModuleType]] = {
    "writing": writing,
    "listening": listening,
    "page": newest_page,
    "rare-word": rare_word,
    "memory": memory,
    "start": start,
    "sends": sends,
    "lone": lone,
    "fan-out": fan_out,
    "search": search,
    "growth": growth,
    "storm": storm,
    "load": load,
    "web": client,
}
LONG: Final[dict[str, ModuleType]] = {"documents": documents, "backup": backup, "history": history}
"""Measured only by name, because they take long; the page keeps their last figures."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A benchmark that found an error, and so has no figures."""

    name: str
    sentence: str


def main() -> None:
    if sys.argv[1:2] == ["peers"]:
        given, _ = peers.arguments(sys.argv[2:]), _alone()
        return peers.run(given)
    if sys.argv[1:2] == ["costs"]:
        given, _ = costs.arguments(sys.argv[2:]), _alone()
        return costs.main(given)
    arguments, _ = _arguments(), _alone()
    shutil.rmtree(arguments.data, ignore_errors=True)
    arguments.data.mkdir(parents=True)
    about = {**machine.description(arguments.data), "load_before": os.getloadavg()}
    found = uvloop.run(_measure(arguments))
    shutil.rmtree(arguments.data, ignore_errors=True)
    about["load_after"] = os.getloadavg()
    records = [_record(about, name, each) for name, each in found.items()]
    report.show(records)
    if arguments.quick or arguments.postgresql or (arguments.names and not arguments.record):
        print("Nothing was recorded: that needs the whole run, or names and --record, and neither --quick nor")
        print("--postgresql.")
    else:
        for name, record in zip(found, records, strict=True):
            report.record(record, name)
        page.write()
    sys.exit(1 if any(record.about["failures"] for record in records) else 0)


def _record(about: dict[str, Any], name: str, found: list[Any]) -> report.Record:
    return report.Record(
        {**about, "name": name, "failures": [each for each in found if isinstance(each, Failure)]},
        [each for each in found if isinstance(each, Figure)],
        [each for each in found if isinstance(each, Curve)],
    )


def _alone() -> socket.socket:
    """Held for the whole run: two runs at once would measure each other. The name is in Linux's abstract namespace."""
    held = socket.socket(socket.AF_UNIX)
    try:
        held.bind("\0coterie-bench")
    except OSError:
        raise SystemExit("Another run of the benchmarks is under way on this machine; wait for its end.") from None
    return held


async def _measure(arguments: argparse.Namespace) -> dict[str, list[Any]]:
    """The figures, curves and failures of each benchmark."""
    found: dict[str, list[Any]] = {name: [] for name in arguments.names or BENCHMARKS}
    majors = [arguments.postgresql] if arguments.postgresql else _majors()
    for major in majors:
        names = [name for name in found if major == majors[0] or name in page.COMPARED]
        if not names:
            continue
        async with running_bench(arguments.data, is_quick=arguments.quick, major=major) as bench:
            for name in names:
                print(f"{name}, PostgreSQL {major} ...", file=sys.stderr, flush=True)
                began = time.monotonic()
                found[name] += await _run({**BENCHMARKS, **LONG}[name], name, bench)
                bench.tell(f"{name} took {time.monotonic() - began:.0f} s")
    return found


async def _run(benchmark: ModuleType, name: str, bench: Bench) -> list[Any]:
    major = bench.installation.major
    try:
        found = await benchmark.run(bench)
    except (WrongError, TimeoutError) as error:
        return [Failure(f"{name} with PostgreSQL {major}", str(error) or "something did not come in time")]
    return [replace(each, postgresql=major) if isinstance(each, Figure) else each for each in found]


def _majors() -> list[int]:
    """The packaged PostgreSQL, and the oldest of the machine that Coterie supports, if it has one."""
    packaged, others = packaged_installation(), [each.major for each in machine_installations()]
    if not others:
        print("This machine has no PostgreSQL 15 or newer: only the packaged one is measured.", file=sys.stderr)
    return list(dict.fromkeys([packaged.major if packaged else min(others), *sorted(others)[:1]]))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"only these of {', '.join([*BENCHMARKS, *LONG])}")
    parser.add_argument("--quick", action="store_true", help="seconds instead of minutes, to see that it works")
    parser.add_argument("--record", action="store_true", help="record the named ones, each beside its last record")
    parser.add_argument("--postgresql", type=int, metavar="MAJOR", help="only with this version, such as 15")
    parser.add_argument("--data", type=Path, default=Path("build/bench"), help="where PostgreSQL writes meanwhile")
    given = parser.parse_args()
    if unknown := [name for name in given.names if name not in {*BENCHMARKS, *LONG}]:
        parser.error(f"there is no benchmark {', '.join(unknown)}; there are {', '.join([*BENCHMARKS, *LONG])}")
    return given


if __name__ == "__main__":
    main()
