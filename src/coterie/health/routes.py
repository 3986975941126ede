"""Whether this process lives, and whether it can serve. Outside of logins and limits, for supervisors and proxies."""

import asyncio
from typing import Any

from litestar import Response, get
from litestar.openapi.datastructures import ResponseSpec

from coterie.database.trouble import TROUBLE
from coterie.guards import UNLIMITED, Here

DATABASE_SECONDS = 5.0


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
    error = None
    try:
        async with asyncio.timeout(DATABASE_SECONDS):
            await services.database.fetchval("SELECT 1")
    except TROUBLE as failure:
        error = type(failure).__name__
    check = {"ok": error is None} | ({"error": error} if error else {})
    body = {"ready": error is None, "checks": {"database": check}}
    return Response(body, status_code=503 if error else 200)


ROUTES = [live, ready]
