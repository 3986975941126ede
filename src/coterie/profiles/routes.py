"""Your own account, and how accounts appear to others."""

from uuid import UUID

from litestar import get, patch, post
from litestar.params import FromPath, JSONBody

from coterie import errors
from coterie.accounts.access import existing
from coterie.accounts.actions import RESET_LIFETIME, Accounts
from coterie.accounts.limits import PASSWORDS
from coterie.accounts.models import (
    Acknowledgement,
    EmailChange,
    EmailState,
    MailedToken,
    ProfileChange,
    PublicProfile,
    ResetToken,
    User,
)
from coterie.errors import CoterieError
from coterie.http.injection import ACCOUNT, LOGIN, PEOPLE_ONLY, SPARING, CurrentViewer, Injected, counted
from coterie.profiles import actions, addresses, queries
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
    """Set another email address, or none. The password is asked for again, since the address logs in, too.

    If the instance sends mail, the address is set once the link that is sent there is opened.
    """
    return await addresses.change_email(accounts, viewer, data)


@get("/auth/email", opt=PEOPLE_ONLY | ACCOUNT)
async def email_state(accounts: Injected[Accounts], viewer: CurrentViewer) -> EmailState:
    """Your email address, whether it is verified, and one that waits for it."""
    return await addresses.state(accounts, viewer)


@post("/auth/email/verification", opt=PEOPLE_ONLY | ACCOUNT, status_code=204)
async def send_again(accounts: Injected[Accounts], viewer: CurrentViewer) -> None:
    """Send another link to the address that is not verified yet. The former link is invalid."""
    await addresses.send_again(accounts, viewer)


@post("/auth/verify-email", opt=LOGIN | SPARING, status_code=200)
async def verify_email(accounts: Injected[Accounts], data: JSONBody[MailedToken]) -> Acknowledgement:
    """Verify an address with the token of a link. The account has it from now on."""
    await addresses.verify(accounts, data.token)
    return Acknowledgement("Your email address is verified.")


@post("/auth/revert-email", opt=LOGIN | SPARING, status_code=200)
async def revert_email(accounts: Injected[Accounts], data: JSONBody[MailedToken]) -> ResetToken:
    """For the owner of a former address: bring it back, and end every login. Returns a token for a new password."""
    return ResetToken(
        message="Your address is back, and every login has ended.",
        token=await addresses.revert(accounts, data.token),
        expires_in_seconds=int(RESET_LIFETIME.total_seconds()),
        note="Set a new password with the token. It can be used only once.",
    )


ROUTES = [me, edit_profile, profile, change_email, email_state, send_again, verify_email, revert_email]
