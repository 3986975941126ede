"""How long the rows of this package live that nobody deletes."""

from typing import Final

from coterie.automod.actions import LOGS_KEPT
from coterie.automod.queries import forget_logs
from coterie.feature import RowLifetime

LOGS: Final = RowLifetime("automod_logs", LOGS_KEPT, forget_logs)
