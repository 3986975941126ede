"""What this package declares of itself."""

from typing import Final

from coterie.errors import entries
from coterie.feature import Feature
from coterie.reports import errors
from coterie.reports.limits import REPORTS
from coterie.reports.routes import ROUTES

FEATURE: Final = Feature(
    name="reports",
    routes=ROUTES,
    errors=entries(errors),
    limits=(REPORTS,),
)
