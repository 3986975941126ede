"""The seal of a backup: message authentication codes over the checksums of everything in it.

What is sealed has the length of each line before it, so that nobody can divide it into lines in another way. Earlier
versions sealed the lines alone. There is still a code for these, so that each version recognises the backups of others;
it proves as much, since names with line ends are refused.

There are codes for each secret of the instance that made the backup, so that one of them is enough to recognise it.
The seal is the last member before the checksums. Nothing may follow it, since that would not be authenticated.
"""

import enum
import hmac
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from coterie.backup.archive import ArchiveWriter, ReadMember, Summed
from coterie.backup.damage import DamagedError
from coterie.backup.keys import BackupKeys
from coterie.process.refusals import Exit, Refusal
from coterie.settings.derived_keys import derived_key

SEAL: Final = "seal.json"
SEALED: Final = "backup seal of prefixed lines"
FORMERLY_SEALED: Final = "backup seal"


class BackupOrigin(enum.Enum):
    """What the seal of a backup tells about where it comes from."""

    OWN = "this instance"
    ANOTHER = "another instance"
    UNKNOWN = "not authenticated"
    CHANGED = "changed"


_RISK: Final = "its accounts, administrators and passwords would be restored"
_DOUBTS: Final[Mapping[BackupOrigin, str]] = {
    BackupOrigin.ANOTHER: (
        f"was made by another instance, or with secrets that are not set here, and {_RISK}; set the JWT_SECRET or "
        "COTERIE_BACKUP_KEY that it was made with, or add --trust if you know who made it"
    ),
    BackupOrigin.UNKNOWN: (
        f"is not authenticated, as older versions or an instance without JWT_SECRET made it, so anyone could have "
        f"changed it, and {_RISK}; add --trust if you know where it has been"
    ),
    BackupOrigin.CHANGED: "was changed after this instance made it, by someone without its secrets; use another one",
}


def require_trust(path: Path, origin: BackupOrigin, *, is_trusted: bool) -> None:
    """Raises Refusal for a backup that this instance did not make, unless the operator trusts it; and for one that was
    changed since, which nobody should trust."""
    if origin is BackupOrigin.CHANGED or (origin is not BackupOrigin.OWN and not is_trusted):
        raise Refusal(Exit.UNTRUSTED, f"{path} {_DOUBTS[origin]}")


class SealCode(msgspec.Struct, frozen=True):
    """`key` is a name of the secret that does not reveal it; `code` is an HMAC-SHA256. Both are hexadecimal."""

    key: str
    code: str


def add_seal(writer: ArchiveWriter, keys: BackupKeys) -> None:
    """Seal what was written so far. Without a secret, the backup gets no seal."""
    if keys.sealing:
        writer.add(SEAL, msgspec.json.encode(_codes(keys.sealing, writer.summed)))


class SealCheck:
    """Finds out where a backup comes from while its members are read."""

    def __init__(self, keys: BackupKeys) -> None:
        self._keys: Final = keys
        self.origin = BackupOrigin.UNKNOWN
        self._is_sealed = False

    def meet(self, found: ReadMember) -> None:
        """The next member. Raises `DamagedError`."""
        if self._is_sealed:
            raise DamagedError(f"{found.name} follows its seal")
        if found.name == SEAL:
            self._is_sealed = True
            self.origin = self._judge(found)

    def _judge(self, found: ReadMember) -> BackupOrigin:
        try:
            codes = msgspec.json.decode(found.read(), type=list[SealCode])
        except (msgspec.MsgspecError, UnicodeDecodeError) as problem:
            raise DamagedError(f"{SEAL} cannot be read") from problem
        expected = _codes(self._keys.known, found.before)
        if any(_is_equal(code, each) for code in codes for each in expected):
            return BackupOrigin.OWN
        is_ours = {code.key for code in codes} & {each.key for each in expected}
        return BackupOrigin.CHANGED if is_ours else BackupOrigin.ANOTHER


def _codes(secrets: list[str], summed: Summed) -> list[SealCode]:
    """The codes of each secret: the one of this version, and the one that earlier versions know."""
    digests = ((summed.digest, SEALED), (summed.of_lines, FORMERLY_SEALED))
    return [_code(secret, *each) for secret in secrets for each in digests]


def _code(secret: str, digest: bytes, purpose: str) -> SealCode:
    name = derived_key(secret, "backup seal name")[:8].hex()
    return SealCode(name, hmac.digest(derived_key(secret, purpose), digest, "sha256").hex())


def _is_equal(code: SealCode, expected: SealCode) -> bool:
    return hmac.compare_digest(code.code.encode(), expected.code.encode())
