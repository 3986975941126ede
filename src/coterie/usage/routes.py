"""What the caller uses."""

from litestar import get

from coterie.http.injection import UNCOUNTED, CurrentViewer, Injected
from coterie.permissions.community import Community
from coterie.usage import actions
from coterie.usage.counting import Usage
from coterie.usage.models import UsageReport


@get("/usage", opt=UNCOUNTED)
async def show_usage(community: Injected[Community], usage: Injected[Usage], viewer: CurrentViewer) -> UsageReport:
    """Your usage in the present period, and your limits. Asking is not counted."""
    return await actions.report(usage, community.database, viewer.user_id)


ROUTES = [show_usage]
