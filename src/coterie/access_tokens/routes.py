"""The route of access tokens. They are listed and ended as the sessions that they are."""

from litestar import post
from litestar.params import JSONBody

from coterie.access_tokens import actions
from coterie.access_tokens.models import AccessTokenCreation, NewAccessToken
from coterie.accounts.actions import Accounts
from coterie.accounts.limits import PASSWORDS
from coterie.http.injection import ACCOUNT, PEOPLE_ONLY, SPARING, CurrentViewer, Injected, counted


@post("/auth/access-tokens", opt=PEOPLE_ONLY | ACCOUNT | counted(PASSWORDS) | SPARING)
async def create(
    accounts: Injected[Accounts], viewer: CurrentViewer, data: JSONBody[AccessTokenCreation]
) -> NewAccessToken:
    """Make an access token for a program. No later answer contains it; `GET /auth/sessions` lists its session."""
    return await actions.create(accounts, viewer, data)


ROUTES = [create]
