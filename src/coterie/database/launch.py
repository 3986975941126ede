"""Starts PostgreSQL as a user that it accepts, and ends it with its parent.

A separate script, because it needs a process with a single thread, and because it finally replaces itself by the given
program: `launch.py PARENT IDENTITY PROGRAM ARGUMENT...`. PARENT is a process id, or 0 to let the program outlive it.
IDENTITY is one of

- `same`;
- `user:UID:GID` changes to that user, and needs root;
- `passing:UID:GID` does too, and keeps root's capability to pass through directories that are closed to that user;
- `namespace:UID:GID` shows the program that user in a user namespace; outside it remains the caller, so no file changes
  its owner and no permission is widened.

It uses only the standard library, and is quick to import.
"""

import ctypes
import os
import signal
import sys
from pathlib import Path

CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1
PR_SET_SECUREBITS = 28
SECBIT_NO_SETUID_FIXUP = 4
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAP_DAC_OVERRIDE = 1
CAPABILITY_VERSION = 0x20080522


def main(arguments: list[str]) -> None:
    parent, identity, *command = arguments
    try:
        _become(identity)
        if parent != "0" and sys.platform == "linux":
            _end_with(int(parent))
        os.execv(command[0], command)  # noqa: S606  (deliberately without a shell)
    except OSError as problem:
        sys.exit(f"cannot start {command[0]} as {identity}: {problem}")


def _become(identity: str) -> None:
    kind, *numbers = identity.split(":")
    if kind == "user":
        _change_to(int(numbers[0]), int(numbers[1]))
    elif kind == "passing":
        _prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP)
        _change_to(int(numbers[0]), int(numbers[1]))
        _keep_passing()
    elif kind == "namespace":
        _appear_as(int(numbers[0]), int(numbers[1]))


def _change_to(uid: int, gid: int) -> None:
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def _keep_passing() -> None:
    """Keep this capability of root's through the exec that follows; Docker's containers have it too.

    The secure bit keeps capabilities when the user changes, and makes access(), with which PostgreSQL checks its own
    files, take them into account.
    """
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
    effective = permitted = inheritable = 1 << CAP_DAC_OVERRIDE
    sets = (ctypes.c_uint32 * 6)(effective, permitted, inheritable, 0, 0, 0)
    _checked(ctypes.CDLL(None, use_errno=True).capset(header, sets))
    _prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE)


def _appear_as(uid: int, gid: int) -> None:
    outer_uid, outer_gid = os.geteuid(), os.getegid()
    _checked(ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWUSER))
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid} {outer_uid} 1")
    Path("/proc/self/gid_map").write_text(f"{gid} {outer_gid} 1")


def _end_with(parent: int) -> None:
    """SIGINT is PostgreSQL's fast, clean shutdown; the kernel sends it when the parent ends for any reason."""
    _prctl(PR_SET_PDEATHSIG, signal.SIGINT)
    if os.getppid() != parent:
        sys.exit("the starting process has gone")


def _prctl(option: int, *values: int) -> None:
    words = [ctypes.c_ulong(value) for value in (*values, 0, 0, 0, 0)[:4]]
    _checked(ctypes.CDLL(None, use_errno=True).prctl(option, *words))


def _checked(result: int) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


if __name__ == "__main__":
    main(sys.argv[1:])
