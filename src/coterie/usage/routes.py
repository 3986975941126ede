"""What the caller uses."""

from litestar import get

from coterie.guards import UNCOUNTED, Asking, Here
from coterie.usage import actions
from coterie.usage.models import UsageReport


@get("/usage", opt=UNCOUNTED)
async def show_usage(services: Here, viewer: Asking) -> UsageReport:
    """What you have used in the period that runs now, and what you may. Asking is not counted."""
    return await actions.report(services.usage, services.database, viewer.user_id)


ROUTES = [show_usage]
