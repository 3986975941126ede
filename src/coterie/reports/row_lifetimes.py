"""How long the rows of this package live that nobody deletes."""

from typing import Final

from coterie.feature import RowLifetime
from coterie.reports.actions import KEPT
from coterie.reports.queries import forget

REPORTS: Final = RowLifetime("reports", KEPT, forget)
