"""The routes of security events: your own, and for administrators those of the whole instance.

Failures appear within a minute, and for administrators at once: only they can make this process write them early.
"""

from typing import Annotated
from uuid import UUID

from litestar import get
from litestar.params import FromQuery, QueryParameter

from coterie.database.connection import Database
from coterie.http.injection import ACCOUNT, ADMINISTRATION, CurrentViewer, Injected
from coterie.http.viewers import check_admin
from coterie.security_events import actions
from coterie.security_events.failures import Failures
from coterie.security_events.models import SecurityEntry, SecurityFilter

PAGE = 50
PAGE_LIMIT = 100
ABOUT_LIMIT = "At most 100. Values outside 1 to 100 are clamped."


@get("/users/@me/security-events", opt=ACCOUNT)
async def own_page(
    database: Injected[Database],
    viewer: CurrentViewer,
    *,
    before: FromQuery[UUID | None] = None,
    limit: Annotated[int, QueryParameter(description=ABOUT_LIMIT)] = PAGE,
) -> list[SecurityEntry]:
    """What happened to your account, newest first: logins, failed ones, changes, ended sessions.

    `before` is the `id` of the last event of the page before.
    """
    return await actions.page_of(database, viewer.user_id, before, max(1, min(limit, PAGE_LIMIT)))


@get("/admin/security-events", opt=ADMINISTRATION)
async def page(
    database: Injected[Database],
    failures: Injected[Failures],
    viewer: CurrentViewer,
    *,
    type: FromQuery[str | None] = None,
    account_id: FromQuery[UUID | None] = None,
    before: FromQuery[UUID | None] = None,
    limit: Annotated[int, QueryParameter(description=ABOUT_LIMIT)] = PAGE,
) -> list[SecurityEntry]:
    """For administrators: what happened to all accounts, newest first; of one type or one account, if given.

    `before` is the `id` of the last event of the page before.
    """
    check_admin(viewer)
    await failures.flush(database)
    wanted = SecurityFilter(before, type, account_id)
    return await actions.page(database, wanted, max(1, min(limit, PAGE_LIMIT)))


ROUTES = [own_page, page]
