"""The routes with which users delete their own account. Only their sessions can do so."""

from litestar import delete, post
from litestar.params import JSONBody

from coterie.account_deletion import actions
from coterie.account_deletion.models import DeletionRequest
from coterie.accounts.actions import Accounts
from coterie.accounts.limits import PASSWORDS
from coterie.accounts.models import User
from coterie.http.injection import ACCOUNT, PEOPLE_ONLY, SPARING, CurrentViewer, Injected, counted


@post("/users/@me/deletion", opt=PEOPLE_ONLY | ACCOUNT | counted(PASSWORDS) | SPARING)
async def request(accounts: Injected[Accounts], viewer: CurrentViewer, data: JSONBody[DeletionRequest]) -> User:
    """Delete your account in 14 days, with your messages or without. Until then you can keep it after all.

    Hand over or delete the servers that you own before: the error lists them as `servers`.
    """
    return await actions.request(accounts, viewer, data)


@delete("/users/@me/deletion", opt=PEOPLE_ONLY | ACCOUNT)
async def cancel(accounts: Injected[Accounts], viewer: CurrentViewer) -> None:
    """Keep your account, which you had asked to delete."""
    await actions.cancel(accounts.database, viewer)


ROUTES = [request, cancel]
