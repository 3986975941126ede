"""How long the rows of this package are kept that nobody deletes."""

from datetime import timedelta
from typing import Final

from coterie.feature import RowLifetime
from coterie.passkeys.queries import forget_challenges

USED_CHALLENGES: Final = RowLifetime("used_challenges", timedelta(days=1), forget_challenges)
