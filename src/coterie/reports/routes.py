"""The routes of reports."""

from typing import Annotated
from uuid import UUID

from litestar import get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from coterie.http.injection import ADMINISTRATION, COSTLY, SPARING, CurrentViewer, Injected, counted
from coterie.http.rate_limits import WRITES
from coterie.http.viewers import check_admin
from coterie.permissions.context import ActionContext
from coterie.reports import actions, deciding
from coterie.reports.limits import REPORTS
from coterie.reports.models import (
    OwnReport,
    QueuedReport,
    ReportChange,
    ReportCreation,
    ReportDetails,
    ReportPage,
    ReportPlace,
    ReportState,
    UserReportCreation,
)

PAGE = 25
PAGE_LIMIT = 50

WantedState = Annotated[ReportState | None, QueryParameter(name="state", description="In any state without it.")]
PageSize = Annotated[int, QueryParameter(description="At most 50. Values outside 1 to 50 are clamped.")]


@post("/messages/{message_id:str}/report", opt=counted(REPORTS))
async def report_message(
    context: Injected[ActionContext], viewer: CurrentViewer, message_id: FromPath[UUID], data: JSONBody[ReportCreation]
) -> OwnReport:
    """Report a message of someone else. Repeating an open report changes nothing."""
    return await actions.report_message(context, viewer.user_id, message_id, data)


@post("/users/{user_id:str}/report", opt=counted(REPORTS))
async def report_user(
    context: Injected[ActionContext], viewer: CurrentViewer, user_id: FromPath[UUID], data: JSONBody[UserReportCreation]
) -> OwnReport:
    """Report a member of a server that you are in. Repeating an open report changes nothing."""
    return await actions.report_user(context, viewer.user_id, user_id, data)


@post("/servers/{server_id:str}/report", opt=counted(REPORTS))
async def report_server(
    context: Injected[ActionContext], viewer: CurrentViewer, server_id: FromPath[UUID], data: JSONBody[ReportCreation]
) -> OwnReport:
    """Report a server, which you are in or which is public, to the administrators of the instance."""
    return await actions.report_server(context, viewer.user_id, server_id, data)


@get("/users/@me/reports")
async def own(
    context: Injected[ActionContext],
    viewer: CurrentViewer,
    *,
    before: FromQuery[UUID | None] = None,
    limit: PageSize = PAGE,
) -> list[OwnReport]:
    """What you reported, newest first, and what became of it; `before` is the `id` of the page's last report."""
    return await actions.own(context, viewer.user_id, before, _size(limit))


@get("/servers/{server_id:str}/reports", opt=COSTLY)
async def of_server(
    context: Injected[ActionContext],
    viewer: CurrentViewer,
    server_id: FromPath[UUID],
    *,
    wanted: WantedState = None,
    before: FromQuery[UUID | None] = None,
    limit: PageSize = PAGE,
) -> list[QueuedReport]:
    """What was reported in a server, newest first (MANAGE_MESSAGES): of channels in which you have the permission."""
    return await deciding.of_server(context, server_id, viewer.user_id, ReportPage(_size(limit), before, wanted))


@get("/servers/{server_id:str}/reports/{report_id:str}", opt=COSTLY)
async def one_of_server(
    context: Injected[ActionContext], viewer: CurrentViewer, server_id: FromPath[UUID], report_id: FromPath[UUID]
) -> ReportDetails:
    """A report with the messages before the reported one, and the moderators' notes (MANAGE_MESSAGES)."""
    return await deciding.details(context, ReportPlace(server_id, report_id, viewer.user_id))


@patch("/servers/{server_id:str}/reports/{report_id:str}", opt=SPARING | counted(WRITES))
async def change_of_server(
    context: Injected[ActionContext],
    viewer: CurrentViewer,
    server_id: FromPath[UUID],
    report_id: FromPath[UUID],
    data: JSONBody[ReportChange],
) -> ReportDetails:
    """Decide about a report, add a note, or escalate it to the administrators of the instance (MANAGE_MESSAGES)."""
    return await deciding.change(context, ReportPlace(server_id, report_id, viewer.user_id), data)


@get("/admin/reports", opt=ADMINISTRATION)
async def of_instance(
    context: Injected[ActionContext],
    viewer: CurrentViewer,
    *,
    wanted: WantedState = None,
    before: FromQuery[UUID | None] = None,
    limit: PageSize = PAGE,
) -> list[QueuedReport]:
    """For administrators: reports of servers, their owners and direct messages, and those that were escalated."""
    check_admin(viewer)
    return await deciding.of_instance(context, viewer.user_id, ReportPage(_size(limit), before, wanted))


@get("/admin/reports/{report_id:str}", opt=ADMINISTRATION)
async def one_of_instance(
    context: Injected[ActionContext], viewer: CurrentViewer, report_id: FromPath[UUID]
) -> ReportDetails:
    """For administrators: a report with the messages before the reported one, and the notes."""
    check_admin(viewer)
    return await deciding.details(context, ReportPlace(None, report_id, viewer.user_id))


@patch("/admin/reports/{report_id:str}", opt=SPARING | ADMINISTRATION)
async def change_of_instance(
    context: Injected[ActionContext],
    viewer: CurrentViewer,
    report_id: FromPath[UUID],
    data: JSONBody[ReportChange],
) -> ReportDetails:
    """For administrators: decide about a report, or add a note."""
    check_admin(viewer)
    return await deciding.change(context, ReportPlace(None, report_id, viewer.user_id), data)


def _size(limit: int) -> int:
    return max(1, min(limit, PAGE_LIMIT))


ROUTES = [
    report_message,
    report_user,
    report_server,
    own,
    of_server,
    one_of_server,
    change_of_server,
    of_instance,
    one_of_instance,
    change_of_instance,
]
