"""What this package declares of itself."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from coterie.email_notifications.actions import EmailChoices
from coterie.email_notifications.deciding import DECIDING
from coterie.email_notifications.routes import ROUTES
from coterie.email_notifications.sending import MISSED, MissedMail
from coterie.email_notifications.unsubscribing import Unsubscribing
from coterie.feature import Core, Feature
from coterie.jobs.attempt import JobRun
from coterie.jobs.consumers import Consumer
from coterie.mail.outbox import outbox_of


@asynccontextmanager
async def _opened(core: Core) -> AsyncIterator[EmailChoices]:
    yield EmailChoices(core.settings, core.database)


def _consumers(core: Core) -> list[Consumer]:
    return [DECIDING] if core.settings.has_mail else []


def _jobs(core: Core) -> list[JobRun]:
    settings, outbox = core.settings, outbox_of(core.settings)
    if outbox is None:
        return []
    mail = MissedMail(core.context, outbox, Unsubscribing(settings), settings.public_url)
    return [JobRun(MISSED, mail.send)]


FEATURE: Final = Feature(
    name="email_notifications",
    routes=ROUTES,
    services={"email_notifications": _opened},
    consumers=_consumers,
    jobs=_jobs,
)
