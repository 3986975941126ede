"""How long the rows of this package live that nobody deletes."""

from typing import Final

from coterie.feature import RowLifetime
from coterie.invites.actions import REVOKED_KEPT
from coterie.invites.queries import forget_revoked

REVOKED: Final = RowLifetime("revoked_invites", REVOKED_KEPT, forget_revoked)
