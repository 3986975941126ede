"""PostgreSQL on a port of its own, as on a machine of its own: behind a pooler, or behind TLS."""

import contextlib
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import asyncpg

from coterie.database.embedded import Cluster
from coterie.database.installation import Installation
from tests.conftest import QUICK, open_directory
from tests.patience import PATIENCE
from tests.ports import reserved_port


@contextlib.contextmanager
def on_a_port(
    settings: Mapping[str, str] | None = None, installation: Installation | None = None, directory: Path | None = None
) -> Iterator[int]:
    """A cluster that answers at 127.0.0.1; anyone can connect there as `coterie`."""
    with contextlib.ExitStack() as held:
        place = directory or held.enter_context(open_directory())
        port = reserved_port()
        listening = {"listen_addresses": "127.0.0.1", "port": str(port)}
        everything = {**QUICK, **listening, **(settings or {})}
        held.enter_context(Cluster.start(place, installation=installation, settings=everything))
        yield port


def authority(directory: Path, name: str) -> Path:
    """A certificate that signs others, and its key beside it."""
    kind = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}"]
    openssl(directory, *kind, "-keyout", f"{name}.key", "-out", f"{name}.pem")
    return directory / f"{name}.pem"


def certified(directory: Path, name: str) -> dict[str, str]:
    """A certificate of the authority `own` for one host's name; returns PostgreSQL's settings for it.

    PostgreSQL takes a key only from its own user, who is the owner of its directory.
    """
    authority(directory, "own")
    kind = ["req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"]
    openssl(directory, *kind, "-keyout", "postgres/server.key", "-out", "server.csr")
    signing = ["x509", "-req", "-in", "server.csr", "-CA", "own.pem", "-CAkey", "own.key", "-days", "2"]
    openssl(directory, *signing, "-copy_extensions", "copy", "-out", "postgres/server.crt")
    owner = (directory / "postgres").stat()
    for made in ("server.key", "server.crt"):
        (directory / "postgres" / made).chmod(0o600)
        os.chown(directory / "postgres" / made, owner.st_uid, owner.st_gid)
    return {"ssl": "on", "ssl_cert_file": "server.crt", "ssl_key_file": "server.key"}


def openssl(directory: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], cwd=directory, check=True, capture_output=True, timeout=PATIENCE)


async def execute(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()
