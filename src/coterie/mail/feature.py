"""What this package declares of itself."""

from typing import Final

from coterie.feature import Core, Feature, RowLifetime, declared
from coterie.jobs.attempt import JobRun
from coterie.mail import row_lifetimes
from coterie.mail.outbox import outbox_of


def _jobs(core: Core) -> list[JobRun]:
    """Without mail, what an earlier start has left in the outbox waits."""
    outbox = outbox_of(core.settings)
    return [outbox.sending(core.database)] if outbox else []


FEATURE: Final = Feature(name="mail", row_lifetimes=declared(row_lifetimes, RowLifetime), jobs=_jobs)
