"""The limits of a connection, each spoken to on a raw socket, since uvicorn itself has none of them."""

import base64
import contextlib
import json
import os
import socket
from collections.abc import Callable

import pytest
from websockets.protocol import State
from websockets.server import ServerProtocol

from coterie.sync.frames import text_frame
from tests.serving.conftest import Served, everything

UPGRADE = (
    "GET /ws HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
    "sec-websocket-version: 13\r\n"
    f"sec-websocket-key: {base64.b64encode(os.urandom(16)).decode()}\r\n"
)


def code_in(answer: str) -> str:
    body: dict[str, str] = json.loads(answer.partition("\r\n\r\n")[2])
    assert body["error"]
    return body["code"]


def open_websocket(served: Served) -> socket.socket:
    client = served.connect()
    client.sendall(f"{UPGRADE}\r\n".encode())
    received = b""
    while not received.endswith(b"True"):
        data = client.recv(4096)
        assert data, received
        received += data
    assert received.startswith(b"HTTP/1.1 101 ")
    return client


def frame(text: str) -> bytes:
    """A client's text frame, masked with zeros."""
    return bytes([0x81, 0x80 | len(text), 0, 0, 0, 0]) + text.encode()


def test_it_works(served: Served) -> None:
    answer = served.get("/")
    assert answer.startswith("HTTP/1.1 200 OK\r\n")
    assert "127.0.0.1 http" in answer
    assert "server:" not in answer.lower()


def test_headers_up_to_the_limit_pass(served: Served) -> None:
    assert served.get("/", f"x: {'y' * 60_000}\r\n").startswith("HTTP/1.1 200")


@pytest.mark.parametrize("headers", [f"x: {'y' * 66_000}\r\n", "x: y\r\n" * 12_000], ids=["one long", "many"])
def test_larger_headers_are_refused(served: Served, headers: str) -> None:
    answer = served.get("/", headers)
    assert answer.startswith("HTTP/1.1 431 ")
    assert code_in(answer) == "headers_too_large"


def test_a_header_without_an_end_is_refused(served: Served) -> None:
    with served.connect() as client:
        client.sendall(b"GET / HTTP/1.1\r\nx: ")
        with contextlib.suppress(OSError):
            for _ in range(100):
                client.sendall(b"y" * 4096)
        assert everything(client)[:13] in {"HTTP/1.1 431 ", ""}  # "" when the answer was lost to a reset


def test_a_url_without_an_end_is_refused(served: Served) -> None:
    with served.connect() as client:
        client.sendall(b"GET /" + b"y" * 40_000)
        client.sendall(b"y" * 30_000)
        assert everything(client).startswith("HTTP/1.1 431 ")


def test_a_large_body_is_no_header(served: Served) -> None:
    with served.connect() as client:
        client.sendall(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 200000\r\nconnection: close\r\n\r\n")
        client.sendall(b"y" * 200_000)
        assert everything(client).startswith("HTTP/1.1 200")


def test_a_body_and_the_next_request_in_one_piece(served: Served) -> None:
    with served.connect() as client:
        first = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n" + b"y" * 100_000
        client.sendall(first + b"GET / HTTP/1.1\r\nhost: ")
        client.sendall(b"x\r\nconnection: close\r\n\r\n")
        assert everything(client).count("HTTP/1.1 200") == 2


@pytest.mark.parametrize("so_far", [b"GET / HTTP/1.1\r\nx: y\r\n", b"GE"])
def test_late_headers_are_refused(served: Served, so_far: bytes) -> None:
    with served.connect() as client:
        client.sendall(so_far)
        answer = everything(client)
    assert answer.startswith("HTTP/1.1 408 ")
    assert code_in(answer) == "request_timeout"


def test_headers_that_trickle_are_late_too(served: Served) -> None:
    with served.connect() as client:
        client.settimeout(0.05)
        received = b""
        client.sendall(b"GET / HTTP/1.1\r\n")
        with contextlib.suppress(OSError):
            for number in range(400):
                client.sendall(b"x: %d\r\n" % number)
                with contextlib.suppress(TimeoutError):
                    received += client.recv(4096)
                    break
    assert received.startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize("so_far", [b"", b"\r\n"])
def test_a_connection_without_a_request_is_closed_silently(served: Served, so_far: bytes) -> None:
    with served.connect() as client:
        client.sendall(so_far)
        assert everything(client) == ""


def test_a_second_request_has_the_same_deadline(served: Served) -> None:
    with served.connect() as client:
        client.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        assert b"200 OK" in client.recv(4096)
        client.sendall(b"GET / HTTP/1.1\r\nhost")
        assert "HTTP/1.1 408 " in everything(client)


def test_an_idle_connection_outlives_the_header_deadline_between_requests(served: Served) -> None:
    with served.connect() as idle, served.connect() as silent:
        idle.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        assert b"200 OK" in idle.recv(4096)
        assert everything(silent) == ""  # a whole deadline has passed
        idle.sendall(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        assert everything(idle).startswith("HTTP/1.1 200")


def test_an_open_stream_outlives_the_header_deadline(served: Served) -> None:
    with served.connect() as streaming, served.connect() as silent:
        streaming.sendall(b"GET /stream HTTP/1.1\r\nhost: x\r\n\r\n")
        assert b"hello" in streaming.recv(4096)
        assert everything(silent) == ""
        streaming.settimeout(0.05)
        with pytest.raises(TimeoutError):
            streaming.recv(4096)
    served.line("stream ended in order")


def test_nonsense_gets_an_answer_in_json(served: Served) -> None:
    with served.connect() as client:
        client.sendall(b"nonsense\r\n\r\n")
        answer = everything(client)
    assert answer.startswith("HTTP/1.1 400 ")
    assert code_in(answer) == "malformed_request"


def test_more_connections_than_the_limit_are_refused(served: Served) -> None:
    with contextlib.ExitStack() as held:
        for _ in range(20):
            client = held.enter_context(served.connect())
            client.sendall(b"GET /stream HTTP/1.1\r\nhost: x\r\n\r\n")
            assert b"hello" in client.recv(4096)
        with served.connect() as surplus:
            answer = everything(surplus)
    assert answer.startswith("HTTP/1.1 503 ")
    assert code_in(answer) == "too_many_connections"
    for _ in range(20):
        served.line("stream ended in order")
    assert served.get("/").startswith("HTTP/1.1 200")


def test_a_peer_that_does_not_read_is_cut_off(served: Served) -> None:
    with served.connect() as client:
        client.sendall(b"GET /flood HTTP/1.1\r\nhost: x\r\n\r\n")
        wait_until_closed(served, client)


def test_the_application_can_drop_a_peer_that_does_not_read(serve: Callable[..., Served]) -> None:
    served = serve().ready()
    with served.connect() as client:
        client.sendall(b"GET /flood?abort HTTP/1.1\r\nhost: x\r\n\r\n")
        served.line("flood aborted")


def test_a_socket_that_does_not_read_is_cut_off(served: Served) -> None:
    with open_websocket(served) as client:
        client.sendall(frame("flood"))
        served.line("flood of the socket ended, counted as stalled")


def test_the_application_can_drop_a_socket(served: Served) -> None:
    with open_websocket(served) as client:
        client.sendall(frame("abort"))
        everything(client)
    served.line("socket ended with 1005")


def test_a_handshake_with_too_many_headers_is_refused(served: Served) -> None:
    with served.connect() as client:
        client.sendall((UPGRADE + "x: y\r\n" * 300 + "\r\n").encode())
        assert everything(client).startswith("HTTP/1.1 431 ")


def wait_until_closed(served: Served, client: socket.socket) -> None:
    """The rest of what was sent, then the end; never the end of the answer."""
    served.process.poll()
    received = b""
    with contextlib.suppress(ConnectionResetError):
        while data := client.recv(1 << 20):
            received = data
    assert not received.endswith(b"0\r\n\r\n")


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, 200_000])
def test_a_frame_made_once_is_the_one_that_the_protocol_makes(size: int) -> None:
    text = "ä" * (size // 2) + "x" * (size % 2)
    protocol = ServerProtocol(state=State.OPEN)
    protocol.send_text(text.encode())
    assert text_frame(text) == b"".join(protocol.data_to_send())
