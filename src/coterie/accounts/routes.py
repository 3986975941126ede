"""The routes of accounts: logging in and out, sessions, your profile and those of others."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.params import FromPath, JSONBody
from msgspec.structs import asdict

from coterie import errors
from coterie.accounts import actions, email_address, login, password_login, refreshing, resetting, session_queries
from coterie.accounts.access import existing
from coterie.accounts.actions import Accounts
from coterie.accounts.cookies import cookies, device_cookie, logged_in, refresh_cookie, site, visit
from coterie.accounts.limits import PASSWORDS
from coterie.accounts.models import (
    Acknowledgement,
    AddressedAccount,
    Credentials,
    Login,
    PasswordChange,
    PasswordReset,
    RefreshRequest,
    ResetRequest,
    ResetToken,
    Session,
    StepAnswer,
)
from coterie.accounts.refreshing import Refresher
from coterie.errors import CoterieError
from coterie.http.injection import ACCOUNT, ADMINISTRATION, LOGIN, PUBLIC, SPARING, CurrentViewer, Injected, counted
from coterie.http.viewers import check_admin


@post("/auth/login", opt=LOGIN | SPARING, status_code=200)
async def log_in(
    accounts: Injected[Accounts], data: JSONBody[Credentials], request: Request[Any, Any, Any]
) -> Response[Login]:
    """Log in with a username or an email address.

    A program gets `token` unless it sends `lasting: false`: clients of the messenger need it, and cannot ask.
    """
    found = visit(accounts, request, is_lasting=data.lasting is not False)
    return _logged_in(accounts, await password_login.log_in(accounts, data, found), is_by_cookie=data.cookies)


@post("/auth/login/step", opt=LOGIN | SPARING, status_code=200)
async def take_step(
    accounts: Injected[Accounts], data: JSONBody[StepAnswer], request: Request[Any, Any, Any]
) -> Response[Login]:
    """Continue a login that was answered with `login_step_required`, with the answer to one of its steps."""
    found = visit(accounts, request, is_lasting=data.lasting is not False)
    result = await login.take_step(accounts, data.challenge, data.step, data.answer, found)
    return _logged_in(accounts, result, is_by_cookie=data.cookies)


def _logged_in(accounts: Accounts, result: Login | login.Challenge, *, is_by_cookie: bool) -> Response[Login]:
    found = login.finished(result)
    accounts.authentication.forget(found.user.id)  # the oldest session may have ended
    return logged_in(accounts, found, 200, is_new=True, is_by_cookie=is_by_cookie)


@post("/auth/refresh", opt=PUBLIC | SPARING, status_code=200)
async def refresh(
    accounts: Injected[Accounts], request: Request[Any, Any, Any], data: JSONBody[RefreshRequest | None] = None
) -> Response[Login]:
    """Exchange the refresh token, of the body or else of the cookie, for fresh tokens.

    What came by cookie goes back by cookie only, so that no script of a page can get at it.
    """
    given = data.refresh_token if data else None
    token = given or refresh_cookie(accounts, request)
    if not token:
        raise CoterieError(errors.INVALID, fields={"refresh_token": "missing"})
    user_agent = request.headers.get("user-agent", "")
    refresher = Refresher(user_agent, device_cookie(accounts, request), is_page=not given)
    refreshed = await refreshing.refresh(accounts, token, refresher)
    accounts.authentication.forget(refreshed.user.id)  # the new tokens are not confirmed yet
    return logged_in(accounts, refreshed, 200, is_by_cookie=not given)


@post("/auth/logout", opt=ACCOUNT | SPARING, status_code=204)
async def log_out(accounts: Injected[Accounts], viewer: CurrentViewer) -> Response[None]:
    """End this session."""
    await actions.end_session(accounts.database, viewer.user_id, viewer.session_id)
    accounts.authentication.forget(viewer.user_id)
    return Response(None, status_code=204, cookies=cookies(accounts, None))


@get("/auth/me")
async def own_account(accounts: Injected[Accounts], viewer: CurrentViewer) -> AddressedAccount:
    """Your account, as clients of the messenger ask for it."""
    user = await existing(accounts.database, viewer.user_id)
    return msgspec.convert({**asdict(user), "email": user.email or ""}, AddressedAccount)


@get("/auth/sessions", opt=ACCOUNT)
async def sessions(accounts: Injected[Accounts], viewer: CurrentViewer) -> list[Session]:
    """Your sessions, newest first."""
    return await session_queries.sessions(accounts.database, viewer.user_id, viewer.session_id)


@delete("/auth/sessions/{session_id:str}", opt=ACCOUNT)
async def end_session(accounts: Injected[Accounts], viewer: CurrentViewer, session_id: FromPath[UUID]) -> None:
    """End one of your sessions."""
    await actions.end_session(accounts.database, viewer.user_id, session_id)
    accounts.authentication.forget(viewer.user_id)


@post("/auth/change-password", opt=ACCOUNT | counted(PASSWORDS) | SPARING, status_code=204)
async def change_password(accounts: Injected[Accounts], viewer: CurrentViewer, data: JSONBody[PasswordChange]) -> None:
    """Set a new password. Every other login ends."""
    await actions.change_password(accounts, viewer, data)
    accounts.authentication.forget(viewer.user_id)


@post("/auth/forgot-password", opt=ADMINISTRATION | SPARING, status_code=200)
async def forgot_password(
    accounts: Injected[Accounts], viewer: CurrentViewer, data: JSONBody[ResetRequest]
) -> ResetToken:
    """For administrators: create a token with which a user can set a new password."""
    email = email_address.checked(data.email)
    check_admin(viewer)
    return ResetToken(
        message="Send this token to the owner of the account.",
        token=await actions.create_reset_token(accounts.database, email, viewer.user_id),
        expires_in_seconds=int(actions.RESET_LIFETIME.total_seconds()),
        note="It is shown only once and can be used only once.",
    )


@post("/auth/reset-link", opt=LOGIN | SPARING, status_code=202)
async def ask_for_reset_link(accounts: Injected[Accounts], data: JSONBody[ResetRequest]) -> Acknowledgement:
    """Have a link for a new password sent to a verified address. The answer is the same if no account has it."""
    await resetting.ask_for_link(accounts, data.email)
    return Acknowledgement("If an account has this address, a mail with a link is sent to it.")


@post("/auth/reset-password", opt=LOGIN | SPARING, status_code=200)
async def reset_password(
    accounts: Injected[Accounts], data: JSONBody[PasswordReset], request: Request[Any, Any, Any]
) -> Acknowledgement:
    """Set a new password with a reset token. Every login ends."""
    accounts.authentication.forget(await actions.reset_password(accounts, data, site(request)))
    return Acknowledgement("Your new password is set. Log in with it.")


ROUTES = [
    log_in,
    take_step,
    refresh,
    log_out,
    own_account,
    sessions,
    end_session,
    change_password,
    forgot_password,
    ask_for_reset_link,
    reset_password,
]
