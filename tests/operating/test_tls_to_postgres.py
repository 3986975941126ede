"""TLS to PostgreSQL: the parameters of DATABASE_URL are respected, and errors say what to do."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from coterie.database.embedded import Cluster
from coterie.database.installation import Installation
from coterie.process.refusals import Exit
from tests.conftest import QUICK, open_directory
from tests.operating.postgres import authority, certified, execute, on_a_port
from tests.startup.conftest import Starter, coterie

pytestmark = pytest.mark.extended("says nothing about a change, and needs programs or databases that others keep")


@pytest.fixture(scope="module")
def directory() -> Iterator[Path]:
    with open_directory() as directory:
        yield directory


@pytest.fixture(scope="module")
def port(directory: Path, machine_installation: Installation) -> Iterator[int]:
    """A PostgreSQL whose certificate is for `localhost`, and which refuses connections without TLS."""
    if shutil.which("openssl") is None:
        pytest.skip("this machine has no openssl (Debian: apt-get install openssl)")
    Cluster.start(directory, installation=machine_installation, settings=QUICK).stop()
    settings = certified(directory, "localhost")
    configuration = directory / "postgres" / "pg_hba.conf"
    configuration.write_text("local all all trust\nhostssl all all 127.0.0.1/32 trust\n")
    with on_a_port(settings, machine_installation, directory) as port:
        yield port


def refused(code: Exit, url: str, *words: str) -> None:
    coterie("serve", variables={"DATABASE_URL": url, "HOME": "/nonexistent"}).assert_refused(
        code, "DATABASE_URL", *words
    )


def test_your_own_certificate_authority_is_enough(directory: Path, port: int, start: Starter) -> None:
    url = f"postgresql://coterie@localhost:{port}/coterie?sslmode=verify-full&sslrootcert={directory / 'own.pem'}"
    running = start("serve", DATABASE_URL=url, COTERIE_ALLOW_UNSAFE_DATABASE="on", COTERIE_POOL_SIZE="3")
    running.line('"ready"')
    asyncio.run(check_encryption(url))
    assert running.end() == 0


async def check_encryption(url: str) -> None:
    """The server's connections, and none without encryption."""
    await execute(
        url,
        """
        DO $$ BEGIN
            ASSERT (SELECT count(*) > 1 AND bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
                    WHERE application_name = 'coterie'), 'a connection without TLS';
        END $$
        """,
    )


def test_an_unknown_authority(directory: Path, port: int) -> None:
    other = authority(directory, "another")
    url = f"postgresql://coterie:hunter2@localhost:{port}/coterie?sslmode=verify-full&sslrootcert={other}"
    refused(Exit.DATABASE_UNREACHABLE, url, f"localhost:{port}", "certificate", "sslrootcert=")


def test_another_name(directory: Path, port: int) -> None:
    url = (
        f"postgresql://coterie:hunter2@127.0.0.1:{port}/coterie?sslmode=verify-full&sslrootcert={directory / 'own.pem'}"
    )
    refused(Exit.DATABASE_UNREACHABLE, url, "certificate", "use the host name in PostgreSQL's certificate")


def test_no_such_file(port: int) -> None:
    url = f"postgresql://coterie:hunter2@localhost:{port}/coterie?sslmode=verify-full&sslrootcert=/nowhere/ca.pem"
    refused(Exit.SETTINGS, url, "sslrootcert=/nowhere/ca.pem", "cannot be read")


def test_no_authority_named(port: int) -> None:
    url = f"postgresql://coterie:hunter2@localhost:{port}/coterie?sslmode=verify-full"
    refused(Exit.SETTINGS, url, "root certificate")


def test_no_encryption_wanted(port: int) -> None:
    url = f"postgresql://coterie:hunter2@localhost:{port}/coterie?sslmode=disable"
    refused(Exit.DATABASE_LOGIN, url, "no encryption", "add sslmode=verify-full")


def test_a_server_without_it() -> None:
    with on_a_port() as port:
        url = f"postgresql://coterie:hunter2@127.0.0.1:{port}/coterie?sslmode=require"
        refused(Exit.DATABASE_UNREACHABLE, url, "does not support TLS", "ssl = on")
