"""Telling of changes after their commit, for a bus that PostgreSQL does not speak for.

With PostgreSQL's own bus a statement that changes something notifies by itself, and PostgreSQL tells it at the commit.
With another bus the same statement answers its notifications, and `announce` lets them go when the transaction is
committed: never before, and not at all when it was rolled back or its outcome stays unknown. Whoever is not told finds
the change in the log.
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
"""Hands one notification to the bus; never blocks."""


def notifies(connection: Connection) -> bool:
    """Whether statements notify by themselves here."""
    return getattr(connection, "publish", None) is None


def announce(connection: Connection, notifications: Iterable[str]) -> None:
    """Hand over what a statement answered instead of notifying; a pool's statement is committed already."""
    publish: Publish | None = getattr(connection, "publish", None)
    if publish is None:
        return
    if not isinstance(connection, asyncpg.Pool) and connection.is_in_transaction():
        publish = getattr(connection, "held").append  # noqa: B009 - the proxy of a pool's connection passes it on
    for notification in notifications:
        publish(notification)


class AnnouncingConnection(_Connection):
    """A connection whose transactions announce after their commit. `publish` is None where PostgreSQL does it."""

    __slots__ = ("held", "publish")

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.publish: Publish | None = None
        self.held: Final[list[str]] = []

    def transaction(self, **options: Any) -> Transaction:
        """As asyncpg's."""
        return _AnnouncingTransaction(self, **options)


class _AnnouncingTransaction(Transaction):
    """Keeps what was announced within until the outermost transaction is committed."""

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
        """A database that does not answer rolls back as well when it loses the connection."""
        try:
            async with asyncio.timeout(ROLLBACK_SECONDS):
                await super().__aexit__(extype, ex, tb)
        except TimeoutError:
            self._announcing.terminate()

    def _let_go(self) -> None:
        held, publish = list(self._announcing.held), self._announcing.publish
        self._announcing.held.clear()
        if publish is not None:
            for notification in held:
                publish(notification)
