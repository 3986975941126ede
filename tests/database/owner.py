# ruff: noqa: T201  (a program speaks by printing)
"""A program that has a cluster, for tests that kill it: `owner.py DIRECTORY [untied] [packaged|machine]`.

Prints a line of JSON once the cluster is ready, or the refusal, and stops it when standard input ends.
"""

import json
import os
import sys
import threading
from pathlib import Path

from coterie.database.embedded import Cluster, ClusterError
from coterie.database.installation import machine_installations


def main(directory: str, *words: str) -> None:
    told: list[str] = []
    installation = next(machine_installations()) if "machine" in words else None
    try:
        cluster = Cluster.start(Path(directory), installation=installation, progress=told.append)
    except ClusterError as refusal:
        print(json.dumps({"refusal": type(refusal).__name__, "sentence": str(refusal)}), flush=True)
        return
    report = {"url": cluster.url, "postgres": cluster.process_id, "told": told, "user": os.geteuid()}
    print(json.dumps(report), flush=True)
    sys.stdin.read()
    cluster.stop()
    print("stopped", flush=True)


if __name__ == "__main__":
    if "untied" in sys.argv:  # as where the kernel cannot tie PostgreSQL to us: it outlives a kill
        thread = threading.Thread(target=main, args=sys.argv[1:])
        thread.start()
        thread.join()
    else:
        main(*sys.argv[1:])
