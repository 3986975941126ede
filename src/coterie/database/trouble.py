"""What can go wrong with the database that is nobody's fault here, and may be over soon."""

from typing import Final

import asyncpg
import structlog


class PoolExhaustedError(TimeoutError):
    """Every connection was in use for as long as one may wait for it."""


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
"""Worth another try: it cannot be reached, restarts, is full, read-only or busy, or took back a transaction."""

TROUBLE: Final = (OSError, TimeoutError, asyncpg.InterfaceError, asyncpg.InternalClientError, asyncpg.PostgresError)
"""Anything at all that a database can come up with."""


def report(log: structlog.stdlib.BoundLogger, event: str, error: Exception, **fields: object) -> None:
    """Log why a task failed that goes on whatever happens; where the database is not to blame, with the place."""
    log.warning(event, reason=type(error).__name__, exc_info=not isinstance(error, TROUBLE), **fields)
