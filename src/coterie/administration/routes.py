"""The routes of the instance's administration, for administrators only."""

import time
from typing import Annotated, Final
from uuid import UUID

from litestar import MediaType, delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from coterie.accounts.actions import RESET_LIFETIME, Accounts
from coterie.accounts.models import ResetToken
from coterie.administration import actions
from coterie.administration.figures import Figures
from coterie.administration.models import (
    AdminServerPage,
    AdminStats,
    AdminUserPage,
    InstanceSettings,
    SettingsChange,
    SortBy,
    StandingChange,
    Statistics,
)
from coterie.database.connection import Database
from coterie.database.reachability import Reachability
from coterie.departures.actions import Departures
from coterie.http.answering import ONE_LINE
from coterie.http.injection import ADMINISTRATION, SPARING, CurrentViewer, Injected
from coterie.http.viewers import check_admin
from coterie.presence.tracker import Presence

PAGE_SIZE: Final = 50
PAGE_SIZE_LIMIT: Final = 100
PAGE_LIMIT: Final = 1_000_000

Page = Annotated[int, QueryParameter(ge=1, le=PAGE_LIMIT)]
PerPage = Annotated[int, QueryParameter(ge=1, le=PAGE_SIZE_LIMIT)]
Wanted = Annotated[str, QueryParameter(name="search", max_length=100, pattern=ONE_LINE)]


@get("/admin/stats", opt=ADMINISTRATION)
async def stats(
    figures: Injected[Figures],
    presence: Injected[Presence],
    reachability: Injected[Reachability],
    started_at: Injected[float],
    viewer: CurrentViewer,
) -> AdminStats:
    """For administrators: how much there is on the instance. Sockets and uptime are of the process that answers."""
    check_admin(viewer)
    totals, answer = await figures.totals.get(), await reachability.check()
    return AdminStats(
        total_users=totals.users,
        total_servers=totals.servers,
        total_messages=totals.messages,
        total_channels=totals.channels,
        active_ws_connections=presence.connections,
        uptime_secs=int(time.monotonic() - started_at),
        db_latency_ms=round(answer.seconds * 1000),
        storage_bytes=totals.storage_bytes,
    )


@get("/admin/statistics", opt=ADMINISTRATION)
async def statistics(figures: Injected[Figures], viewer: CurrentViewer) -> Statistics:
    """For administrators: the last 30 days, how many people are active, and where the storage goes."""
    check_admin(viewer)
    return await figures.statistics.get()


@get("/admin/settings", opt=ADMINISTRATION)
async def settings(database: Injected[Database], viewer: CurrentViewer) -> InstanceSettings:
    """For administrators: who can register."""
    check_admin(viewer)
    return await actions.settings(database)


@patch("/admin/settings", opt=ADMINISTRATION)
async def change_settings(
    database: Injected[Database], viewer: CurrentViewer, data: JSONBody[SettingsChange]
) -> InstanceSettings:
    """For administrators: set who can register from now on."""
    check_admin(viewer)
    return await actions.change_settings(database, data, viewer.user_id)


@get("/admin/users", opt=ADMINISTRATION)
async def users(
    database: Injected[Database],
    viewer: CurrentViewer,
    *,
    wanted: Wanted = "",
    sort_by: FromQuery[SortBy | None] = None,
    page: Page = 1,
    per_page: PerPage = PAGE_SIZE,
) -> AdminUserPage:
    """For administrators: the accounts whose name or e-mail address contains `search`, without regard to case.

    The newest first, or by name, or those who sent the most messages first.
    """
    check_admin(viewer)
    return await actions.users(database, wanted, sort_by, page, per_page)


@patch("/admin/users/{user_id:str}", opt=ADMINISTRATION | SPARING, media_type=MediaType.TEXT)
async def change_user(
    accounts: Injected[Accounts], viewer: CurrentViewer, user_id: FromPath[UUID], data: JSONBody[StandingChange]
) -> str:
    """For administrators: make an account an administrator or not, disable or enable it.

    Disabling ends its sessions and those of its bots, and closes their sockets at once. The answer
    is empty.
    """
    check_admin(viewer)
    await actions.change_standing(accounts.database, accounts.authentication, user_id, data, viewer.user_id)
    return ""


@delete("/admin/users/{user_id:str}", opt=ADMINISTRATION)
async def delete_user(
    accounts: Injected[Accounts], departures: Injected[Departures], viewer: CurrentViewer, user_id: FromPath[UUID]
) -> None:
    """For administrators: delete an account and its bots. Their messages stay, with the author null.

    It cannot log in and is not found any more when this is answered. What it leaves behind is taken away within seconds
    or, for very many messages, minutes.
    """
    check_admin(viewer)
    await actions.delete_user(departures, accounts.authentication, user_id, viewer.user_id)


@delete("/admin/users/{user_id:str}/sessions", opt=ADMINISTRATION)
async def end_sessions(accounts: Injected[Accounts], viewer: CurrentViewer, user_id: FromPath[UUID]) -> None:
    """For administrators: log an account out everywhere. It can log in again."""
    check_admin(viewer)
    await actions.end_sessions(accounts.database, accounts.authentication, user_id, viewer.user_id)


@post("/admin/users/{user_id:str}/reset-link", opt=ADMINISTRATION | SPARING)
async def make_reset_link(accounts: Injected[Accounts], viewer: CurrentViewer, user_id: FromPath[UUID]) -> ResetToken:
    """For administrators: create a token with which a user can set a new password, also without an e-mail address."""
    check_admin(viewer)
    return ResetToken(
        message="Send this token to the owner of the account.",
        token=await actions.make_reset_link(accounts.database, user_id, viewer.user_id),
        expires_in_seconds=int(RESET_LIFETIME.total_seconds()),
        note="It is shown only once and can be used only once.",
    )


@get("/admin/servers", opt=ADMINISTRATION)
async def servers(
    database: Injected[Database],
    viewer: CurrentViewer,
    *,
    wanted: Wanted = "",
    page: Page = 1,
    per_page: PerPage = PAGE_SIZE,
) -> AdminServerPage:
    """For administrators: the servers whose name contains `search`, without regard to case, the newest first."""
    check_admin(viewer)
    return await actions.list_servers(database, wanted, page, per_page)


@delete("/admin/servers/{server_id:str}", opt=ADMINISTRATION)
async def delete_server(database: Injected[Database], viewer: CurrentViewer, server_id: FromPath[UUID]) -> None:
    """For administrators: delete a server with everything in it."""
    check_admin(viewer)
    await actions.delete_server(database, server_id, viewer.user_id)


ROUTES = [
    stats,
    statistics,
    settings,
    change_settings,
    users,
    change_user,
    delete_user,
    end_sessions,
    make_reset_link,
    servers,
    delete_server,
]
