"""Who writes or changes a message: a user, or Coterie itself.

What a user may do is looked up where they write. Coterie may do everything, on behalf of a user or of nobody: a ban
removes messages in channels that the moderator cannot see, and retention does so by itself.
"""

from typing import Final, TypeAlias
from uuid import UUID

from msgspec import Struct

from coterie.permissions import bits
from coterie.permissions.authority import Authority

NOBODY: Final = UUID(int=0)
"""Stands for Coterie where an account is needed; no account has this id."""


class UserAuthor(Struct, frozen=True):
    """Somebody with an account, which may be a bot's."""

    user_id: UUID


class SystemAuthor(Struct, frozen=True):
    """Coterie. `user_id` is whose action it carries out, or tells of; None if nobody's, or their account is deleted."""

    user_id: UUID | None = None

    @property
    def authority(self) -> Authority:
        """What it may do, wherever a message is."""
        return Authority(self.user_id or NOBODY, bits.EVERY)


Author: TypeAlias = UserAuthor | SystemAuthor
