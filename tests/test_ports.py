"""Ports that tests reserve."""

import socket
import subprocess
import sys

from tests import ports


def test_a_port_is_given_once() -> None:
    """Neither here nor to another process."""
    port = ports.reserved_port()
    with socket.create_server(("127.0.0.1", port)):
        pass
    assert not ports._reserve(port)
    script = f"from tests import ports; print(ports._reserve({port}), ports.reserved_port())"
    elsewhere = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.split()
    assert elsewhere[0] == "False"
    assert ports._reserve(int(elsewhere[1])), "the other process has ended"


def test_a_port_in_use_is_not_given() -> None:
    port = ports.reserved_port()
    with socket.create_server(("127.0.0.1", port)):
        assert not ports._is_free(port)
    assert ports._is_free(port)


def test_the_kernel_gives_none_of_them_by_itself() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert listener.getsockname()[1] not in ports._candidates()
