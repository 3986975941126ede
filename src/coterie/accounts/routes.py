"""The routes of accounts: logging in and out, sessions, the own profile and those of others."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, delete, get, patch, post
from litestar.datastructures import Cookie
from litestar.params import FromPath, JSONBody
from msgspec.structs import asdict

from coterie import errors
from coterie.accounts import actions, email_address, profiles, queries
from coterie.accounts.authentication import REFRESH_COOKIE, SESSION_COOKIE
from coterie.accounts.guesses import DEVICE_COOKIE, DEVICE_SECONDS
from coterie.accounts.models import (
    Acknowledgement,
    AddressedAccount,
    Credentials,
    EmailChange,
    Login,
    PasswordChange,
    PasswordReset,
    ProfileChange,
    PublicProfile,
    RefreshRequest,
    Registration,
    RegistrationMode,
    ResetRequest,
    ResetToken,
    Session,
    Signup,
    User,
)
from coterie.accounts.tokens import ACCESS_SECONDS, REFRESH_SECONDS
from coterie.errors import CoterieError
from coterie.guards import LOGIN, PUBLIC, Asking, Here
from coterie.services import Services


@post("/auth/register", opt=LOGIN)
async def register(services: Here, data: JSONBody[Registration], request: Request[Any, Any, Any]) -> Response[Login]:
    """Make an account and log it in."""
    login = await actions.register(services.accounts, data, _user_agent(request))
    return _logged_in(services, login, 201, is_new=True)


@post("/auth/signup", opt=LOGIN, status_code=200)
async def sign_up(services: Here, data: JSONBody[Signup], request: Request[Any, Any, Any]) -> Response[Login]:
    """Make an account with an e-mail address and log it in, as clients of the messenger do."""
    login = await actions.register(services.accounts, data, _user_agent(request))
    return _logged_in(services, login, 200, is_new=True)


@post("/auth/login", opt=LOGIN, status_code=200)
async def log_in(services: Here, data: JSONBody[Credentials], request: Request[Any, Any, Any]) -> Response[Login]:
    """Log in with a user name or an e-mail address."""
    login = await actions.log_in(services.accounts, data, _user_agent(request), request.cookies.get(DEVICE_COOKIE, ""))
    services.authentication.forget(login.user.id)  # the oldest session may have ended
    return _logged_in(services, login, 200, is_new=True)


@post("/auth/refresh", opt=PUBLIC, status_code=200)
async def refresh(
    services: Here, request: Request[Any, Any, Any], data: JSONBody[RefreshRequest | None] = None
) -> Response[Login]:
    """Exchange the refresh token, of the body or else of the cookie, for fresh tokens."""
    token = (data and data.refresh_token) or request.cookies.get(REFRESH_COOKIE)
    if not token:
        raise CoterieError(errors.INVALID, fields={"refresh_token": "missing"})
    return _logged_in(services, await actions.refresh(services.accounts, token), 200)


@post("/auth/logout", status_code=204)
async def log_out(services: Here, viewer: Asking) -> Response[None]:
    """End this session."""
    await actions.end_session(services.database, viewer.user_id, viewer.session_id)
    services.authentication.forget(viewer.user_id)
    return Response(None, status_code=204, cookies=_cookies(services, None))


@get("/auth/me")
async def own_account(services: Here, viewer: Asking) -> AddressedAccount:
    """The own account, as clients of the messenger ask for it."""
    user = await profiles.existing(services.database, viewer.user_id)
    return msgspec.convert({**asdict(user), "email": user.email or ""}, AddressedAccount)


@get("/auth/sessions")
async def sessions(services: Here, viewer: Asking) -> list[Session]:
    """The own logins, newest first."""
    return await queries.sessions(services.database, viewer.user_id, viewer.session_id)


@delete("/auth/sessions/{session_id:str}")
async def end_session(services: Here, viewer: Asking, session_id: FromPath[UUID]) -> None:
    """End one of the own logins."""
    await actions.end_session(services.database, viewer.user_id, session_id)
    services.authentication.forget(viewer.user_id)


@post("/auth/change-password", status_code=204)
async def change_password(services: Here, viewer: Asking, data: JSONBody[PasswordChange]) -> None:
    """Set a new password. Every other login ends."""
    await actions.change_password(services.accounts, viewer, data)
    services.authentication.forget(viewer.user_id)


@post("/auth/change-email", status_code=200)
async def change_email(services: Here, viewer: Asking, data: JSONBody[EmailChange]) -> User:
    """Set another e-mail address, or none. The password is asked for again, since the address logs in, too."""
    return await actions.change_email(services.accounts, viewer, data)


@post("/auth/forgot-password", status_code=200)
async def forgot_password(services: Here, viewer: Asking, data: JSONBody[ResetRequest]) -> ResetToken:
    """For administrators: a token with which somebody can set a new password, to hand on to them."""
    email = email_address.checked(data.email)
    if not viewer.is_admin:
        raise CoterieError(errors.ADMINS_ONLY)
    return ResetToken(
        message="Hand this token to its owner.",
        token=await actions.create_reset_token(services.database, email),
        expires_in_seconds=int(actions.RESET_LIFETIME.total_seconds()),
        note="It is shown once and can be used once.",
    )


@post("/auth/reset-password", opt=LOGIN, status_code=200)
async def reset_password(services: Here, data: JSONBody[PasswordReset]) -> Acknowledgement:
    """Set a new password with a reset token. Every login ends."""
    services.authentication.forget(await actions.reset_password(services.accounts, data))
    return Acknowledgement("The password is set. Log in with it.")


@get("/instance/registration-mode", opt=PUBLIC)
async def registration_mode(services: Here) -> RegistrationMode:
    """Who may register on this instance."""
    return RegistrationMode(await queries.registration_mode(services.database))


@get("/users/@me")
async def me(services: Here, viewer: Asking) -> User:
    """The own account."""
    return await profiles.existing(services.database, viewer.user_id)


@patch("/users/@me")
async def edit_profile(services: Here, viewer: Asking, data: JSONBody[ProfileChange]) -> User:
    """Change the own profile."""
    return await profiles.edit(services.database, viewer.user_id, data)


@get("/users/{user_id:str}")
async def profile(services: Here, viewer: Asking, user_id: FromPath[UUID]) -> PublicProfile:
    """What everybody may know of an account."""
    found = await queries.public_profile(services.database, user_id, viewer.user_id)
    if found is None:
        raise CoterieError(errors.NOT_FOUND)
    return found


def _user_agent(request: Request[Any, Any, Any]) -> str:
    return request.headers.get("user-agent", "")[:400]


def _logged_in(services: Services, login: Login, status: int, *, is_new: bool = False) -> Response[Login]:
    cookies = _cookies(services, login)
    if is_new:
        mark = services.accounts.guesses.mark(login.user.id)
        cookies.append(_cookie(services, DEVICE_COOKIE, mark, "/api/auth", DEVICE_SECONDS))
    return Response(login, status_code=status, cookies=cookies)


def _cookies(services: Services, login: Login | None) -> list[Cookie]:
    """The tokens for the own web client, out of reach for scripts; none of them ends both cookies."""
    access, refreshing = (login.access_token, login.refresh_token) if login else ("", "")
    return [
        _cookie(services, SESSION_COOKIE, access, "/", ACCESS_SECONDS if login else 0),
        _cookie(services, REFRESH_COOKIE, refreshing, "/api/auth", REFRESH_SECONDS if login else 0),
    ]


def _cookie(services: Services, name: str, value: str, path: str, max_age: int) -> Cookie:
    return Cookie(
        key=name,
        value=value,
        path=path,
        max_age=max_age,
        httponly=True,
        samesite="strict",
        secure=services.settings.is_https,
    )


ROUTES = [
    register,
    sign_up,
    log_in,
    refresh,
    log_out,
    own_account,
    sessions,
    end_session,
    change_password,
    change_email,
    forgot_password,
    reset_password,
    registration_mode,
    me,
    edit_profile,
    profile,
]
