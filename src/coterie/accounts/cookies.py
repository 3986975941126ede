"""The cookies of Coterie's web client: its tokens, and the mark of a browser that has logged in before."""

from typing import Any, Final

import msgspec
from litestar import Request, Response
from litestar.datastructures import Cookie

from coterie.accounts.actions import Accounts, Visit
from coterie.accounts.guesses import DEVICE_COOKIE, DEVICE_SECONDS
from coterie.accounts.models import Login
from coterie.accounts.refresh_tokens import is_of_earlier_form
from coterie.accounts.tokens import ACCESS_SECONDS
from coterie.http.credentials import (
    REFRESH_COOKIE,
    SESSION_COOKIE,
    address,
    cookie_name,
    cookie_path,
    former_names,
    is_same_origin,
)
from coterie.http.local_requests import is_from_this_machine
from coterie.http.rate_limits import site_of

PAGE_HEADERS: Final = ("origin", "sec-fetch-site")
"""Browsers send one of them with each login of a page, and no page can leave them out."""


def visit(accounts: Accounts, request: Request[Any, Any, Any], *, is_lasting: bool) -> Visit:
    """The visit of a login that wants a token of thirty days, which a page never gets."""
    is_page = any(name in request.headers for name in PAGE_HEADERS)
    return Visit(
        request.headers.get("user-agent", "")[:400],
        device_cookie(accounts, request),
        site(request),
        is_lasting and not is_page,
        is_local(request),
    )


def is_local(request: Request[Any, Any, Any]) -> bool:
    return is_from_this_machine(request.scope)  # type: ignore[arg-type]


def site(request: Request[Any, Any, Any]) -> str:
    """What counts as one address."""
    return site_of(address(request.scope))  # type: ignore[arg-type]


def refresh_cookie(accounts: Accounts, request: Request[Any, Any, Any]) -> str:
    """The refresh token in the cookie of a page of this origin; empty without one.

    Over https, the cookie's former names only hold tokens of earlier versions: another host could have set them.
    """
    if not is_same_origin(request.scope):  # type: ignore[arg-type]
        return ""
    given, *former = _given(accounts, request, REFRESH_COOKIE)
    return given or next((token for token in former if token and is_of_earlier_form(token)), "")


def device_cookie(accounts: Accounts, request: Request[Any, Any, Any]) -> str:
    """The browser's mark. Under a former name it is as good: it proves by itself which account logged in here."""
    return next(filter(None, _given(accounts, request, DEVICE_COOKIE)), "")


def _given(accounts: Accounts, request: Request[Any, Any, Any], name: str) -> list[str]:
    """The values of a cookie: under its present name, then under its former ones. Missing ones are empty."""
    is_https = accounts.is_https
    names = (cookie_name(name, is_https=is_https), *former_names(name, is_https=is_https))
    return [request.cookies.get(each, "") for each in names]


def logged_in(
    accounts: Accounts, login: Login, status: int, *, is_new: bool = False, is_by_cookie: bool = False
) -> Response[Login]:
    """The answer with tokens; `is_by_cookie` if no script is to see what lasts longer than the access token."""
    given = cookies(accounts, login)
    if is_new:
        mark = accounts.guesses.mark(login.user.id)
        given.append(_cookie(accounts, DEVICE_COOKIE, mark, "/api/auth", DEVICE_SECONDS))
    body = msgspec.structs.replace(login, refresh_token=None, token=None) if is_by_cookie else login
    return Response(body, status_code=status, cookies=given)


def cookies(accounts: Accounts, login: Login | None) -> list[Cookie]:
    """The token cookies of Coterie's web client, out of reach of scripts; without a login, both are deleted."""
    access, refreshing = (login.access_token, login.refresh_token or "") if login else ("", "")
    idle = int(accounts.lifetimes.idle.total_seconds())
    return [
        _cookie(accounts, SESSION_COOKIE, access, "/", ACCESS_SECONDS if login else 0),
        _cookie(accounts, REFRESH_COOKIE, refreshing, "/api/auth", idle if login else 0),
    ]


def _cookie(accounts: Accounts, name: str, value: str, path: str, max_age: int) -> Cookie:
    return Cookie(
        key=cookie_name(name, is_https=accounts.is_https),
        value=value,
        path=cookie_path(path, is_https=accounts.is_https),
        max_age=max_age,
        httponly=True,
        samesite="strict",
        secure=accounts.is_https,
    )
