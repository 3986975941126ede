"""The routes of second factors. Only people have one, and only their sessions can change it."""

from litestar import get, post
from litestar.params import JSONBody

from coterie.accounts.limits import PASSWORDS
from coterie.accounts.models import PasswordProof
from coterie.http.injection import ACCOUNT, PEOPLE_ONLY, SPARING, CurrentViewer, Injected, counted
from coterie.second_factor import actions
from coterie.second_factor.actions import SecondFactors
from coterie.second_factor.models import CodeAnswer, RecoveryCodes, SecondFactor, SecondFactorSetup


@get("/auth/second-factor", opt=PEOPLE_ONLY | ACCOUNT)
async def state(second_factors: Injected[SecondFactors], viewer: CurrentViewer) -> SecondFactor:
    """Whether your account demands a second factor, and how many recovery codes are left."""
    return await actions.state(second_factors, viewer)


@post("/auth/second-factor", opt=PEOPLE_ONLY | ACCOUNT | counted(PASSWORDS))
async def begin(
    second_factors: Injected[SecondFactors], viewer: CurrentViewer, data: JSONBody[PasswordProof]
) -> SecondFactorSetup:
    """Make the key for an authenticator app. Nothing is demanded until it is confirmed."""
    return await actions.begin(second_factors, viewer, data.current_password)


@post("/auth/second-factor/confirm", opt=PEOPLE_ONLY | ACCOUNT, status_code=200)
async def confirm(
    second_factors: Injected[SecondFactors], viewer: CurrentViewer, data: JSONBody[CodeAnswer]
) -> RecoveryCodes:
    """Confirm the key with a code of the app: logging in demands one from now on. Returns ten recovery codes."""
    return await actions.confirm(second_factors, viewer, data.code)


@post("/auth/second-factor/recovery-codes", opt=PEOPLE_ONLY | ACCOUNT | counted(PASSWORDS))
async def renew_codes(
    second_factors: Injected[SecondFactors], viewer: CurrentViewer, data: JSONBody[PasswordProof]
) -> RecoveryCodes:
    """Make ten new recovery codes. The former ones are invalid."""
    return await actions.renew_codes(second_factors, viewer, data.current_password)


@post("/auth/second-factor/remove", opt=PEOPLE_ONLY | ACCOUNT | counted(PASSWORDS) | SPARING, status_code=204)
async def remove(second_factors: Injected[SecondFactors], viewer: CurrentViewer, data: JSONBody[PasswordProof]) -> None:
    """Remove the second factor with its recovery codes: the password alone logs in again."""
    await actions.remove(second_factors, viewer, data.current_password)


ROUTES = [state, begin, confirm, renew_codes, remove]
