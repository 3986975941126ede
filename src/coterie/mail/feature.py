"""What this package declares of itself."""

from typing import Final

from coterie.feature import Core, Feature, Life, declared
from coterie.jobs.attempt import JobRun
from coterie.mail import lives
from coterie.mail.outbox import outbox_of


def _jobs(core: Core) -> list[JobRun]:
    """Without mail, what an earlier start has left in the outbox waits."""
    outbox = outbox_of(core.settings)
    return [outbox.sending(core.database)] if outbox else []


FEATURE: Final = Feature(name="mail", lives=declared(lives, Life), jobs=_jobs)
