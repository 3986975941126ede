"""Chooses the user that PostgreSQL runs as.

PostgreSQL refuses to run as root, and its `initdb` needs a user that has a name. An ordinary user simply runs it. For
root it runs in a user namespace, where it sees an ordinary user while all files still belong to root; if the system has
no user namespaces (as in most containers), it runs as `nobody`. No user is created, and no existing permission is
changed.
"""

import os
import pwd
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from coterie.database.installation import Installation

_LAUNCHER: Final = Path(__file__).with_name("launch.py")


class NoIdentityError(Exception):
    """This user cannot run PostgreSQL; the message says why and what to do."""


@dataclass(frozen=True)
class Identity:
    """`uid` and `gid` own the cluster's files."""

    name: str
    uid: int
    gid: int

    def command(self, *arguments: str | Path, ends_with: int = 0) -> list[str]:
        """The command that runs `arguments` under this identity, until the process `ends_with` ends."""
        words = [str(word) for word in arguments]
        return [sys.executable, "-I", "-S", "-B", str(_LAUNCHER), str(ends_with), self.name, *words]

    def adopt(self, directory: Path) -> None:
        """Give the new `directory` to this identity, and close it to everyone else."""
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if directory.stat().st_uid != self.uid:
            os.chown(directory, self.uid, self.gid)
        directory.chmod(0o700)


def choose_identity(cluster: Path, installation: Installation) -> Identity:
    """The identity for the cluster in `cluster` (which may not exist yet). Raises `NoIdentityError`."""
    owner = cluster.stat().st_uid if cluster.exists() else os.geteuid()
    if owner != os.geteuid():
        return _owner_of(cluster, owner, installation)
    if owner != 0 and _has_name(owner):
        return Identity("same", os.geteuid(), os.getegid())
    return _in_namespace(installation) or _nobody(cluster, installation)


def _owner_of(cluster: Path, owner: int, installation: Installation) -> Identity:
    if os.geteuid() != 0:
        raise NoIdentityError(
            f"{cluster} belongs to {_name(owner)}. Start Coterie as that user, or choose another directory."
        )
    return _as_user(owner, cluster.stat().st_gid, cluster, installation)


def _in_namespace(installation: Installation) -> Identity | None:
    shown = next((user for user in pwd.getpwall() if user.pw_uid != 0), None)
    if shown is None or sys.platform != "linux":
        return None
    identity = Identity(f"namespace:{shown.pw_uid}:{shown.pw_gid}", os.geteuid(), os.getegid())
    return identity if _works(identity, installation) else None


def _works(identity: Identity, installation: Installation) -> bool:
    trial = identity.command(installation.binaries / "postgres", "--version")
    return subprocess.run(trial, capture_output=True, check=False).returncode == 0  # noqa: S603


def _nobody(cluster: Path, installation: Installation) -> Identity:
    if os.geteuid() != 0:
        raise NoIdentityError(
            f"The user id {os.geteuid()} has no name on this system, and PostgreSQL needs one. "
            "Start Coterie as a user in /etc/passwd."
        )
    nobody = pwd.getpwnam("nobody")
    return _as_user(nobody.pw_uid, nobody.pw_gid, cluster, installation)


def _as_user(uid: int, gid: int, cluster: Path, installation: Installation) -> Identity:
    """Root becomes that user, and keeps no capability of root unless the files cannot be reached otherwise."""
    closed = _closed_to(uid, gid, cluster.parent) or _closed_to(uid, gid, installation.binaries)
    if not closed:
        return Identity(f"user:{uid}:{gid}", uid, gid)
    passing = Identity(f"passing:{uid}:{gid}", uid, gid)
    if sys.platform == "linux" and _works(passing, installation):
        return passing
    raise NoIdentityError(
        "PostgreSQL refuses to run as root, this system offers no user namespaces, and the user "
        f"{_name(uid)} cannot enter {closed}. Start Coterie as an ordinary user, or from a directory open to others."
    )


def _closed_to(uid: int, gid: int, path: Path) -> Path | None:
    return next((place for place in (path, *path.parents) if place.exists() and not _may_pass(uid, gid, place)), None)


def _may_pass(uid: int, gid: int, place: Path) -> bool:
    status = place.stat()
    if status.st_uid == uid:
        return bool(status.st_mode & stat.S_IXUSR)
    return bool(status.st_mode & (stat.S_IXGRP if status.st_gid == gid else stat.S_IXOTH))


def _has_name(uid: int) -> bool:
    try:
        return bool(pwd.getpwuid(uid).pw_name)
    except KeyError:
        return False


def _name(uid: int) -> str:
    return pwd.getpwuid(uid).pw_name if _has_name(uid) else f"the user id {uid}"
