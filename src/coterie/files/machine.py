"""What decoding may take of this machine: memory for one decoder, and how many run at once, over all processes.

All decoders together may take a quarter of the memory that the machine, or this process's control group, has. With
less than 6 GiB that is one at a time. A decoder holds a lock on a file in a directory that only this user can enter
while it runs, and the kernel releases it if the decoder or the server is killed. Each wait is short and ends when the
server stops, so a thread that waits never delays the end.
"""

import contextlib
import fcntl
import os
import stat
import tempfile
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

MEBIBYTE: Final = 1024 * 1024
MEMORY_BYTES: Final = 768 * MEBIBYTE
"""Of addresses, libraries included: the most that a picture needs, see docs/decisions/0018-file-processing.md."""

LEAST_MEMORY_BYTES: Final = 320 * MEBIBYTE
SLOT_LIMIT: Final = 8
LOOK_SECONDS: Final = 0.05
GROUPS: Final = Path("/sys/fs/cgroup")
OWN_GROUP: Final = Path("/proc/self/cgroup")


def memory_of_machine() -> int:
    """Bytes: the machine's memory, or the least that a control group of this process allows."""
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([physical, *_group_limits()])


def decoder_memory(memory: int) -> int:
    """Bytes of addresses for one decoder: half the machine's memory, within bounds."""
    return max(LEAST_MEMORY_BYTES, min(MEMORY_BYTES, memory // 2))


def slots(memory: int) -> int:
    """How many decoders may run at the same time on a machine with this memory."""
    return max(1, min(SLOT_LIMIT, memory // 4 // decoder_memory(memory)))


@cache
def here() -> tuple[int, int]:
    """The memory of one decoder, and the number of slots, on this machine."""
    memory = memory_of_machine()
    return decoder_memory(memory), slots(memory)


def wait_for_slot(count: int, seconds: float, is_over: Callable[[], bool]) -> int | None:
    """The descriptor of a slot's lock, to be closed by the caller; None if none became free in time."""
    end = time.monotonic() + seconds
    while not is_over() and time.monotonic() < end:
        for number in range(count):
            if (lock := _take(number)) is not None:
                return lock
        time.sleep(LOOK_SECONDS)
    return None


@cache
def _lock_directory() -> Path:
    """The directory of this user's locks. If another user took its name, this process has one of its own."""
    place = Path(tempfile.gettempdir()) / f"coterie-{os.getuid()}"
    with contextlib.suppress(OSError):
        place.mkdir(mode=0o700, exist_ok=True)
    return place if _is_private(place) else Path(tempfile.mkdtemp(prefix="coterie-"))


def _is_private(place: Path) -> bool:
    try:
        found = place.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077


def _take(number: int) -> int | None:
    place = _lock_directory() / f"decoder-{number}.lock"
    try:
        file = os.open(place, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError:  # not a file
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(file)
        return None
    return file


def _group_limits() -> list[int]:
    """The limits of this process's control group and those above it (version 2), in bytes; none if there is none."""
    found = []
    with contextlib.suppress(OSError, StopIteration):
        own = next(line for line in OWN_GROUP.read_text().splitlines() if line.startswith("0::"))
        group = GROUPS / own.removeprefix("0::").lstrip("/")
        for place in [group, *group.parents]:
            with contextlib.suppress(OSError, ValueError):  # "max" means no limit
                found.append(int((place / "memory.max").read_text()))
    return found
