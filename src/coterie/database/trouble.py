"""What can go wrong with the database that is nobody's fault here, and may be over soon."""

from typing import Final

import asyncpg


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
"""Anything at all; for tasks that must go on whatever happens."""
