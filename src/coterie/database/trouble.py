"""Database errors that are not caused by our code, and may be over soon."""

from typing import Final

import asyncpg
import structlog


class PoolExhaustedError(TimeoutError):
    """No connection became free within the time to wait for it."""


PASSING: Final = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a connection that ends in the middle of an answer
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
    asyncpg.ReadOnlySQLTransactionError,
)
"""Worth another try: the database is unreachable, restarting, full, read-only or busy, or aborted a transaction."""

TROUBLE: Final = (OSError, TimeoutError, asyncpg.InterfaceError, asyncpg.InternalClientError, asyncpg.PostgresError)
"""Every error that a database can cause."""


def report(log: structlog.stdlib.BoundLogger, event: str, error: Exception, **fields: object) -> None:
    """Log why a task failed that continues anyway; with the traceback if the database is not the cause."""
    log.warning(event, reason=type(error).__name__, exc_info=not isinstance(error, TROUBLE), **fields)
