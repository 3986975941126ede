"""The file of a backup: a plain tar, written and read as a stream, whose last member lists the SHA-256 of all others.

So `tar -xf` and `sha256sum -c SHA256SUMS` understand it, and one that was cut off anywhere is known by its missing end.
A member's size need not be known before it is written: its header is written again when it is.
"""

import contextlib
import fcntl
import hashlib
import os
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from coterie.backup.damage import DamagedError

BLOCK: Final = tarfile.BLOCKSIZE
CHUNK: Final = 1024 * 1024
SUMS: Final = "SHA256SUMS"

Progress = Callable[[int], None]
"""Told how many more bytes were handled."""


class Writer:
    """Writes members one after the other into an open file; their sums are collected in another one."""

    def __init__(self, file: IO[bytes], sums: IO[bytes]) -> None:
        self._file: Final = file
        self._sums: Final = sums

    @contextlib.contextmanager
    def member(self, name: str) -> Iterator["Member"]:
        """A new member, which has what is written within the block."""
        start = self._file.tell()
        self._file.write(_header(name, 0))
        member = Member(self._file)
        yield member
        self._file.write(bytes(-member.size % BLOCK))
        end = self._file.tell()
        self._file.seek(start)
        self._file.write(_header(name, member.size))
        self._file.seek(end)
        self._sums.write(_sum_line(member.digest, name))

    def add(self, name: str, content: bytes) -> None:
        """A whole member at once."""
        with self.member(name) as member:
            member.write(content)

    def finish(self) -> None:
        """Write the sums and the end; the file is then safe on its disk."""
        self._sums.seek(0)
        with self.member(SUMS) as member:
            while chunk := self._sums.read(CHUNK):
                member.write(chunk)
        self._file.write(bytes(2 * BLOCK))
        self._file.flush()
        os.fsync(self._file.fileno())


class Member:
    """A member that is being written."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file: Final = file
        self._hash: Final = hashlib.sha256()
        self.size = 0

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()

    def write(self, chunk: bytes) -> None:
        self._file.write(chunk)
        self._hash.update(chunk)
        self.size += len(chunk)


@dataclass(frozen=True, slots=True)
class Found:
    """A member that is being read: its name, its size in bytes, and its content, to be read once and in order."""

    name: str
    size: int
    chunks: Iterator[bytes]

    def read(self, limit: int = 64 * CHUNK) -> bytes:
        """The whole of a small member."""
        if self.size > limit:
            raise DamagedError(f"{self.name} is larger than it can be")
        return b"".join(self.chunks)


def members(file: IO[bytes]) -> Iterator[Found]:
    """The members in their order. What the caller leaves of one is passed over. Raises `DamagedError`."""
    file.seek(0)
    while True:
        block = file.read(BLOCK)
        if block == bytes(BLOCK):
            return
        found = _parse(block)
        end = file.tell() + found.size + -found.size % BLOCK
        yield Found(found.name, found.size, _chunks(file, found.size))
        file.seek(end)


def open_member(file: IO[bytes], name: str) -> Found:
    """One member by its name. Raises `DamagedError`."""
    for found in members(file):
        if found.name == name:
            return found
    raise DamagedError(f"{name} is not in it")


def check(file: IO[bytes], progress: Progress = lambda count: None) -> Iterator[Found]:
    """Read everything and compare each member with its sum; the caller may look at each on the way.

    Raises `DamagedError`, which names what is damaged.
    """
    with tempfile.TemporaryFile() as computed:
        for found in members(file):
            if found.name == SUMS:
                _compare(found, computed)
                return
            digest = hashlib.sha256()
            yield Found(found.name, found.size, _counted(found.chunks, digest.update, progress))
            for chunk in found.chunks:
                digest.update(chunk)
                progress(len(chunk))
            computed.write(_sum_line(digest.hexdigest(), found.name))
    raise DamagedError("its end is missing: it was cut off")


def _counted(chunks: Iterator[bytes], update: Callable[[bytes], None], progress: Progress) -> Iterator[bytes]:
    for chunk in chunks:
        update(chunk)
        progress(len(chunk))
        yield chunk


def _compare(sums: Found, computed: IO[bytes]) -> None:
    computed.seek(0)
    rest = b""
    for chunk in sums.chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            if computed.readline() != line + b"\n":
                raise DamagedError(f"{line.decode(errors='replace').partition('  ')[2] or SUMS} is damaged")
    if rest or computed.readline():
        raise DamagedError(f"{SUMS} is damaged")


def _chunks(file: IO[bytes], size: int) -> Iterator[bytes]:
    left = size
    while left:
        chunk = file.read(min(left, CHUNK))
        if not chunk:
            raise DamagedError("its end is missing: it was cut off")
        left -= len(chunk)
        yield chunk


def _parse(block: bytes) -> tarfile.TarInfo:
    try:
        return tarfile.TarInfo.frombuf(block, "utf-8", "strict")
    except tarfile.HeaderError as problem:
        reason = "its end is missing: it was cut off" if len(block) < BLOCK else "it is no backup, or damaged"
        raise DamagedError(reason) from problem


def _header(name: str, size: int) -> bytes:
    """Of GNU's kind, whose sizes may exceed 8 GiB."""
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = size, 0o600, int(time.time())
    return info.tobuf(tarfile.GNU_FORMAT, "utf-8", "strict")


def _sum_line(digest: str, name: str) -> bytes:
    """As `sha256sum` writes it."""
    return f"{digest}  {name}\n".encode()


@contextlib.contextmanager
def draft(target: Path) -> Iterator[IO[bytes]]:
    """A file that gets its name when the block has ended well, and is gone if not. Only its owner may read it.

    Raises BlockingIOError while another process writes it.
    """
    unfinished = target.with_name(f".{target.name}.unfinished")
    with os.fdopen(os.open(unfinished, os.O_RDWR | os.O_CREAT, 0o600), "w+b", buffering=CHUNK) as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        try:
            file.truncate(0)  # what a killed process left
            yield file
            unfinished.rename(target)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
    _sync(target.absolute().parent)


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
