"""Your own account, and how accounts appear to others."""

from uuid import UUID

from litestar import get, patch, post
from litestar.params import FromPath, JSONBody

from coterie import errors
from coterie.accounts.access import existing
from coterie.accounts.actions import Accounts
from coterie.accounts.limits import PASSWORDS
from coterie.accounts.models import (
    EmailChange,
    ProfileChange,
    PublicProfile,
    User,
)
from coterie.errors import CoterieError
from coterie.http.injection import ACCOUNT, CurrentViewer, Injected, counted
from coterie.profiles import actions, queries
from coterie.profiles.limits import PROFILE


@get("/users/@me")
async def me(accounts: Injected[Accounts], viewer: CurrentViewer) -> User:
    """Your account."""
    return await existing(accounts.database, viewer.user_id)


@patch("/users/@me", opt=counted(PROFILE))
async def edit_profile(accounts: Injected[Accounts], viewer: CurrentViewer, data: JSONBody[ProfileChange]) -> User:
    """Change your profile."""
    return await actions.edit(accounts.database, viewer.user_id, data)


@get("/users/{user_id:str}")
async def profile(accounts: Injected[Accounts], viewer: CurrentViewer, user_id: FromPath[UUID]) -> PublicProfile:
    """The public profile of an account."""
    found = await queries.public_profile(accounts.database, user_id, viewer.user_id)
    if found is None:
        raise CoterieError(errors.NOT_FOUND)
    return found


@post("/auth/change-email", opt=ACCOUNT | counted(PASSWORDS), status_code=200)
async def change_email(accounts: Injected[Accounts], viewer: CurrentViewer, data: JSONBody[EmailChange]) -> User:
    """Set another email address, or none. The password is asked for again, since the address logs in, too."""
    return await actions.change_email(accounts, viewer, data)


ROUTES = [me, edit_profile, profile, change_email]
