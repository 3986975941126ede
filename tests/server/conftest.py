"""The real server around the small application of `example.py`, spoken to on raw sockets."""

import contextlib
import queue
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

PATIENCE = 20


class Served:
    """A server in a process of its own. Every wait ends with an error after PATIENCE seconds."""

    def __init__(self, *options: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("example.py")), *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []
        self._queue: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._queue.put(line.rstrip("\n"))
        self._queue.put(None)

    def line(self, containing: str) -> str:
        """The next line that contains the text."""
        while (line := self._queue.get(timeout=PATIENCE)) is not None:
            self.lines.append(line)
            if containing in line:
                return line
        raise AssertionError(f"no line with {containing!r} in {self.lines}")

    def ready(self) -> "Served":
        address = urlsplit(self.line("http://"))
        assert address.hostname
        assert address.port
        self.address = (address.hostname, address.port)
        return self

    def connect(self) -> socket.socket:
        return socket.create_connection(self.address, timeout=PATIENCE)

    def get(self, path: str, headers: str = "") -> str:
        """One request on a connection of its own; the whole answer."""
        with self.connect() as client:
            client.sendall(f"GET {path} HTTP/1.1\r\nhost: x\r\n{headers}connection: close\r\n\r\n".encode())
            return everything(client)

    def line_end(self) -> None:
        """Wait until nobody holds the output open: the process and all its children are gone."""
        while (line := self._queue.get(timeout=PATIENCE)) is not None:
            self.lines.append(line)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        code = self.process.wait(PATIENCE)
        self.line_end()
        return code

    def clean_up(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        assert self.process.stdout is not None
        self.process.stdout.close()


def everything(client: socket.socket) -> str:
    """What arrives until the server closes."""
    received = b""
    with contextlib.suppress(ConnectionResetError):
        while data := client.recv(65536):
            received += data
    return received.decode()


@pytest.fixture
def serve() -> Iterator[Callable[..., Served]]:
    started: list[Served] = []

    def start(*options: str) -> Served:
        started.append(Served(*options))
        return started[-1]

    yield start
    for served in started:
        served.clean_up()


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """One server for the tests that leave it as it was, with short patience for headers and readers."""
    server = Served("header_seconds=0.3", "write_seconds=0.5", "connections=20")
    try:
        yield server.ready()
    finally:
        server.clean_up()
