"""The routes of the audit log."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import get
from litestar.params import FromPath, FromQuery, QueryParameter

from coterie import errors
from coterie.audit import actions
from coterie.audit.models import AuditLog, Filter
from coterie.errors import CoterieError
from coterie.guards import Asking, Here
from coterie.permissions.bits import Permission

PAGE = 50
PAGE_LIMIT = 100


@get("/servers/{server_id:str}/audit-logs")
async def page(
    services: Here,
    viewer: Asking,
    server_id: FromPath[UUID],
    *,
    action: FromQuery[str | None] = None,
    actor_id: FromQuery[UUID | None] = None,
    target_type: FromQuery[str | None] = None,
    before: FromQuery[datetime | None] = None,
    limit: Annotated[int, QueryParameter(description="At most 100; more is taken for 100, less than 1 for 1.")] = PAGE,
) -> list[AuditLog]:
    """What was done in a server, newest first (ADMINISTRATOR). It names what others may not view.

    `before` is a time: the `created_at` of the last entry of the page before.
    """
    seen = await services.rights.in_server(services.database, server_id, viewer.user_id)
    seen.check(Permission.ADMINISTRATOR)
    if before is not None and before.tzinfo is None:
        raise CoterieError(errors.INVALID, fields={"before": "a time with its offset, such as 2026-01-01T12:00:00Z"})
    wanted = Filter(before, action, actor_id, target_type)
    return await actions.page(services.database, server_id, wanted, max(1, min(limit, PAGE_LIMIT)))


ROUTES = [page]
