"""`make bench`: measures, prints, records under bench/results/, and writes docs/performance.md."""

import argparse
import os
import shutil
import socket
import sys
from dataclasses import dataclass
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
    load,
    lone,
    machine,
    memory,
    newest_page,
    report,
    search,
    sends,
    start,
    storm,
)
from bench.figures import Curve, Figure
from bench.wire import WrongError
from bench.world import running_bench

BENCHMARKS: Final[dict[str, ModuleType]] = {
    "sends": sends,
    "lone": lone,
    "fan-out": fan_out,
    "memory": memory,
    "page": newest_page,
    "search": search,
    "start": start,
    "growth": growth,
    "storm": storm,
    "load": load,
    "documents": documents,
    "web": client,
    "backup": backup,
}


@dataclass(frozen=True, slots=True)
class Failure:
    """A benchmark that found an error, and so has no figures."""

    name: str
    sentence: str


def main() -> None:
    arguments, _ = _arguments(), _alone()
    shutil.rmtree(arguments.data, ignore_errors=True)
    arguments.data.mkdir(parents=True)
    about = {**machine.description(arguments.data), "load_before": os.getloadavg(), "is_quick": arguments.quick}
    found = uvloop.run(_measure(arguments))
    shutil.rmtree(arguments.data, ignore_errors=True)
    failures = [each for each in found if isinstance(each, Failure)]
    figures = [each for each in found if isinstance(each, Figure)]
    curves = [each for each in found if isinstance(each, Curve)]
    report.show(figures, curves)
    for failure in failures:
        print(f"{failure.name} has no figures: {failure.sentence}")
    if arguments.quick or arguments.postgresql or (arguments.names and not arguments.record):
        print("Nothing was recorded: that needs the whole run, or one name and --record, and neither --quick nor")
        print("--postgresql.")
    else:
        about = {**about, "load_after": os.getloadavg(), "failures": failures}
        report.record(about, figures, curves, "-".join(arguments.names))
        report.write_page()
    sys.exit(1 if failures else 0)


def _alone() -> socket.socket:
    """Held for the whole run: two runs at once would measure each other. The name is in Linux's abstract namespace."""
    held = socket.socket(socket.AF_UNIX)
    try:
        held.bind("\0coterie-bench")
    except OSError:
        raise SystemExit("Another run of the benchmarks is under way on this machine; wait for its end.") from None
    return held


async def _measure(arguments: argparse.Namespace) -> list[Any]:
    found: list[Any] = []
    async with running_bench(arguments.data, is_quick=arguments.quick, major=arguments.postgresql) as bench:
        for name in arguments.names or BENCHMARKS:
            print(f"{name} ...", file=sys.stderr, flush=True)
            try:
                found += await BENCHMARKS[name].run(bench)
            except (WrongError, TimeoutError) as error:
                found.append(Failure(name, str(error) or "something that should come did not come in time"))
    return found


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"only these of {', '.join(BENCHMARKS)}")
    parser.add_argument("--quick", action="store_true", help="seconds instead of minutes, to see that it works")
    parser.add_argument("--record", action="store_true", help="record the named ones beside the last whole run")
    parser.add_argument("--postgresql", type=int, metavar="MAJOR", help="with this version of the machine, such as 15")
    parser.add_argument("--data", type=Path, default=Path("build/bench"), help="where PostgreSQL writes meanwhile")
    given = parser.parse_args()
    if unknown := [name for name in given.names if name not in BENCHMARKS]:
        parser.error(f"there is no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    return given


if __name__ == "__main__":
    main()
