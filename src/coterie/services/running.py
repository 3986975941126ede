"""Runs the services of one server process: starts them, does their work, and stops them in the opposite order."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Final

from coterie.accounts.expiry import EXPIRY_SECONDS, KEEP_SECONDS, end_expired, keep
from coterie.database.recurring import Recurring
from coterie.database.trouble import TROUBLE
from coterie.departures.actions import DEPARTURE, RESUME_SECONDS
from coterie.documents import cursors
from coterie.documents.actions import ANNOUNCE_SECONDS
from coterie.feature import Feature
from coterie.files.sweeping import SWEEP_SECONDS, sweep_all
from coterie.http.shared_limits import SWEEP_SECONDS as LIMITS_SECONDS
from coterie.jobs.attempt import JobRun, in_transaction
from coterie.jobs.models import Repeated
from coterie.log.echo import SECONDS as ECHO_SECONDS
from coterie.log.opening import open_both
from coterie.row_lifetimes.ending import repeated as ending_lives
from coterie.second_factor.actions import seal_again
from coterie.security_events.failures import FLUSH_SECONDS
from coterie.services.making import Services, made
from coterie.settings.record import Settings

FLUSH_AT_STOP_SECONDS: Final = 0.5


@asynccontextmanager
async def running(settings: Settings, features: Sequence[Feature]) -> AsyncIterator[Services]:
    """The services of a process, from opening the pool to stopping the last of them."""
    services = await made(settings, features, *await open_both(settings))
    await _start(services)
    try:
        async with AsyncExitStack() as stack:
            for name, open in ((name, open) for each in features for name, open in each.services.items()):
                services.opened[name] = await stack.enter_async_context(open(services))
            for kind, run in _jobs(services, features):
                services.jobs.add(kind, run)
            for repeated in _repeats(services, features):
                services.jobs.repeat(repeated)
            for consumer in (each for feature in features for each in feature.consumers(services)):
                services.consumers.add(consumer)
            stack.push_async_callback(services.jobs.stop)
            await services.consumers.start()
            await services.jobs.start()
            for work in _works(services, features):
                work.start()
                stack.push_async_callback(work.stop)
            yield services
    finally:
        await _stop(services)


async def _start(services: Services) -> None:
    await seal_again(services.database, services.second_factors.step.sealing)
    await services.bus.start(services.hub)
    services.echo.start()
    await services.presence.start()
    await services.usage.start()
    await services.voice.start()


def _works(services: Services, features: Sequence[Feature]) -> list[Recurring]:
    """What every process repeats about its own memory or machine."""
    return [
        Recurring("sessions.keeping", partial(_keep_sessions, services), KEEP_SECONDS),
        Recurring("security.flush", partial(services.failures.flush, services.database), FLUSH_SECONDS, is_soon=False),
        Recurring("files.sweep", partial(sweep_all, services.files), SWEEP_SECONDS, is_soon=False),
        Recurring("documents.announce", services.documents.announce, ANNOUNCE_SECONDS, is_soon=False),
        Recurring("documents.cursors", services.cursors.repeat, cursors.REPEAT_SECONDS, is_soon=False),
        Recurring("documents.dead_cursors", services.cursors.drop_dead, cursors.CHECK_SECONDS, is_soon=False),
        services.space.recurring,
        Recurring("metrics.echo", services.echo.send, ECHO_SECONDS),
        *(work for feature in features for work in feature.works(services)),
        *_backups(services),
    ]


def _jobs(services: Services, features: Sequence[Feature]) -> list[JobRun]:
    """Jobs that any process does."""
    departure = JobRun(DEPARTURE, in_transaction(services.departures.step))
    return [departure, *(job for feature in features for job in feature.jobs(services))]


def _repeats(services: Services, features: Sequence[Feature]) -> list[Repeated]:
    """What is repeated for the whole instance: whatever is due is found in the tables, by one process at a time."""
    row_lifetimes = [life for feature in features for life in feature.row_lifetimes]
    return [
        Repeated("sessions.expiry", partial(end_expired, services.database), EXPIRY_SECONDS),
        Repeated("limits.sweep", services.shared_limits.sweep, LIMITS_SECONDS, is_soon=False),
        Repeated("departures", services.departures.resume, RESUME_SECONDS),
        ending_lives(services.database, services.settings, row_lifetimes),
        *(repeated for feature in features for repeated in feature.repeats(services)),
    ]


async def _keep_sessions(services: Services) -> None:
    """Extend the sessions of the open sockets and streams."""
    await keep(services.database, services.accounts.lifetimes, {each.session_id for each in services.hub.tally.queues})


def _backups(services: Services) -> list[Recurring]:
    """If the operator has set a directory for backups."""
    if not services.settings.backup_directory:
        return []
    from coterie.backup.schedule import LOOK_SECONDS, Schedule

    return [Recurring("backup", Schedule(services.settings, services.backups).work, LOOK_SECONDS)]


async def _stop(services: Services) -> None:
    with contextlib.suppress(*TROUBLE):
        async with asyncio.timeout(FLUSH_AT_STOP_SECONDS):
            await services.failures.flush(services.database)
    await services.exports.stop()
    await services.messages.close()
    await services.documents.close()
    await services.usage.stop()
    await services.voice.stop()
    await services.presence.stop()
    await services.echo.stop()
    await services.bus.stop()
    services.hub.stop()
    services.accounts.passwords.close()
    services.files.pictures.close()
    services.database.terminate()
