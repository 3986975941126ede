"""Making an account, and what visitors learn of the instance before."""

from typing import Any

from litestar import Request, Response, get, patch, post
from litestar.params import JSONBody
from msgspec import UNSET

from coterie.accounts import queries
from coterie.accounts.actions import Accounts
from coterie.accounts.cookies import is_local, logged_in, visit
from coterie.accounts.login import finished
from coterie.accounts.models import (
    Login,
    Registration,
    RegistrationMode,
    Signup,
)
from coterie.files.receiving import Files
from coterie.http.injection import ADMINISTRATION, LOGIN, PUBLIC, CurrentViewer, Injected
from coterie.http.viewers import check_admin
from coterie.passkeys.actions import Passkeys
from coterie.registration import actions
from coterie.registration.instance import change, instance
from coterie.registration.models import Instance, InstanceChange


@post("/auth/register", opt=LOGIN)
async def register(
    accounts: Injected[Accounts], data: JSONBody[Registration], request: Request[Any, Any, Any]
) -> Response[Login]:
    """Make an account and log it in."""
    login = await actions.register(accounts, data, visit(accounts, request, is_lasting=bool(data.lasting)))
    return logged_in(accounts, finished(login), 201, is_new=True, is_by_cookie=data.cookies)


@post("/auth/signup", opt=LOGIN, status_code=200)
async def sign_up(
    accounts: Injected[Accounts], data: JSONBody[Signup], request: Request[Any, Any, Any]
) -> Response[Login]:
    """Create an account with an email address and log in, as clients of the messenger do."""
    login = await actions.register(accounts, data, visit(accounts, request, is_lasting=data.lasting is not False))
    return logged_in(accounts, finished(login), 200, is_new=True, is_by_cookie=data.cookies)


@get("/instance/registration-mode", opt=PUBLIC)
async def registration_mode(accounts: Injected[Accounts], request: Request[Any, Any, Any]) -> RegistrationMode:
    """Who may register on this instance."""
    mode = await queries.registration_mode(accounts.database)
    return RegistrationMode(mode, await actions.needs_setup_code(accounts, is_local=is_local(request)) or UNSET)


@get("/instance", opt=PUBLIC)
async def get_instance(
    passkeys: Injected[Passkeys],
    files: Injected[Files],
    request: Request[Any, Any, Any],
) -> Instance:
    """The name of this instance, who may register, whether it has to be set up, and which files can be sent."""
    return await instance(passkeys, files.limits.rules, is_local=is_local(request))


@patch("/instance", opt=ADMINISTRATION)
async def change_instance(
    accounts: Injected[Accounts],
    passkeys: Injected[Passkeys],
    files: Injected[Files],
    viewer: CurrentViewer,
    data: JSONBody[InstanceChange],
    request: Request[Any, Any, Any],
) -> Instance:
    """For administrators: name the instance, and say who may register."""
    check_admin(viewer)
    await change(accounts.database, data, viewer.user_id)
    return await instance(passkeys, files.limits.rules, is_local=is_local(request))


ROUTES = [register, sign_up, registration_mode, get_instance, change_instance]
