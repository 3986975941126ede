"""Ports for programs that cannot be handed an open socket, or that are killed and return to their port.

A port that is looked up and released can be given to anyone before the program binds it. These lie outside the range
from which the kernel takes ports by itself, and other tests of the machine, of any user, cannot reserve them as well.
"""

import contextlib
import random
import socket
from pathlib import Path
from typing import Final

_EPHEMERAL: Final = Path("/proc/sys/net/ipv4/ip_local_port_range")
_LOWEST: Final = 10_000
_reserved: Final[list[socket.socket]] = []


def reserved_port() -> int:
    """A port of loopback that belongs to this process until it ends."""
    ports = _candidates()
    random.SystemRandom().shuffle(ports)
    return next(port for port in ports if _reserve(port))


def _candidates() -> list[int]:
    """The ports below the kernel's own; above them where there is no room below."""
    try:
        low, high = map(int, _EPHEMERAL.read_text().split())
    except OSError:  # not Linux
        low, high = 49152, 65535
    return list(range(_LOWEST, low)) or list(range(high + 1, 2**16)) or list(range(_LOWEST, 2**16))


def _reserve(port: int) -> bool:
    """The reservation is a name of Linux without a file: it lasts as long as the process, and no longer."""
    mark = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        with contextlib.suppress(FileNotFoundError, ValueError):  # not Linux: chance must do
            mark.bind(f"\0coterie-test-port-{port}")
    except OSError:
        mark.close()
        return False
    _reserved.append(mark)
    return _is_free(port)


def _is_free(port: int) -> bool:
    """Whether programs that reserve nothing leave it alone."""
    with socket.socket() as stream, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do
        try:
            for each in (stream, datagrams):
                each.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
