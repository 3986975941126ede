"""The routes of passkeys. Only people have some, and only their sessions can change them."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, patch, post
from litestar.params import FromPath, JSONBody

from coterie.accounts.cookies import logged_in, visit
from coterie.accounts.limits import PASSWORDS
from coterie.accounts.models import Login, PasswordProof
from coterie.http.injection import ACCOUNT, LOGIN, PEOPLE_ONLY, SPARING, CurrentViewer, Injected, counted
from coterie.passkeys import actions, queries
from coterie.passkeys.actions import Passkeys
from coterie.passkeys.challenges import LOGIN as FOR_LOGIN
from coterie.passkeys.models import Passkey, PasskeyChange, PasskeyCreation, PasskeyLogin, PasskeyOptions


@get("/auth/passkeys", opt=PEOPLE_ONLY | ACCOUNT)
async def listing(passkeys: Injected[Passkeys], viewer: CurrentViewer) -> list[Passkey]:
    """Your passkeys, the oldest first."""
    return await queries.passkeys(passkeys.database, viewer.user_id)


@post("/auth/passkeys/options", opt=PEOPLE_ONLY | ACCOUNT | counted(PASSWORDS) | SPARING, status_code=200)
async def begin(passkeys: Injected[Passkeys], viewer: CurrentViewer, data: JSONBody[PasswordProof]) -> PasskeyOptions:
    """What `navigator.credentials.create` needs to make a passkey."""
    return PasskeyOptions(await actions.begin(passkeys, viewer, data.current_password))


@post("/auth/passkeys", opt=PEOPLE_ONLY | ACCOUNT)
async def add(passkeys: Injected[Passkeys], viewer: CurrentViewer, data: JSONBody[PasskeyCreation]) -> Passkey:
    """Keep the passkey that the browser has made: it logs in from now on."""
    return await actions.add(passkeys, viewer, data)


@patch("/auth/passkeys/{passkey_id:str}", opt=PEOPLE_ONLY | ACCOUNT)
async def rename(
    passkeys: Injected[Passkeys], viewer: CurrentViewer, passkey_id: FromPath[UUID], data: JSONBody[PasskeyChange]
) -> Passkey:
    """Give a passkey another name."""
    return await actions.rename(passkeys, viewer, passkey_id, data.name)


@post(
    "/auth/passkeys/{passkey_id:str}/remove",
    opt=PEOPLE_ONLY | ACCOUNT | counted(PASSWORDS) | SPARING,
    status_code=204,
)
async def remove(
    passkeys: Injected[Passkeys], viewer: CurrentViewer, passkey_id: FromPath[UUID], data: JSONBody[PasswordProof]
) -> None:
    """Remove a passkey: it logs in no more."""
    await actions.remove(passkeys, viewer, passkey_id, data.current_password)


@post("/auth/passkey-login/options", opt=LOGIN | SPARING, status_code=200)
async def login_options(passkeys: Injected[Passkeys]) -> PasskeyOptions:
    """What `navigator.credentials.get` needs to log in. The device offers the accounts that it has passkeys of."""
    return PasskeyOptions(passkeys.relying_party.login_options(passkeys.challenges.make(FOR_LOGIN)))


@post("/auth/passkey-login", opt=LOGIN | SPARING, status_code=200)
async def log_in(
    passkeys: Injected[Passkeys], data: JSONBody[PasskeyLogin], request: Request[Any, Any, Any]
) -> Response[Login]:
    """Log in with what the browser has signed. No second factor is asked for: the device has verified the user."""
    accounts = passkeys.accounts
    found = await actions.log_in(
        passkeys, data.credential, visit(accounts, request, is_lasting=data.lasting is not False)
    )
    accounts.authentication.forget(found.user.id)  # the oldest session may have ended
    return logged_in(accounts, found, 200, is_new=True, is_by_cookie=data.cookies)


ROUTES = [listing, begin, add, rename, remove, login_options, log_in]
