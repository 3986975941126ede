"""`make bench ARGUMENTS=peers`: measures Coterie, ejabberd, Prosody and Synapse in turn, under the same load.

Each server that is installed is started on the same PostgreSQL with an empty database; the others are left out, and the
command says what to install. Synapse is expected in build/synapse, or SYNAPSE_PYTHON names its Python. A whole run is
recorded under bench/results/peers/ and in docs/performance.md.
"""

import argparse
import os
import shutil
import sys
from pathlib import Path
from typing import Final

import uvloop
from rich.console import Console
from rich.table import Table

from bench import machine
from bench.peers import load, page
from bench.peers.coterie import Coterie, CoterieRest
from bench.peers.ejabberd import DATABASE_HOST, Ejabberd
from bench.peers.load import Column
from bench.peers.page import PeersRecord
from bench.peers.prosody import Prosody
from bench.peers.server import Server
from bench.peers.synapse import Synapse
from bench.world import connected, running_bench

SERVERS: Final[tuple[type[Server], ...]] = (Coterie, CoterieRest, Ejabberd, Prosody, Synapse)


def arguments(given: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench peers", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two minutes, to see that it works; nothing is recorded")
    parser.add_argument(
        "--only", action="append", metavar="NAME", help="only this server beside Coterie, such as prosody"
    )
    parser.add_argument("--data", type=Path, default=Path("build/bench"), help="where the servers write meanwhile")
    return parser.parse_args(given)


def run(given: argparse.Namespace) -> None:
    chosen = [kind for kind in SERVERS if given.only is None or kind.__name__.lower() in given.only]
    shutil.rmtree(given.data, ignore_errors=True)
    given.data.mkdir(parents=True)
    about = {**machine.description(given.data), "load_before": os.getloadavg()}
    postgresql, columns = uvloop.run(_measure(given, installed(chosen)))
    show(columns)
    if given.quick or given.only:
        print("Nothing was recorded: that needs a whole run, without --quick and --only.")
    else:
        about = {**about, "postgresql": postgresql, "load_after": os.getloadavg()}
        page.record(PeersRecord(about, columns))
        page.write_section()
    shutil.rmtree(given.data, ignore_errors=True)
    sys.exit(1 if any(column.failure for column in columns) else 0)


def installed(kinds: list[type[Server]]) -> list[type[Server]]:
    """Those that can be started; says what to install for the others."""
    for kind in kinds:
        if kind.missing():
            print(f"{kind.name} is not installed and is left out: {kind.missing()}")
    return [kind for kind in kinds if not kind.missing()]


async def _measure(given: argparse.Namespace, kinds: list[type[Server]]) -> tuple[str, list[Column]]:
    columns = []
    listening = {"listen_addresses": DATABASE_HOST}
    async with running_bench(given.data.resolve(), is_quick=given.quick, settings=listening) as bench:
        async with connected(bench.cluster.url) as rows:
            postgresql = await rows.fetchval("SHOW server_version")
        for kind in kinds:
            print(f"{kind.name} ...", file=sys.stderr, flush=True)
            columns.append(await load.measure(bench, kind))
    return postgresql, columns


def show(columns: list[Column]) -> None:
    heads, *rows = page.table(columns)
    table = Table(*heads, title="Coterie beside other servers; in parentheses: times Coterie's")
    for row in rows:
        table.add_row(*row)
    console = Console()
    console.print(table)
    for note in page.notes(columns):
        console.print(note, highlight=False)
