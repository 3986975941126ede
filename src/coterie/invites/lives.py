"""How long the rows of this package live that nobody deletes."""

from typing import Final

from coterie.feature import Life
from coterie.invites.actions import REVOKED_KEPT
from coterie.invites.queries import forget_revoked

REVOKED: Final = Life("revoked_invites", REVOKED_KEPT, forget_revoked)
