"""What this package declares of itself."""

from typing import Final

from coterie.accounts import limits, row_lifetimes
from coterie.accounts.resetting import making_links
from coterie.accounts.routes import ROUTES
from coterie.feature import Core, Feature, RowLifetime, declared
from coterie.http.rate_limits import Limit
from coterie.jobs.attempt import JobRun
from coterie.mail.outbox import outbox_of


def _jobs(core: Core) -> list[JobRun]:
    outbox = outbox_of(core.settings)
    return [making_links(outbox)] if outbox else []


FEATURE: Final = Feature(
    name="accounts",
    routes=ROUTES,
    limits=declared(limits, Limit),
    row_lifetimes=declared(row_lifetimes, RowLifetime),
    jobs=_jobs,
)
