"""How long the rows of this package live that nobody deletes."""

from datetime import timedelta
from typing import Final

from coterie.feature import Life
from coterie.mail.queries import forget_bounces

BOUNCES: Final = Life("bounced_addresses", timedelta(days=30), forget_bounces)
