"""Opens a backup for reading, decrypted if it is encrypted."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from coterie.backup.archive import CHUNK, ByteFile
from coterie.backup.damage import DamagedError
from coterie.backup.encryption import EncryptedFile, WrongKeyError, is_encrypted
from coterie.backup.keys import BackupKeys
from coterie.process.refusals import Exit, Refusal


@contextlib.contextmanager
def opened(path: Path, keys: BackupKeys) -> Iterator[ByteFile]:
    """Open an existing backup. Raises Refusal."""
    try:
        file = path.open("rb", buffering=CHUNK)
    except OSError as problem:
        raise Refusal(Exit.NOT_FOUND, f"{path} cannot be opened: {problem.strerror}") from problem
    with file:
        yield _decrypted(file, path, keys) if is_encrypted(file) else file


def _decrypted(file: ByteFile, path: Path, keys: BackupKeys) -> ByteFile:
    if not keys.backup_key:
        sentence = f"{path} is encrypted; set COTERIE_BACKUP_KEY to the key that it was made with"
        raise Refusal(Exit.BACKUP_KEY, sentence)
    try:
        return EncryptedFile.open(file, keys.backup_key)
    except WrongKeyError as problem:
        sentence = f"{path} is encrypted with another key than COTERIE_BACKUP_KEY; set the key that it was made with"
        raise Refusal(Exit.BACKUP_KEY, sentence) from problem


@contextlib.contextmanager
def damage_of(path: Path) -> Iterator[None]:
    """Turn what is wrong with a backup into the refusal of a command."""
    try:
        yield
    except DamagedError as problem:
        raise Refusal(Exit.DAMAGED, f"the backup {path} is damaged: {problem}; use another one") from problem
