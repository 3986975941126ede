"""Whether this process lives, and whether it can serve. Outside of logins and limits, for supervisors and proxies."""

import asyncio
import time
from typing import Any, Literal

from litestar import Response, get
from litestar.openapi.datastructures import ResponseSpec
from msgspec import Struct

from coterie import __version__
from coterie.database.trouble import TROUBLE
from coterie.guards import UNLIMITED, Here
from coterie.services import Services

DATABASE_SECONDS = 5.0


class DatabaseHealth(Struct, frozen=True):
    """Whether the database answers, and after how many milliseconds it did."""

    status: Literal["ok", "unavailable", "timeout"]
    latency_ms: float


class ConnectionCounts(Struct, frozen=True):
    websocket: int


class Health(Struct, frozen=True):
    """This process in a few figures; `degraded` without its database."""

    status: Literal["ok", "degraded"]
    service: str
    version: str
    uptime_secs: int
    database: DatabaseHealth
    connections: ConnectionCounts


@get("/health", opt=UNLIMITED, responses={503: ResponseSpec(Health, generate_examples=False, description="Degraded.")})
async def summary(services: Here) -> Response[Health]:
    """How this process does."""
    database = await _database(services)
    is_well = database.status == "ok"
    health = Health(
        status="ok" if is_well else "degraded",
        service="coterie",
        version=__version__,
        uptime_secs=int(time.monotonic() - services.started_at),
        database=database,
        connections=ConnectionCounts(websocket=services.presence.connections),
    )
    return Response(health, status_code=200 if is_well else 503)


@get("/health/live", opt=UNLIMITED)
async def live() -> dict[str, bool]:
    """The process runs."""
    return {"alive": True}


@get(
    "/health/ready",
    opt=UNLIMITED,
    responses={503: ResponseSpec(dict[str, Any], generate_examples=False, description="It cannot serve.")},
)
async def ready(services: Here) -> Response[dict[str, Any]]:
    """The process can serve: its database answers within 5 seconds."""
    error = await _trouble(services)
    check = {"ok": error is None} | ({"error": error} if error else {})
    body = {"ready": error is None, "checks": {"database": check}}
    return Response(body, status_code=503 if error else 200)


async def _trouble(services: Services) -> str | None:
    """The kind of trouble that the database is in."""
    try:
        async with asyncio.timeout(DATABASE_SECONDS):
            await services.database.fetchval("SELECT 1")
    except TROUBLE as failure:
        return type(failure).__name__
    return None


async def _database(services: Services) -> DatabaseHealth:
    began = time.perf_counter()
    trouble = await _trouble(services)
    latency_ms = round((time.perf_counter() - began) * 1000, 2)
    if trouble is None:
        return DatabaseHealth("ok", latency_ms)
    return DatabaseHealth("timeout" if trouble == "TimeoutError" else "unavailable", latency_ms)


ROUTES = [summary, live, ready]
