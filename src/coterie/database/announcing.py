"""Publishes bus messages after their commit, for a bus other than PostgreSQL's.

With PostgreSQL's own bus, a statement that changes something notifies by itself, and PostgreSQL sends the message
at commit. With another bus the same statement returns its messages, and `announce` publishes them when the
transaction is committed: never before, and not at all if it was rolled back or its outcome is unknown. Processes that
miss a message find the change in the log.
"""

import asyncio
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

import asyncpg
from asyncpg.transaction import Transaction

from coterie.database.connection import Connection

if TYPE_CHECKING:
    _Connection = asyncpg.Connection[asyncpg.Record]
else:
    _Connection = asyncpg.Connection

ROLLBACK_SECONDS: Final = 5.0

Publish = Callable[[str], None]
"""Publishes one message on the bus; never blocks."""


def notifies(connection: Connection) -> bool:
    """Whether statements on this connection notify by themselves."""
    return getattr(connection, "publish", None) is None


def announce(connection: Connection, messages: Iterable[str]) -> None:
    """Publish what a statement returned instead of notifying; a statement run on the pool is already committed."""
    publish: Publish | None = getattr(connection, "publish", None)
    if publish is None:
        return
    if not isinstance(connection, asyncpg.Pool) and connection.is_in_transaction():
        publish = getattr(connection, "held").append  # noqa: B009 - the proxy of a pool's connection passes it on
    for message in messages:
        publish(message)


class AnnouncingConnection(_Connection):
    """A connection whose transactions publish after their commit. `publish` is None if PostgreSQL does it."""

    __slots__ = ("held", "publish")

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.publish: Publish | None = None
        self.held: Final[list[str]] = []

    def transaction(self, **options: Any) -> Transaction:
        """Like asyncpg's."""
        return _AnnouncingTransaction(self, **options)


class _AnnouncingTransaction(Transaction):
    """Keeps messages until the outermost transaction is committed."""

    def __init__(self, connection: AnnouncingConnection, **options: Any) -> None:
        super().__init__(
            connection, options.get("isolation"), options.get("readonly", False), options.get("deferrable", False)
        )
        self._announcing: Final = connection
        self._before = 0

    async def __aenter__(self) -> None:
        self._before = len(self._announcing.held)
        await super().__aenter__()

    async def __aexit__(self, extype: Any, ex: Any, tb: Any) -> None:
        is_done = False
        try:
            if extype is None:
                await super().__aexit__(extype, ex, tb)
            else:
                await self._roll_back(extype, ex, tb)
            is_done = extype is None
        finally:
            if not is_done:
                del self._announcing.held[self._before :]
        if is_done and not self._before and not self._announcing.is_in_transaction():
            self._let_go()

    async def _roll_back(self, extype: Any, ex: Any, tb: Any) -> None:
        """A database that does not respond also rolls back when it loses the connection."""
        try:
            async with asyncio.timeout(ROLLBACK_SECONDS):
                await super().__aexit__(extype, ex, tb)
        except TimeoutError:
            self._announcing.terminate()

    def _let_go(self) -> None:
        held, publish = list(self._announcing.held), self._announcing.publish
        self._announcing.held.clear()
        if publish is not None:
            for message in held:
                publish(message)
