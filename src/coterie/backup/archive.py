"""The backup file: a plain tar, written and read as a stream, whose last member lists the SHA-256 of all others.

So `tar -xf` and `sha256sum -c SHA256SUMS` can read it, and the missing last member shows that a file was cut off. The
size of a member need not be known in advance: its header is written again when the size is known.
"""

import contextlib
import errno
import fcntl
import hashlib
import os
import re
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, Protocol

from coterie.backup.damage import DamagedError

BLOCK: Final = tarfile.BLOCKSIZE
CHUNK: Final = 1024 * 1024
SUMS: Final = "SHA256SUMS"
CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f]")

Progress = Callable[[int], None]
"""Called with the number of further bytes processed."""


class ByteFile(Protocol):
    """An open file of bytes, plain or encrypted."""

    def read(self, size: int = -1, /) -> bytes: ...
    def write(self, data: bytes, /) -> int: ...
    def seek(self, offset: int, /) -> int: ...
    def tell(self) -> int: ...
    def flush(self) -> None: ...
    def fileno(self) -> int: ...


class ArchiveWriter:
    """Writes members one after the other into an open file, and collects their checksums in another one."""

    def __init__(self, file: ByteFile, sums: IO[bytes]) -> None:
        self._file: Final = file
        self._sums: Final = sums
        self._running: Final = _RunningSums()

    @property
    def summed(self) -> "Summed":
        """The digests of the checksums so far."""
        return self._running.digests()

    @contextlib.contextmanager
    def member(self, name: str) -> Iterator["ArchiveMember"]:
        """A new member with what the block writes."""
        start = self._file.tell()
        self._file.write(_header(name, 0))
        member = ArchiveMember(self._file)
        yield member
        self._file.write(bytes(-member.size % BLOCK))
        end = self._file.tell()
        self._file.seek(start)
        self._file.write(_header(name, member.size))
        self._file.seek(end)
        line = _sum_line(member.digest, name)
        self._sums.write(line)
        self._running.update(line)

    def add(self, name: str, content: bytes) -> None:
        """Write a whole member at once."""
        with self.member(name) as member:
            member.write(content)

    def finish(self) -> None:
        """Write the checksums and the end, and sync the file to disk."""
        self._sums.seek(0)
        with self.member(SUMS) as member:
            while chunk := self._sums.read(CHUNK):
                member.write(chunk)
        self._file.write(bytes(2 * BLOCK))
        self._file.flush()
        os.fsync(self._file.fileno())


class ArchiveMember:
    """A member that is being written."""

    def __init__(self, file: ByteFile) -> None:
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
class Summed:
    """Digests (SHA-256) of checksums: with the length before each line, and of the lines alone, as earlier versions."""

    digest: bytes = b""
    of_lines: bytes = b""


class _RunningSums:
    """Digests the checksums of members while they are written or read."""

    def __init__(self) -> None:
        self._sums: Final = hashlib.sha256()
        self._lines: Final = hashlib.sha256()

    def update(self, line: bytes) -> None:
        self._sums.update(len(line).to_bytes(8) + line)
        self._lines.update(line)

    def digests(self) -> Summed:
        return Summed(self._sums.digest(), self._lines.digest())


@dataclass(frozen=True, slots=True)
class ReadMember:
    """A member being read: its name, its size in bytes, and its content, which can be read once, in order.

    `before` are the digests of the checksums of all members before it, if the archive is being checked.
    """

    name: str
    size: int
    chunks: Iterator[bytes]
    before: Summed = Summed()

    def read(self, limit: int = 64 * CHUNK) -> bytes:
        """The whole content of a small member."""
        if self.size > limit:
            raise DamagedError(f"{self.name} is larger than possible")
        return b"".join(self.chunks)


def members(file: ByteFile) -> Iterator[ReadMember]:
    """The members in order; what the caller does not read of one is skipped. Raises `DamagedError`.

    What follows the checksums is not in them, and is no part of the backup.
    """
    file.seek(0)
    while True:
        block = file.read(BLOCK)
        if block == bytes(BLOCK):
            return
        found = _parse(block)
        end = file.tell() + found.size + -found.size % BLOCK
        yield ReadMember(found.name, found.size, _chunks(file, found.size))
        if found.name == SUMS:
            return
        file.seek(end)


def open_member(file: ByteFile, name: str) -> ReadMember:
    """A member by name. Raises `DamagedError`."""
    for found in members(file):
        if found.name == name:
            return found
    raise DamagedError(f"{name} is not in it")


def check(file: ByteFile, progress: Progress = lambda count: None) -> Iterator[ReadMember]:
    """Read everything and compare each member with its checksum; the caller can read each member too.

    Raises `DamagedError`, which names what is damaged.
    """
    summed = _RunningSums()
    with tempfile.TemporaryFile() as computed:
        for found in members(file):
            if found.name == SUMS:
                _compare(found, computed)
                return
            digest = hashlib.sha256()
            chunks = _counted(found.chunks, digest.update, progress)
            yield ReadMember(found.name, found.size, chunks, summed.digests())
            for chunk in found.chunks:
                digest.update(chunk)
                progress(len(chunk))
            line = _sum_line(digest.hexdigest(), found.name)
            computed.write(line)
            summed.update(line)
    raise DamagedError("it is incomplete: its end is missing")


def _counted(chunks: Iterator[bytes], update: Callable[[bytes], None], progress: Progress) -> Iterator[bytes]:
    for chunk in chunks:
        update(chunk)
        progress(len(chunk))
        yield chunk


def _compare(sums: ReadMember, computed: IO[bytes]) -> None:
    computed.seek(0)
    rest = b""
    for chunk in sums.chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            if computed.readline() != line + b"\n":
                raise DamagedError(f"{line.decode(errors='replace').partition('  ')[2] or SUMS} is damaged")
    if rest or computed.readline():
        raise DamagedError(f"{SUMS} is damaged")


def _chunks(file: ByteFile, size: int) -> Iterator[bytes]:
    left = size
    while left:
        chunk = file.read(min(left, CHUNK))
        if not chunk:
            raise DamagedError("it is incomplete: its end is missing")
        left -= len(chunk)
        yield chunk


def _parse(block: bytes) -> tarfile.TarInfo:
    try:
        found = tarfile.TarInfo.frombuf(block, "utf-8", "strict")
        if found.size < 0:
            raise tarfile.HeaderError("a member of less than no bytes")
        if CONTROLS.search(found.name):
            raise tarfile.HeaderError("a name that could pass for several in the checksums")
        return found
    except (tarfile.HeaderError, UnicodeDecodeError) as problem:
        reason = (
            "it is incomplete: its end is missing" if len(block) < BLOCK else "it is not a backup, or it is damaged"
        )
        raise DamagedError(reason) from problem


def _header(name: str, size: int) -> bytes:
    """A header in GNU format, in which sizes can exceed 8 GiB."""
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = size, 0o600, int(time.time())
    return info.tobuf(tarfile.GNU_FORMAT, "utf-8", "strict")


def _sum_line(digest: str, name: str) -> bytes:
    """A line in the format of `sha256sum`."""
    return f"{digest}  {name}\n".encode()


@contextlib.contextmanager
def draft(target: Path) -> Iterator[IO[bytes]]:
    """A file that gets its name if the block succeeds, and is deleted otherwise. Only its owner can read it.

    It is a new file, so that nobody who may write in the directory owns it or leads it elsewhere. Raises
    BlockingIOError while another process writes it.
    """
    unfinished = target.with_name(f".{target.name}.unfinished")
    with contextlib.suppress(FileNotFoundError):
        _remove_left(unfinished)
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    with os.fdopen(os.open(unfinished, flags, 0o600), "w+b", buffering=CHUNK) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield file
            unfinished.rename(target)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
    _sync(target.absolute().parent)


def _remove_left(unfinished: Path) -> None:
    """Remove what a killed process of this user left. Raises BlockingIOError while that process writes it."""
    descriptor = os.open(unfinished, os.O_RDWR | os.O_NOFOLLOW)
    try:
        if os.fstat(descriptor).st_uid != os.getuid():
            raise PermissionError(errno.EPERM, f"{unfinished} belongs to another user; remove it")
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        unfinished.unlink()
    finally:
        os.close(descriptor)


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
