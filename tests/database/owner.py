# ruff: noqa: T201  (a program speaks by printing)
"""A program that has a cluster, for tests that kill it: `owner.py DIRECTORY [untied] [MAJOR:BINARIES]`.

Prints a line of JSON once the cluster is ready, or the refusal, and stops it when standard input ends.
"""

import json
import sys
import threading
from pathlib import Path

import psutil

from coterie.database.embedded import Cluster, ClusterError
from coterie.database.installation import Installation


def main(directory: str, *words: str) -> None:
    told: list[str] = []
    named = [word.split(":", 1) for word in words if ":" in word]
    installation = Installation(Path(named[0][1]), int(named[0][0])) if named else None
    try:
        cluster = Cluster.start(Path(directory), installation=installation, progress=told.append)
    except ClusterError as refusal:
        print(json.dumps({"refusal": type(refusal).__name__, "sentence": str(refusal)}), flush=True)
        return
    report = {"url": cluster.url, "postgres": cluster.process_id, "told": told, **status(cluster.process_id)}
    print(json.dumps(report), flush=True)
    sys.stdin.read()
    cluster.stop()
    print("stopped", flush=True)


def status(process_id: int) -> dict[str, object]:
    """Of PostgreSQL's process: the user id that it runs under, and on Linux its capabilities as a number."""
    file = Path(f"/proc/{process_id}/status")
    lines = dict(line.split(":", 1) for line in file.read_text().splitlines()) if file.exists() else {}
    owner = psutil.Process(process_id).uids().effective
    return {"owner": owner, "powers": lines.get("CapEff", "").strip()}


if __name__ == "__main__":
    if "untied" in sys.argv:  # as where the kernel cannot tie PostgreSQL to us: it outlives a kill
        thread = threading.Thread(target=main, args=sys.argv[1:])
        thread.start()
        thread.join()
    else:
        main(*sys.argv[1:])
