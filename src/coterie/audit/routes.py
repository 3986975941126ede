"""The routes of the audit log.

Only for the owner and administrators, and not part of the log: it names channels that other managers may not view, and
pages filtered for each reader would be misleading.
"""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import get
from litestar.params import FromPath, FromQuery, QueryParameter

from coterie import errors
from coterie.audit import actions
from coterie.audit.models import AuditLog, Filter
from coterie.errors import CoterieError
from coterie.http.injection import COSTLY, CurrentViewer, Injected
from coterie.http.moments import of_query
from coterie.permissions.bits import Permission
from coterie.permissions.context import ActionContext

PAGE = 50
PAGE_LIMIT = 100


@get("/servers/{server_id:str}/audit-logs", opt=COSTLY)
async def page(
    context: Injected[ActionContext],
    viewer: CurrentViewer,
    server_id: FromPath[UUID],
    *,
    action: FromQuery[str | None] = None,
    actor_id: FromQuery[UUID | None] = None,
    target_type: FromQuery[str | None] = None,
    before: FromQuery[datetime | None] = None,
    limit: Annotated[int, QueryParameter(description="At most 100. Values outside 1 to 100 are clamped.")] = PAGE,
) -> list[AuditLog]:
    """What was done in a server, newest first (ADMINISTRATOR). It names what others cannot view.

    `before` is a time: the `created_at` of the last entry of the page before.
    """
    authority = await context.permissions.in_server(context.database, server_id, viewer.user_id)
    authority.check(Permission.ADMINISTRATOR)
    if before is not None and before.tzinfo is None:
        raise CoterieError(
            errors.INVALID, fields={"before": "must be a time with a UTC offset, such as 2026-01-01T12:00:00Z"}
        )
    wanted = Filter(of_query("before", before), action, actor_id, target_type)
    return await actions.page(context.database, server_id, wanted, max(1, min(limit, PAGE_LIMIT)))


ROUTES = [page]
