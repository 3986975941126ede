"""As much of PostgreSQL's protocol as a client sees while it connects, spoken by a server of any version.

PostgreSQL 14 and older are on no machine that runs these tests: the packages bring 18, the systems 15 and
newer. What Coterie checks is the version that the server names during the start of a connection, so that
part is spoken here over a real socket.
"""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.patience import PATIENCE


def message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!I", len(body) + 4) + body


def parameter(name: str, value: str) -> bytes:
    return message(b"S", f"{name}\0{value}\0".encode())


def greeting(version: str) -> bytes:
    """Authentication is not needed; the parameters; a key; ready for a query."""
    names = {"server_version": version, "server_encoding": "UTF8", "client_encoding": "UTF8", "TimeZone": "UTC"}
    parameters = b"".join(parameter(name, value) for name, value in names.items())
    return (
        message(b"R", struct.pack("!I", 0)) + parameters + message(b"K", struct.pack("!II", 1, 2)) + message(b"Z", b"I")
    )


def answer(client: socket.socket, version: str) -> None:
    """Refuse TLS if it is asked for, then greet, then wait for the client to go."""
    with client:
        while (size := client.recv(4)) and len(size) == 4:
            body = client.recv(struct.unpack("!I", size)[0] - 4)
            is_tls_request = body == struct.pack("!I", 80877103)
            client.sendall(b"N" if is_tls_request else greeting(version))
            if not is_tls_request:
                break
        client.recv(1024)


@contextmanager
def old_postgres(version: str) -> Iterator[str]:
    """The URL of a server that says it is of this version."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = threading.Thread(target=lambda: answer(listener.accept()[0], version))
        serving.start()
        yield f"postgresql://coterie:hunter2@127.0.0.1:{listener.getsockname()[1]}/coterie"
        serving.join(PATIENCE)
