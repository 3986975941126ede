"""What the doctor says about the space on a disk."""

from typing import Final

from coterie.commands.findings import State
from coterie.space.disks import Disk
from coterie.space.space import reserve_of

WARN_BYTES: Final = 2 * 1024**3
FAIL_BYTES: Final = 200 * 1024**2


def state_of(disk: Disk, reserve: int) -> State:
    free = disk.free_bytes
    return "fail" if free < max(FAIL_BYTES, reserve_of(disk, reserve)) else "warn" if free < WARN_BYTES else "ok"


def shown(disk: Disk, reserve: int) -> str:
    """How much is free, and whether that is too little to write."""
    is_refused = disk.free_bytes < reserve_of(disk, reserve)
    return f"{disk.free_bytes / 1024**3:.1f} GB are free on its disk" + (": writes are refused" if is_refused else "")
