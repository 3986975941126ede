"""Put together what one process has counted, and what is known of the instance as a whole."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, get_args

from coterie import __version__
from coterie.database.pool import LimitedPool, pool_of
from coterie.documents.texts import Texts
from coterie.http.uvicorn_limits import stalled
from coterie.metrics import database, machine
from coterie.metrics.families import Family, counter, gauge, histogram
from coterie.process.tallies import Counted, DatabaseTally, JobTally, LiveTally, RequestTally, longest
from coterie.security_events.failures import Failures
from coterie.security_events.models import SecurityEventType
from coterie.services.making import Services
from coterie.settings.record import Settings
from coterie.space.disks import Disk, disks
from coterie.space.space import Space

DISK_PATIENCE_SECONDS: Final = 2.0
KINDS: Final = ("gateway", "stream")
ENDINGS: Final = ("session_ended", "silent", "too_slow", "unavailable")
RESUMES: Final = [
    *(("gateway", outcome) for outcome in ("current", "replayed", "reset", "gone")),
    *(("stream", outcome) for outcome in ("replayed", "reset")),
]


def of_process(services: Services, requests: RequestTally) -> list[Family]:
    """What this process has counted."""
    return [
        gauge("coterie_info", "1, with the version that runs.", {(__version__,): 1}, "version"),
        *_requests(requests),
        *_pool(pool_of(services.database)),
        *_queries(pool_of(services.database).tally),
        *_writers(services.writers),
        *_documents(services.documents.texts),
        *_live(services.hub.tally),
        *_bus(services),
        *_backups_made(services),
        *_attempts(services.jobs.tally),
        _security(services.failures),
        *_space(services.space),
        *machine.process(),
    ]


@dataclass(frozen=True, slots=True)
class Backup:
    """The newest of the daily backups; its time is in seconds since 1970."""

    made_at: float
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Shared:
    """Figures about disks, which are the same whichever process reports them."""

    disks: dict[str, Disk]
    backup: Backup | None


async def shared(services: Services) -> Shared:
    """Figures about disks, without those that do not answer soon, as a disk of another machine may."""
    figures = await services.postgres.figures()
    place = figures.data_directory if figures else None
    try:
        async with asyncio.timeout(DISK_PATIENCE_SECONDS):
            return await asyncio.to_thread(_look, services.settings, place)
    except (TimeoutError, OSError):
        return Shared({}, None)


async def of_instance(services: Services) -> list[Family]:
    """Figures that are the same whichever process reports them: PostgreSQL, this machine, the backups."""
    found = await shared(services)
    return [
        *await database.families(services.postgres),
        *await database.queues(services.database, services.consumers),
        *machine.families(found.disks),
        *_backup(found.backup),
    ]


def _look(settings: Settings, data_directory: str | None) -> Shared:
    return Shared(disks(settings, data_directory), _newest_backup(settings))


def _space(space: Space) -> Iterator[Family]:
    full = {(place,): float(place in space.full) for place in ("files", "database")}
    yield gauge(
        "coterie_space_full", "1 if the place has too little free space, and writes are refused.", full, "place"
    )


def _newest_backup(settings: Settings) -> Backup | None:
    from coterie.backup.schedule import made_at  # only if there are any, as in `running.py`

    made = made_at(Path(settings.backup_directory)) if settings.backup_directory else {}
    if not made:
        return None
    path = max(made, key=lambda each: made[each])
    return Backup(made[path].timestamp(), path.stat().st_size)


def _requests(tally: RequestTally) -> Iterator[Family]:
    labels = ("route", "method", "status")
    yield counter("coterie_requests", "HTTP requests that were answered.", tally.answered, *labels)
    about = "Seconds until the answer to a request began."
    yield histogram("coterie_request_seconds", about, tally.seconds, "route", "method")
    yield gauge("coterie_requests_in_progress", "Requests that are being answered.", tally.in_progress)


def _pool(pool: LimitedPool) -> Iterator[Family]:
    yield gauge("coterie_pool_limit", "The limit of this process's database connections.", pool.get_max_size())
    yield gauge("coterie_pool_size", "Database connections that are open.", pool.get_size())
    yield gauge("coterie_pool_in_use", "Database connections in use.", pool.in_use)
    yield gauge("coterie_pool_waiting", "Tasks that wait for a database connection.", pool.waiting)
    yield histogram("coterie_pool_wait_seconds", "Seconds waited for a database connection.", {(): pool.tally.waits})
    yield counter("coterie_pool_timeouts", "Waits for a database connection that timed out.", pool.refused)
    failed = pool.tally.failed_connections
    yield counter("coterie_pool_connection_failures", "Database connections that failed.", failed)


def _queries(tally: DatabaseTally) -> Iterator[Family]:
    yield histogram("coterie_query_seconds", "Seconds that statements took.", {(): tally.seconds})
    yield counter("coterie_query_errors", "Statements that failed.", _by_one(tally.failed), "error")
    total = tally.slow.total()
    yield counter("coterie_slow_queries", "Statements that took longer than COTERIE_SLOW_QUERY_MS.", total)
    about = "The same by the function that holds the statement."
    yield counter("coterie_slow_queries_by_name", about, _by_one(tally.slow), "query")


def _writers(writers: Mapping[str, Counted]) -> Iterator[Family]:
    yield histogram(
        "coterie_writer_batch_size",
        "Writes that were stored in one commit.",
        {(name,): writer.tally.batches for name, writer in writers.items()},
        "writer",
    )
    waiting = {(name,): writer.waiting for name, writer in writers.items()}
    yield gauge("coterie_writer_queue", "Writes that wait for their commit.", waiting, "writer")
    refused = {(name,): writer.tally.refused for name, writer in writers.items()}
    yield counter("coterie_writer_refused", "Writes refused because the database was unavailable.", refused, "writer")
    retried = {(name,): writer.tally.retried for name, writer in writers.items()}
    yield counter("coterie_writer_retries", "Batches that were retried.", retried, "writer")


def _documents(texts: Texts) -> Iterator[Family]:
    about = "Approximate memory of the document texts that are loaded."
    yield gauge("coterie_document_memory_bytes", about, texts.weight)


def _live(tally: LiveTally) -> Iterator[Family]:
    delivered = {("log",): tally.delivered, ("fleeting",): tally.transient}
    yield counter("coterie_deliveries", "Events delivered to subscribers.", delivered, "kind")
    kinds = Counter(queue.kind for queue in tally.queues)
    waiting: Counter[str] = Counter()
    for queue in tally.queues:
        waiting[queue.kind] += queue.waiting
    yield gauge("coterie_subscribers", "Live connections.", {(kind,): kinds[kind] for kind in KINDS}, "kind")
    events = {(kind,): waiting[kind] for kind in KINDS}
    yield gauge("coterie_subscriber_queue_events", "Events that wait to be sent.", events, "kind")
    most = {(kind,): longest(tally.queues, kind) for kind in KINDS}
    yield gauge("coterie_subscriber_queue_longest", "Events in the longest subscriber's queue.", most, "kind")
    ended = {(reason,): tally.ended[reason] for reason in ENDINGS}
    yield counter("coterie_subscribers_ended", "Live connections that the server ended.", ended, "reason")
    yield counter("coterie_subscribers_behind", "Streams that went on from the log.", tally.fell_behind)
    about = "Connections of any kind that were cut off because they took nothing for 30 seconds."
    yield counter("coterie_connections_stalled", about, stalled())
    resumed = {key: tally.resumed[key] for key in RESUMES}
    yield counter("coterie_resumes", "Topics that were resumed.", resumed, "door", "outcome")


def _bus(services: Services) -> Iterator[Family]:
    tally = services.hub.tally
    yield gauge("coterie_sockets", "Open sockets and streams of people who are present.", services.presence.connections)
    yield gauge("coterie_bus_connected", "1 while the bus is heard.", float(services.bus.is_connected))
    yield counter("coterie_bus_notifications", "Notifications received.", tally.received)
    yield counter("coterie_bus_losses", "Losses of the connection to the bus.", tally.lost)
    yield counter("coterie_log_pages", "Pages of the log read because the bus did not carry all.", tally.healed)
    if (lag := services.echo.lag) is not None:
        yield gauge("coterie_bus_lag_seconds", "Seconds from sending over the bus to receiving.", lag)
    about = "By how much the event loop was late at most since the last scrape."
    yield gauge("coterie_loop_lateness_seconds", about, services.echo.take_lateness())


def _backups_made(services: Services) -> Iterator[Family]:
    tally = services.backups
    outcomes = {("made",): tally.made, ("failed",): tally.failed}
    yield counter("coterie_backups", "Daily backups that this process made, or failed to make.", outcomes, "outcome")


def _attempts(tally: JobTally) -> Iterator[Family]:
    about = "Attempts to do background jobs; those that are lost were taken over by another process."
    yield counter("coterie_job_attempts", about, tally.attempts, "kind", "outcome")
    yield histogram("coterie_job_seconds", "Seconds that attempts took.", tally.seconds, "kind")


def _security(failures: Failures) -> Family:
    types = get_args(SecurityEventType)
    counted = {(type,): failures.tally[type] for type in types if not type.startswith("admin.")}
    return counter("coterie_security_events", "Security events over the network.", counted, "type")


def _backup(newest: Backup | None) -> list[Family]:
    if newest is None:
        return []
    return [
        gauge("coterie_backup_timestamp_seconds", "When the newest daily backup was made.", newest.made_at),
        gauge("coterie_backup_size_bytes", "Its size.", newest.size_bytes),
    ]


def _by_one(counts: Counter[str]) -> dict[tuple[str, ...], float]:
    return {(name,): count for name, count in counts.items()}
