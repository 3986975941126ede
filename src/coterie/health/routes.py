"""Whether this process lives, and whether it can serve. Outside of logins and limits, for supervisors and proxies.

Strangers get no more than that; the version and figures about sockets, the pool, the bus, the disks and the backups are
for those who may see the metrics (`coterie.metrics.access`). The database is asked once a second, for all.
"""

import time
from datetime import UTC, datetime
from typing import Any, Literal, cast

from litestar import Request, Response, get
from litestar.openapi.datastructures import ResponseSpec
from msgspec import Struct

from coterie import __version__
from coterie.database.pool import pool_of
from coterie.http.asgi import Scope
from coterie.http.injection import ADMINISTRATION, UNLIMITED, CurrentViewer, Injected
from coterie.http.viewers import check_admin
from coterie.metrics.access import may_look_inside
from coterie.metrics.collecting import Shared, shared
from coterie.services.making import Services
from coterie.space.disks import Disk


class DatabaseHealth(Struct, frozen=True):
    """Whether the database answers, and after how many milliseconds."""

    status: Literal["ok", "unavailable", "timeout"]
    latency_ms: float


class ConnectionCounts(Struct, frozen=True):
    websocket: int | None


class PoolHealth(Struct, frozen=True):
    """Database connections of this process: open, in use, allowed; and how many tasks are waiting for one."""

    size: int
    in_use: int
    limit: int
    waiting: int


class BusHealth(Struct, frozen=True):
    """Whether this process receives bus messages, and their latency in milliseconds; null before it was measured."""

    connected: bool
    lag_ms: float | None


class BackupHealth(Struct, frozen=True):
    """The newest of the daily backups."""

    made_at: datetime
    size_bytes: int


class Health(Struct, frozen=True):
    """Key figures of this process; `degraded` without its database or its bus.

    `full` names the places, of `disks`, for which writes are refused; what is there can be read and deleted. For
    strangers, `version`, the count of sockets, `pool` and the fields after it are null; `last_backup` also if there is
    none.
    """

    status: Literal["ok", "degraded"]
    service: str
    version: str | None
    uptime_secs: int
    database: DatabaseHealth
    connections: ConnectionCounts
    pool: PoolHealth | None = None
    bus: BusHealth | None = None
    disks: dict[str, Disk] | None = None
    full: list[str] | None = None
    last_backup: BackupHealth | None = None


@get("/health", opt=UNLIMITED, responses={503: ResponseSpec(Health, generate_examples=False, description="Degraded.")})
async def summary(request: Request[Any, Any, Any], services: Injected[Services]) -> Response[Health]:
    """How this process does."""
    database = await _database(services)
    is_well = database.status == "ok" and services.bus.is_connected
    is_insider = may_look_inside(services.settings, cast("Scope", request.scope))
    health = Health(
        status="ok" if is_well else "degraded",
        service="coterie",
        version=__version__ if is_insider else None,
        uptime_secs=int(time.monotonic() - services.started_at),
        database=database,
        connections=ConnectionCounts(websocket=services.presence.connections if is_insider else None),
        **(_inside(services, await shared(services)) if is_insider else {}),
    )
    return Response(health, status_code=200 if is_well else 503)


@get("/health/live", opt=UNLIMITED)
async def live() -> dict[str, bool]:
    """The process runs."""
    return {"alive": True}


@get(
    "/health/ready",
    opt=UNLIMITED,
    responses={
        503: ResponseSpec(dict[str, Any], generate_examples=False, description="The instance cannot serve requests.")
    },
)
async def ready(services: Injected[Services]) -> Response[dict[str, Any]]:
    """The process can serve: its database answers within 5 seconds."""
    error = (await services.reachability.check()).trouble
    check = {"ok": error is None} | ({"error": error} if error else {})
    body = {"ready": error is None, "checks": {"database": check}}
    return Response(body, status_code=503 if error else 200)


class QueueHealth(Struct, frozen=True):
    """A writer of this process: how many writes wait for their commit."""

    name: str
    waiting: int


class LogHealth(Struct, frozen=True):
    """The history that positions count in, and how far PostgreSQL has written its own log.

    `schema_version` is the number of the newest migration.
    """

    epoch: str
    begun_at: datetime
    written_to: str
    schema_version: int


class AdminHealth(Struct, frozen=True):
    """Key figures of this process and its database, for administrators of the instance.

    `log` and `database_bytes` are null if PostgreSQL does not answer in time. With `backups_expected` there are
    daily backups.
    """

    status: Literal["ok", "degraded"]
    version: str
    uptime_secs: int
    log: LogHealth | None
    database: DatabaseHealth
    database_bytes: int | None
    connections: ConnectionCounts
    pool: PoolHealth
    bus: BusHealth
    queues: list[QueueHealth]
    disks: dict[str, Disk]
    full: list[str]
    last_backup: BackupHealth | None
    backups_expected: bool


@get("/admin/health", opt=ADMINISTRATION)
async def inside(services: Injected[Services], viewer: CurrentViewer) -> AdminHealth:
    """For administrators: how this process and its database do, which is not told to strangers."""
    check_admin(viewer)
    database, figures = await _database(services), await services.postgres.figures()
    is_well = database.status == "ok" and services.bus.is_connected
    return AdminHealth(
        status="ok" if is_well else "degraded",
        version=__version__,
        uptime_secs=int(time.monotonic() - services.started_at),
        log=await _log(services) if database.status == "ok" else None,
        database=database,
        database_bytes=figures.size if figures else None,
        connections=ConnectionCounts(services.presence.connections),
        queues=[QueueHealth(name, writer.waiting) for name, writer in services.writers.items()],
        backups_expected=bool(services.settings.backup_directory),
        **_inside(services, await shared(services)),
    )


async def _log(services: Services) -> LogHealth | None:
    row = await services.database.fetchrow(
        """
        SELECT name AS epoch, begun_at, pg_current_wal_lsn()::text AS written_to,
               (SELECT max(version) FROM schema_migrations) AS schema_version
        FROM epochs ORDER BY number DESC LIMIT 1
        """
    )
    return LogHealth(**row) if row else None


def _inside(services: Services, found: Shared) -> dict[str, Any]:
    """What strangers do not see."""
    pool, lag = pool_of(services.database), services.echo.lag
    backup = found.backup
    return {
        "pool": PoolHealth(
            size=pool.get_size(),
            in_use=pool.in_use,
            limit=pool.get_max_size(),
            waiting=pool.waiting,
        ),
        "bus": BusHealth(services.bus.is_connected, None if lag is None else round(lag * 1000, 2)),
        "disks": found.disks,
        "full": sorted(services.space.full),
        "last_backup": backup and BackupHealth(datetime.fromtimestamp(backup.made_at, UTC), backup.size_bytes),
    }


async def _database(services: Services) -> DatabaseHealth:
    trouble, seconds = await services.reachability.check()
    latency_ms = round(seconds * 1000, 2)
    if trouble is None:
        return DatabaseHealth("ok", latency_ms)
    return DatabaseHealth("timeout" if trouble == "TimeoutError" else "unavailable", latency_ms)


ROUTES = [summary, live, ready]

ADMIN_ROUTES = [inside]
