"""Rate limits that hold over all processes, for what could be a guess: at a password, a token, an invite code.

They are counted in PostgreSQL, which these rare requests need anyway; without it, they are answered as every request
that needs it. What this process alone would refuse is refused without asking the database, so a flood costs nothing.
"""

import hmac
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from coterie import errors
from coterie.database.connection import Connection, Database
from coterie.database.forgetting import forget_old
from coterie.errors import CoterieError
from coterie.http.rate_limits import (
    GUESSES,
    LOGIN,
    LOGIN_NETWORK,
    MAILS,
    Limit,
    Limiters,
    Rate,
    network_of,
    site_of,
    widened,
)
from coterie.settings.derived_keys import derived_key

PURPOSE: Final = "rate limits"
SWEEP_SECONDS: Final = 60.0

Bucket = tuple[Limit, str]
"""A limit, and what is counted against it."""


class SharedLimits:
    """The limits of this database; none applies while they are off."""

    def __init__(self, database: Database, secret: str, *, is_on: bool, is_development: bool = False) -> None:
        self._database: Final = database
        self._derived: Final = derived_key(secret, PURPOSE)
        self._is_on: Final = is_on
        self._is_development: Final = is_development
        self._here: Final = Limiters(is_development=is_development)

    async def login(self, host: str) -> None:
        """Count a request that could be a guess against its address, and against the network around it."""
        await self._take((LOGIN, site_of(host)), (LOGIN_NETWORK, network_of(host)))

    async def action(self, limit: Limit, user_id: UUID) -> None:
        """Count something that an account does, and whose limit is shared."""
        await self._take((limit, str(user_id)))

    async def guess(self, key: str) -> None:
        """Count a password as wrong, before it is checked."""
        await self._take((GUESSES, key))

    async def mail(self, email: str) -> None:
        """Count a link that is sent to an address."""
        await self._take((MAILS, email.lower()))

    async def forgive(self, key: str) -> None:
        """The password was right: uncount it."""
        if self._is_on:
            self._here[GUESSES].give_back(key)
            await give_back(self._database, self._key(GUESSES, key), self._rate(GUESSES).pause)

    async def sweep(self) -> None:
        """Forget the buckets that are full again."""
        await forget_old(self._database, forget_full, timedelta())

    async def _take(self, *buckets: Bucket) -> None:
        """Count one request in each bucket, or, if one of them is empty, in none: raises RATE_LIMITED."""
        if not self._is_on:
            return
        taken: list[Bucket] = []
        try:
            for limit, key in buckets:
                self._here[limit].check(key)
                taken.append((limit, key))
            await self._take_everywhere(buckets)
        except BaseException:
            for limit, key in taken:
                self._here[limit].give_back(key)
            raise

    async def _take_everywhere(self, buckets: tuple[Bucket, ...]) -> None:
        rates = [self._rate(limit) for limit, _ in buckets]
        keys = [self._key(limit, key) for limit, key in buckets]
        wait = await take(self._database, keys, [each.pause for each in rates], [each.tolerance for each in rates])
        if wait > 0:
            raise CoterieError(errors.RATE_LIMITED, retry_after=wait)

    def _rate(self, limit: Limit) -> Rate:
        return widened(limit.rate, is_development=self._is_development)

    def _key(self, limit: Limit, key: str) -> bytes:
        return hmac.digest(self._derived, f"{limit.name}:{key}".encode(), "sha256")


async def take(
    connection: Connection, keys: list[bytes], pauses: list[timedelta], tolerances: list[timedelta]
) -> float:
    """Count one request in each bucket if none is empty; returns how many seconds to wait otherwise.

    The generic cell rate algorithm of `rate_limits.Limiter`. A bucket that a concurrent request empties first is found
    empty under its row's lock; another one of the same request may then be counted all the same.
    """
    seconds: float = await connection.fetchval(
        """
        WITH asked AS (
            SELECT key, pause, tolerance, greatest(full_at, now()) + pause - tolerance AS free_at
            FROM unnest($1::bytea[], $2::interval[], $3::interval[]) AS asked (key, pause, tolerance)
            LEFT JOIN rate_limits USING (key)
        ),
        waiting AS (SELECT max(free_at) AS until FROM asked),
        taken AS (
            INSERT INTO rate_limits AS known (key, full_at)
            SELECT key, now() + pause FROM asked WHERE (SELECT until <= now() FROM waiting) ORDER BY key
            ON CONFLICT (key) DO UPDATE SET full_at = greatest(known.full_at, now()) + (excluded.full_at - now())
            WHERE greatest(known.full_at, now()) + (excluded.full_at - now())
                <= now() + (SELECT tolerance FROM asked WHERE asked.key = excluded.key)
            RETURNING key
        )
        SELECT CASE
            WHEN until > now() THEN extract(epoch FROM until - now())::float8
            WHEN (SELECT count(*) FROM taken) < cardinality($1) THEN 1
            ELSE 0
        END
        FROM waiting
        """,
        keys,
        pauses,
        tolerances,
    )
    return seconds


async def give_back(connection: Connection, key: bytes, pause: timedelta) -> None:
    """Uncount one request."""
    await connection.execute("UPDATE rate_limits SET full_at = full_at - $2::interval WHERE key = $1", key, pause)


async def forget_full(connection: Connection, before: datetime, limit: int) -> int:
    """Delete buckets that were full before a moment, and count them."""
    rows = await connection.fetch(
        """
        DELETE FROM rate_limits WHERE key = ANY(ARRAY(
            SELECT key FROM rate_limits WHERE full_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED
        )) RETURNING key
        """,
        before,
        limit,
    )
    return len(rows)
