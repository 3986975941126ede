"""Starts that succeed: `serve` and `dev`, as commands in processes of their own."""

import json
import os
import shutil
import signal
import socket
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from coterie.process.refusals import Exit
from tests.patience import PATIENCE
from tests.startup.conftest import Databases, Running, Starter
from tests.variants import in_test_all

EXAMPLE = str(Path(__file__).with_name("example.py"))


def address_in(line: str) -> str:
    return str(json.loads(line)["address"])


def status_of(url: str) -> int:
    with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
        return int(answer.status)


@pytest.mark.parametrize("processes", ["2", *in_test_all("most other tests serve with one", "1")])
def test_serve_answers_once_it_is_ready(start: Starter, databases: Databases, tmp_path: Path, processes: str) -> None:
    name = databases.new()
    running = start("serve", "--processes", processes, DATABASE_URL=databases.url(name), COTERIE_POOL_SIZE="5")
    address = address_in(running.line('"ready"'))
    assert status_of(f"{address}/api/health/live") == 200
    assert databases.value("SELECT count(*) > 0 FROM schema_migrations", name)
    assert (tmp_path / "uploads").stat().st_mode & 0o777 == 0o700
    assert running.end() == 0
    assert not [line for line in running.lines if "Traceback" in line]


def test_two_servers_at_once_migrate_once(start: Starter, databases: Databases) -> None:
    name = databases.new()
    both = [start.program([sys.executable, EXAMPLE, "serve"], DATABASE_URL=databases.url(name)) for _ in range(2)]
    for running in both:
        running.line('"ready"')
    for running in both:
        assert running.end() == 0
    lines = [line for running in both for line in running.lines if "Applied 0001" in line]
    assert len(lines) == 1


def test_serve_waits_for_a_database_that_is_still_starting(start: Starter, databases: Databases) -> None:
    """A port on which nobody listens, until it is forwarded to the database."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        url = f"postgresql://coterie:hunter2@127.0.0.1:{listener.getsockname()[1]}/coterie"
        running = start("serve", DATABASE_URL=url, STARTUP_TIMEOUT="20")
        running.line("connection refused")
        listener.listen()
        client, _ = listener.accept()
        client.close()
        running.line("waiting for the database")
    assert running.end() in {130, -signal.SIGTERM}


def test_rate_limits_off_is_said_loudly(start: Starter, databases: Databases) -> None:
    variables = {"DATABASE_URL": databases.url(databases.new()), "RATE_LIMITS": "off"}
    running = start.program([sys.executable, EXAMPLE, "serve"], **variables)
    assert '"warning"' in running.line("RATE_LIMITS=off")


@pytest.fixture(scope="session")
def data() -> Iterator[Path]:
    """One data directory for all tests that can share it, since creating a cluster takes a while."""
    directory = Path(tempfile.mkdtemp(prefix="coterie-dev-"))
    directory.chmod(0o711)
    yield directory / "data"
    shutil.rmtree(directory, ignore_errors=True)


def dev(start: Starter, data: Path, **variables: str) -> Running:
    return start.program([sys.executable, EXAMPLE, "dev", str(data)], JWT_SECRET="", **variables)


def ready(running: Running) -> str:
    running.line("Coterie is ready")
    return running.line("http://")


@pytest.mark.parametrize("number", [signal.SIGINT, *in_test_all("tests of serve send it", signal.SIGTERM)])
def test_dev_prints_its_address_last_and_ends_with_its_database(
    start: Starter, data: Path, number: signal.Signals
) -> None:
    running = start("dev", "--data", str(data), JWT_SECRET="")
    address = ready(running)
    assert status_of(f"{address}/api/health/live") == 200
    postgres = int((data / "postgres" / "postmaster.pid").read_text().split()[0])
    assert running.end(number) == 0
    assert running.lines[-1] == address
    with pytest.raises(ProcessLookupError):
        os.kill(postgres, 0)
    assert not (data / "postgres" / "postmaster.pid").exists()


@pytest.mark.strict
def test_dev_keeps_its_secret_to_itself(start: Starter, data: Path) -> None:
    first = dev(start, data)
    ready(first)
    secret = (data / "jwt-secret").read_text()
    assert (data / "jwt-secret").stat().st_mode & 0o777 == 0o600
    assert len(secret) == 64
    assert first.end() == 0
    second = dev(start, data)
    ready(second)
    assert (data / "jwt-secret").read_text() == secret
    assert not [line for line in first.lines + second.lines if secret in line]


def test_dev_after_a_kill_starts_again(start: Starter, data: Path) -> None:
    first = dev(start, data)
    ready(first)
    first.process.kill()
    first.wait()
    second = dev(start, data)
    assert status_of(ready(second)) == 200
    assert second.end() == 0


def test_dev_ends_when_its_database_ends(start: Starter, data: Path) -> None:
    running = dev(start, data)
    ready(running)
    postgres = int((data / "postgres" / "postmaster.pid").read_text().split()[0])
    os.kill(postgres, signal.SIGQUIT)
    assert running.wait() == Exit.CLUSTER
    assert "coterie: the embedded PostgreSQL stopped unexpectedly" in running.lines[-1]
    again = dev(start, data)
    ready(again)
    assert again.end() == 0


def test_two_starts_on_one_directory_do_not_fight(start: Starter, data: Path) -> None:
    first = dev(start, data)
    address = ready(first)
    second = dev(start, data)
    assert second.wait() == Exit.CLUSTER
    assert f"in use by process {first.process.pid}" in second.lines[-1]
    assert status_of(address) == 200


def test_dev_with_a_taken_port(start: Starter, data: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        running = start("dev", "--data", str(data), "--port", port)
        assert running.wait() == Exit.ADDRESS
    assert len(running.lines) == 1
    assert f"port {port}" in running.lines[0]
    assert "--port" in running.lines[0]


def test_dev_is_for_this_machine_only(start: Starter, tmp_path: Path) -> None:
    running = dev(start, tmp_path / "data", SERVER_HOST="0.0.0.0")
    assert running.wait() == Exit.NOT_ALLOWED_HERE
    assert "SERVER_HOST" in running.lines[0]
    assert not (tmp_path / "data").exists()


def test_dev_reads_a_file_of_settings(start: Starter, data: Path, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("COTERIE_LOG_FORMAT=json\nDATABASE_URL=postgresql://never@used/x\nSERVER_PORT=1\n")
    running = dev(start, data)
    assert running.line("database reached").startswith("{")
    ready(running)


def test_serve_reads_no_file_of_settings(start: Starter, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DATABASE_URL=postgresql://a@b/c\n")
    running = start("serve")
    assert running.wait() == Exit.SETTINGS
    assert "DATABASE_URL is not set" in running.lines[0]
