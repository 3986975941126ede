"""A temporary cluster, to try something where it can do no harm."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from coterie.database.embedded import Cluster

QUICK: Final = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_wal_size": "4GB"}


@contextmanager
def scratch_cluster() -> Iterator[Cluster]:
    """A cluster in the system's temporary directory (TMPDIR). Raises `ClusterError`."""
    with tempfile.TemporaryDirectory(prefix="coterie-scratch-") as directory:
        place = Path(directory)
        place.chmod(0o711)  # for root, PostgreSQL may have to run as another user
        with Cluster.start(place / "data", settings=QUICK) as cluster:
            yield cluster
