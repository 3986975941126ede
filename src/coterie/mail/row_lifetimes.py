"""How long the rows of this package live that nobody deletes."""

from datetime import timedelta
from typing import Final

from coterie.feature import RowLifetime
from coterie.mail.queries import forget_bounces

BOUNCES: Final = RowLifetime("bounced_addresses", timedelta(days=30), forget_bounces)
