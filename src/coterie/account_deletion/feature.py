"""What this package declares of itself."""

from functools import partial
from typing import Final

from coterie.account_deletion.actions import LOOK_SECONDS, delete_due
from coterie.account_deletion.routes import ROUTES
from coterie.feature import Core, Feature
from coterie.jobs.models import Repeated


def _repeats(core: Core) -> list[Repeated]:
    return [Repeated("account_deletion", partial(delete_due, core.database), LOOK_SECONDS)]


FEATURE: Final = Feature(name="account_deletion", routes=ROUTES, repeats=_repeats)
