"""What the caller uses."""

from litestar import get

from coterie.http.injection import UNCOUNTED, CurrentViewer, Injected
from coterie.permissions.context import ActionContext
from coterie.usage import actions
from coterie.usage.counting import Usage
from coterie.usage.models import UsageReport


@get("/usage", opt=UNCOUNTED)
async def show_usage(context: Injected[ActionContext], usage: Injected[Usage], viewer: CurrentViewer) -> UsageReport:
    """Your usage in the present period, and your limits. Asking is not counted."""
    return await actions.report(usage, context.database, viewer.user_id)


ROUTES = [show_usage]
