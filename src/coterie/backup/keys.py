"""The keys of backups: JWT_SECRET authenticates them, COTERIE_BACKUP_KEY authenticates and encrypts them."""

from dataclasses import dataclass, field
from typing import Self

from coterie.process.refusals import Exit, Refusal
from coterie.settings.record import Settings
from coterie.startup.secrecy import weakness


@dataclass(frozen=True, slots=True)
class BackupKeys:
    """Empty texts are keys that are not set. `former_secret` only authenticates what was made before."""

    secret: str = field(default="", repr=False)
    former_secret: str = field(default="", repr=False)
    backup_key: str = field(default="", repr=False)

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Raises Refusal for a key that could be guessed."""
        if settings.backup_key and (reason := weakness(settings.backup_key)):
            sentence = f"COTERIE_BACKUP_KEY {reason}; create one with `openssl rand -hex 32` and keep it"
            raise Refusal(Exit.BACKUP_KEY, sentence)
        return cls(settings.jwt_secret, settings.jwt_secret_previous, settings.backup_key)

    @property
    def sealing(self) -> list[str]:
        """Those that new backups are sealed with."""
        return [each for each in (self.secret, self.backup_key) if each]

    @property
    def known(self) -> list[str]:
        """Those that backups of this instance may be sealed with."""
        return [each for each in (self.secret, self.former_secret, self.backup_key) if each]
