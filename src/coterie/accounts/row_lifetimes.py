"""How long the rows of this package live that nobody deletes."""

from typing import Final

from coterie.accounts.email_queries import (
    REVERSAL_LIFETIME,
    VERIFICATION_LIFETIME,
    forget_reversals,
    forget_verifications,
)
from coterie.feature import RowLifetime

VERIFICATIONS: Final = RowLifetime("email_verifications", VERIFICATION_LIFETIME, forget_verifications)
REVERSALS: Final = RowLifetime("email_reversals", REVERSAL_LIFETIME, forget_reversals)
