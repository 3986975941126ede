"""Start, readiness and end of one process and of several."""

import contextlib
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from coterie.process.refusals import Exit, Refusal
from coterie.serving.server import UNSENT_BYTES, address_of, listen
from coterie.settings.record import Settings
from tests.patience import PATIENCE
from tests.serving.conftest import Served, everything
from tests.serving.test_guarded import UPGRADE, code_in, open_websocket

Start = Callable[..., Served]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_signal_ends_open_streams_and_sockets_in_order(serve: Start, number: signal.Signals, processes: str) -> None:
    served = serve(f"processes={processes}").ready()
    with served.connect() as stream, open_websocket(served) as websocket, served.connect() as idle:
        stream.sendall(b"GET /stream HTTP/1.1\r\nhost: x\r\n\r\n")
        assert b"hello" in stream.recv(4096)
        assert served.end(number) == 0
        everything(stream)
        assert websocket.recv(4096) == b"\x88\x02\x03\xf4"  # close, 1012: the service restarts
        assert everything(idle) == ""
    assert "stream ended in order" in served.lines
    assert "socket ended with 1012" in served.lines
    assert served.lines.count("application ended in order") == int(processes)


def test_a_request_that_is_being_answered_is_finished(serve: Start) -> None:
    served = serve().ready()
    with served.connect() as client:
        client.sendall(b"GET /slow HTTP/1.1\r\nhost: x\r\n\r\n")
        served.get("/")  # so that the slow one has been read
        assert served.end() == 0
        assert everything(client).startswith("HTTP/1.1 200")


def test_a_handshake_that_is_under_way_may_be_repeated(serve: Start) -> None:
    served = serve().ready()
    with served.connect() as client:
        client.sendall(f"{UPGRADE}\r\n".replace("GET /ws ", "GET /slow ").encode())
        served.line("handshake begun")
        assert served.end() == 0
        answer = everything(client)
        assert answer.startswith("HTTP/1.1 503 ")
        assert "\r\nRetry-After: 1\r\n" in answer
        assert code_in(answer) == "unavailable"
    assert not [line for line in served.lines if "Exception" in line or "Traceback" in line]


def test_peers_that_do_not_read_do_not_hold_up_the_end(serve: Start) -> None:
    served = serve().ready()
    with served.connect() as client, open_websocket(served) as websocket:
        client.sendall(b"GET /flood HTTP/1.1\r\nhost: x\r\n\r\n")
        websocket.sendall(b"\x81\x85\0\0\0\0flood")
        served.get("/slow")
        assert served.end() == 0
    assert "application ended in order" in served.lines
    assert not [line for line in served.lines if "Traceback" in line]


def test_processes_share_the_port(serve: Start) -> None:
    served = serve("processes=2").ready()
    assert {served.get("/").split()[-4] for _ in range(200)} >= {str(process) for process in children(served)}


def test_a_process_that_dies_is_replaced(serve: Start) -> None:
    served = serve("processes=2").ready()
    before = children(served)
    served.get("/die")
    assert "exit=9" in served.line("process exited unexpectedly")
    served.line("process answers")
    after = children(served)
    assert len(after) == 2
    assert len(before & after) == 1
    assert served.end() == 0


def test_processes_end_when_their_parent_is_killed(serve: Start) -> None:
    served = serve("processes=2").ready()
    served.process.kill()
    for _ in range(2):
        served.line("application ended in order")
    served.line_end()
    with pytest.raises(ConnectionRefusedError):
        served.connect()


def test_processes_that_cannot_start_end_the_start(serve: Start) -> None:
    served = serve("processes=2", "fails=1")
    assert served.process.wait(PATIENCE) == 1
    served.line("the server processes exit as soon as they start")


def test_one_process_that_cannot_start_ends_the_start(serve: Start) -> None:
    served = serve("fails=1")
    assert served.process.wait(PATIENCE) == 1
    served.line("the application cannot start")
    served.line("the application did not start")


FORWARDED = "x-forwarded-for: 198.51.100.1, 203.0.113.9\r\nx-forwarded-proto: https\r\n"


def test_a_proxy_is_believed_only_if_it_is_trusted(serve: Start) -> None:
    assert "127.0.0.1 http" in serve().ready().get("/", FORWARDED)
    assert "203.0.113.9 https" in serve("trusted=127.0.0.0/8").ready().get("/", FORWARDED)
    assert "198.51.100.1 https" in serve("trusted=127.0.0.0/8,203.0.113.0/24").ready().get("/", FORWARDED)


def test_a_taken_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(Refusal) as caught:
        listen(Settings(server_port=taken.getsockname()[1]))
    assert caught.value.code == Exit.ADDRESS
    assert "SERVER_PORT" in caught.value.sentence
    assert "--port" in caught.value.sentence


def test_a_shared_port_can_be_had_twice_and_is_nobodys_until_one_has_started() -> None:
    with listen(Settings(server_port=0, share_port=True)) as one:
        port = one.getsockname()[1]
        with listen(Settings(server_port=port, share_port=True)), pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
def test_an_address_of_another_machine_is_named(host: str) -> None:
    with pytest.raises(Refusal, match="SERVER_HOST") as caught:
        listen(Settings(server_host=host))
    assert caught.value.code == Exit.ADDRESS


@pytest.mark.parametrize(
    ("host", "shown"),
    [("127.0.0.1", "http://127.0.0.1:"), ("0.0.0.0", "http://127.0.0.1:"), ("::", "http://[::1]:")],
)
def test_the_address_can_be_opened_from_here(host: str, shown: str) -> None:
    with listen(Settings(server_host=host, server_port=0)) as listener:
        assert address_of(listener).startswith(shown)


def children(served: Served) -> set[int]:
    process = served.process.pid
    return {int(word) for word in Path(f"/proc/{process}/task/{process}/children").read_text().split()}


def test_a_reader_who_stands_still_holds_little_of_the_kernels_memory() -> None:
    """What is accepted inherits the bound; without one, Linux takes up to 4 MB for each connection."""
    with listen(Settings(server_port=0)) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            accepted.setblocking(False)
            sent = 0
            with contextlib.suppress(BlockingIOError):
                while True:
                    sent += accepted.send(b"x" * 65_536)
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT) == UNSENT_BYTES
