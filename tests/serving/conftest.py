"""The real server around the small application of `example.py`, spoken to on raw sockets."""

import contextlib
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.lines import Spoken
from tests.patience import PATIENCE


class Served(Spoken):
    """A server in a process of its own."""

    def __init__(self, *options: str) -> None:
        super().__init__([sys.executable, str(Path(__file__).with_name("example.py")), *options], patience=PATIENCE)

    def ready(self) -> "Served":
        address = urlsplit(self.line("http://"))
        assert address.hostname
        assert address.port
        self.address = (address.hostname, address.port)
        return self

    def connect(self) -> socket.socket:
        return socket.create_connection(self.address, timeout=PATIENCE)

    def get(self, path: str, headers: str = "") -> str:
        """One request on a connection of its own; returns the whole response."""
        with self.connect() as client:
            client.sendall(f"GET {path} HTTP/1.1\r\nhost: x\r\n{headers}connection: close\r\n\r\n".encode())
            return everything(client)


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
