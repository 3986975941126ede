"""An encrypted backup: a file that is read and written like the plain one, at any place, with one page in memory.

After a line that says what it is come a salt of 32 bytes, the name of the key (8 bytes), and the pages. Each is a nonce
of 12 bytes and up to 64 KiB of the plain file, encrypted with ChaCha20-Poly1305, whose tag of 16 bytes ends it; its
number, as 8 bytes, is authenticated with it. The key of a file is derived from COTERIE_BACKUP_KEY and the salt, so a
random nonce for each time that a page is written cannot repeat in practice. What was cut off or mixed up is found by
the checksums and the seal inside.
"""

import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from coterie.backup.archive import ByteFile
from coterie.backup.damage import DamagedError
from coterie.settings.derived_keys import derived_key

BEGINNING: Final = b"Coterie backup, encrypted, 1\n"
SALT: Final = 32
NAME: Final = 8
NONCE: Final = 12
TAG: Final = 16
HEAD: Final = len(BEGINNING) + SALT + NAME
PAGE: Final = 64 * 1024
STRIDE: Final = NONCE + PAGE + TAG


class WrongKeyError(Exception):
    """The file is encrypted with another key."""


def is_encrypted(file: ByteFile) -> bool:
    file.seek(0)
    return file.read(len(BEGINNING)) == BEGINNING


class EncryptedFile:
    """The plain content of an encrypted file. What is not flushed is lost."""

    def __init__(self, file: ByteFile, key: str, salt: bytes) -> None:
        self._file: Final = file
        self._cipher: Final = ChaCha20Poly1305(derived_key(key, f"backup encryption {salt.hex()}"))
        self._position = 0
        self._number = -1
        self._page = bytearray()
        self._is_changed = False

    @classmethod
    def create(cls, file: ByteFile, key: str) -> "EncryptedFile":
        """Begin an empty file."""
        salt = os.urandom(SALT)
        file.write(BEGINNING + salt + _name(key))
        return cls(file, key, salt)

    @classmethod
    def open(cls, file: ByteFile, key: str) -> "EncryptedFile":
        """Open an encrypted file. Raises `WrongKeyError`."""
        file.seek(len(BEGINNING))
        salt, name = file.read(SALT), file.read(NAME)
        if name != _name(key):
            raise WrongKeyError
        return cls(file, key, salt)

    def read(self, size: int = -1, /) -> bytes:
        """Read some bytes, fewer only at the end. Raises `DamagedError`."""
        parts: list[bytes] = []
        left = size
        while left:
            self._turn_to(self._position // PAGE)
            start = self._position % PAGE
            part = bytes(self._page[start : PAGE if left < 0 else start + left])
            if not part:
                break
            parts.append(part)
            self._position += len(part)
            left -= len(part) if left > 0 else 0
        return b"".join(parts)

    def write(self, data: bytes, /) -> int:
        view = memoryview(data)
        while view:
            self._turn_to(self._position // PAGE)
            start = self._position % PAGE
            part = view[: PAGE - start]
            self._page[start : start + len(part)] = part
            self._is_changed = True
            self._position += len(part)
            view = view[len(part) :]
        return len(data)

    def seek(self, offset: int, /) -> int:
        self._position = offset
        return offset

    def tell(self) -> int:
        return self._position

    def flush(self) -> None:
        self._store()
        self._file.flush()

    def fileno(self) -> int:
        return self._file.fileno()

    def _turn_to(self, number: int) -> None:
        if number == self._number:
            return
        self._store()
        self._file.seek(HEAD + number * STRIDE)
        sealed = self._file.read(STRIDE)
        self._page = bytearray(self._decrypted(number, sealed) if sealed else b"")
        self._number = number

    def _decrypted(self, number: int, sealed: bytes) -> bytes:
        try:
            return self._cipher.decrypt(sealed[:NONCE], sealed[NONCE:], _context(number))
        except (InvalidTag, ValueError) as problem:
            raise DamagedError("it cannot be decrypted: it was changed, or cut off") from problem

    def _store(self) -> None:
        if self._is_changed:
            nonce = os.urandom(NONCE)
            self._file.seek(HEAD + self._number * STRIDE)
            self._file.write(nonce + self._cipher.encrypt(nonce, bytes(self._page), _context(self._number)))
            self._is_changed = False


def _name(key: str) -> bytes:
    return derived_key(key, "backup encryption name")[:NAME]


def _context(number: int) -> bytes:
    return number.to_bytes(8, "big")
