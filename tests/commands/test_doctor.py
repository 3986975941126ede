"""What the doctor finds, and that it says what to do."""

import asyncio
import json
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest
from obstore.exceptions import BaseError

from coterie.backup.making import NAME
from coterie.commands.doctor import examine
from coterie.commands.findings import Finding
from coterie.database.embedded import Cluster
from coterie.files.storage import probe
from coterie.process.refusals import Exit
from coterie.settings.record import Settings
from tests.conftest import open_directory
from tests.patience import PATIENCE
from tests.startup.conftest import SECRET, coterie

NO_STORE = {
    "AWS_ACCESS_KEY_ID": "key",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_REGION": "eu-central-1",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "AWS_ALLOW_HTTP": "true",
}
"""An object store that does not answer."""

pytestmark = pytest.mark.filterwarnings("default::ResourceWarning")


async def found(settings: Settings) -> dict[str, Finding]:
    return {finding.name: finding async for finding in examine(settings)}


def healthy(database_url: str, directory: Path) -> Settings:
    return Settings(
        database_url=database_url,
        jwt_secret=SECRET,
        server_port=0,
        pool_size=5,
        startup_timeout=PATIENCE,
        upload_dir=directory / "uploads",
        public_url="http://127.0.0.1:3000",
        allow_unsafe_database=True,
    )


def changed(settings: Settings, **fields: object) -> Settings:
    values = {name: getattr(settings, name) for name in settings.__struct_fields__}
    return Settings(**{**values, **fields})


async def test_nothing_to_complain_of(database_url: str, tmp_path: Path) -> None:
    findings = await found(healthy(database_url, tmp_path))
    assert {name: each for name, each in findings.items() if each.state != "ok"} == {}
    assert findings.keys() >= {"secret", "address", "files", "disk", "database", "database activity", "clock", "schema"}
    assert not (tmp_path / "uploads").exists()


async def test_a_schema_that_lags(empty_database_url: str, tmp_path: Path) -> None:
    schema = (await found(healthy(empty_database_url, tmp_path)))["schema"]
    assert (schema.state, schema.remedy) == ("warn", "`coterie serve` applies them")


@pytest.mark.parametrize(
    ("fields", "name", "state", "words"),
    [
        ({"jwt_secret": "short"}, "secret", "fail", "JWT_SECRET has 5 characters"),
        ({"dev_auth_bypass": "1"}, "bypass", "fail", "DEV_AUTH_BYPASS"),
        ({"rate_limits": False}, "rate limits", "warn", "RATE_LIMITS=off"),
        (
            {"database_url": "postgresql://a@127.0.0.1:1/x", "startup_timeout": 0.3},
            "database",
            "fail",
            "connection refused",
        ),
        ({"processes": 200}, "database connections", "fail", "COTERIE_PROCESSES=200"),
        ({"public_url": ""}, "public address", "warn", "COTERIE_PUBLIC_URL is not set"),
        ({"public_url": "http://chat.example.org"}, "public address", "fail", "sent unencrypted"),
        ({"public_url": "https://localhost:1"}, "TLS", "warn", "cannot be reached"),
        ({"public_url": "https://localhost:1"}, "proxy", "warn", "COTERIE_TRUSTED_PROXIES"),
        ({"turn_url": "turn:127.0.0.1:3478"}, "TURN", "fail", "TURN_SECRET is not set"),
        ({"turn_url": "turns:127.0.0.1:1", "turn_secret": "x"}, "TURN", "warn", "no answer from 127.0.0.1:1"),
        ({"connection_limit": 1_000_000_000}, "open files", "warn", "COTERIE_CONNECTION_LIMIT"),
        ({"upload_dir": Path("/proc/nothing")}, "files", "fail", "UPLOAD_DIR"),
        ({"files_url": "s3://bucket/prefix"}, "files", "fail", "COTERIE_FILES_URL cannot be written"),
    ],
)
async def test_findings(
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    fields: dict[str, object],
    name: str,
    state: str,
    words: str,
) -> None:
    for variable, value in NO_STORE.items():
        monkeypatch.setenv(variable, value)
    finding = (await found(changed(healthy(database_url, tmp_path), **fields)))[name]
    assert finding.state == state
    assert words in finding.found
    assert finding.remedy


def test_an_object_store_that_works(tmp_path: Path) -> None:
    probe(tmp_path.as_uri())
    assert not list(tmp_path.iterdir())
    with pytest.raises(BaseError):
        probe(f"{tmp_path.as_uri()}/not/there")


@pytest.mark.parametrize(("status", "state"), [("404 Not Found", "fail"), ("200 OK", "ok")])
async def test_a_port_on_which_somebody_answers(database_url: str, tmp_path: Path, status: str, state: str) -> None:
    """It may be the instance that is examined; a stranger is in the way."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with answering(taken, f"HTTP/1.1 {status}\r\n\r\n".encode()):
            finding = (await found(changed(healthy(database_url, tmp_path), server_port=port)))["address"]
    assert finding.state == state
    assert ("--port" in (finding.remedy or "")) is (state == "fail")


async def test_a_turn_server_that_answers(database_url: str, tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as turn:
        turn.bind(("127.0.0.1", 0))
        asked = threading.Thread(target=answer_binding, args=[turn])
        asked.start()
        url = f"turn:127.0.0.1:{turn.getsockname()[1]}?transport=udp"
        settings = changed(healthy(database_url, tmp_path), turn_url=url, turn_secret="x")
        assert (await found(settings))["TURN"].state == "ok"
        asked.join(PATIENCE)


def answer_binding(turn: socket.socket) -> None:
    request, peer = turn.recvfrom(1024)
    kind, size, cookie = struct.unpack("!HHI", request[:8])
    assert (kind, size, cookie, len(request)) == (1, 0, 0x2112A442, 20)
    turn.sendto(struct.pack("!HHI", 0x0101, 0, cookie) + request[8:], peer)


@contextmanager
def answering(listener: socket.socket, answer: bytes) -> Iterator[None]:
    def once() -> None:
        client, _ = listener.accept()
        with client:
            client.recv(1024)
            client.sendall(answer)

    serving = threading.Thread(target=once)
    serving.start()
    yield
    serving.join(PATIENCE)
    assert not serving.is_alive(), "nobody asked"


def test_the_command_for_people_and_for_programs(database_url: str, tmp_path: Path) -> None:
    variables = {
        "DATABASE_URL": database_url,
        "UPLOAD_DIR": str(tmp_path),
        "COTERIE_ALLOW_UNSAFE_DATABASE": "on",
        "COTERIE_PUBLIC_URL": "http://localhost",
    }
    ended = coterie("doctor", variables=variables)
    assert (ended.code, ended.complaint) == (0, ended.complaint)
    assert all(line.startswith(("ok  ", "warn")) for line in ended.output.splitlines())
    document = json.loads(coterie("doctor", "--json", variables=variables).output)
    assert document["healthy"] is True
    assert {finding["state"] for finding in document["findings"]} <= {"ok", "warn"}


def test_the_command_when_something_is_wrong() -> None:
    ended = coterie("doctor", "--json", variables={"JWT_SECRET": ""})
    assert ended.code == Exit.UNHEALTHY
    document = json.loads(ended.output)
    assert document["healthy"] is False
    failing = {finding["name"] for finding in document["findings"] if finding["state"] == "fail"}
    assert failing == {"secret", "database"}


def test_one_wrong_setting_hides_nothing_else(database_url: str, tmp_path: Path) -> None:
    variables = {"SERVER_PORT": "x", "COTERIE_FOO": "1", "DATABASE_URL": database_url, "JWT_SECRET": "short"}
    ended = coterie("doctor", variables={**variables, "UPLOAD_DIR": str(tmp_path)})
    assert ended.code == Exit.UNHEALTHY
    for words in (
        "SERVER_PORT must be",
        "COTERIE_FOO is not a Coterie setting; remove it",
        "JWT_SECRET has",
        "answers",
    ):
        assert words in ended.output


def test_a_wrong_setting_is_reported_once() -> None:
    ended = coterie("doctor", variables={"DATABASE_URL": "mysql://x"})
    assert ended.output.count("DATABASE_URL") == 1


def test_uploads_that_others_can_read(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    ended = coterie("doctor", variables={"UPLOAD_DIR": str(tmp_path)})
    assert f"other users of this machine can look into {tmp_path} (mode 755)" in ended.output
    tmp_path.chmod(0o700)
    assert "other users" not in coterie("doctor", variables={"UPLOAD_DIR": str(tmp_path)}).output


def test_a_path_that_cannot_be_looked_into() -> None:
    ended = coterie("doctor", variables={"UPLOAD_DIR": "/tmp/" + "long" * 100})
    assert ended.code == Exit.UNHEALTHY
    assert "Traceback" not in ended.complaint
    assert "name too long" in ended.output


def test_an_embedded_instance(tmp_path: Path) -> None:
    with open_directory() as directory:
        with Cluster.start(directory / "data"):
            pass
        ended = coterie("doctor", "--data", str(directory / "data"), variables={"JWT_SECRET": ""})
    assert "JWT_SECRET is long" in ended.output
    assert "answers" in ended.output


async def test_a_blocking_transaction(database_url: str, tmp_path: Path) -> None:
    holding, waiting = [await asyncpg.connect(database_url) for _ in range(2)]
    async with holding.transaction():
        await holding.execute("LOCK TABLE users")
        task = asyncio.create_task(waiting.fetch("SELECT FROM users"))
        async with asyncio.timeout(PATIENCE):
            while (finding := (await found(healthy(database_url, tmp_path)))["database activity"]).state == "ok":  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    assert "1 waiting for a lock" in finding.found
    assert "pool-exhausted.md" in finding.remedy
    await task
    for each in (holding, waiting):
        await each.close()


async def test_backups_that_are_missing_or_old(database_url: str, tmp_path: Path) -> None:
    settings = changed(healthy(database_url, tmp_path), backup_directory=str(tmp_path))
    assert (await found(settings))["backups"].found == "none yet"
    (tmp_path / "coterie-2026-01-31T030000Z.tar").touch()
    assert (await found(settings))["backups"].state == "warn"
    (tmp_path / datetime.now(UTC).strftime(NAME)).touch()
    assert (await found(settings))["backups"].state == "ok"


async def test_backups_have_no_place(database_url: str, tmp_path: Path) -> None:
    settings = changed(healthy(database_url, tmp_path), backup_directory="/proc/backups")
    finding = (await found(settings))["backups"]
    assert (finding.state, "cannot be written" in finding.found) == ("fail", True)
