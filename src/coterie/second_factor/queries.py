"""The SQL statements for second factors."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from coterie.database.connection import Connection
from coterie.second_factor.models import SecondFactor
from coterie.settings.sealing import Sealed


class StoredFactor(NamedTuple):
    """The key of an account's app, encrypted, and the last period whose code was used."""

    sealed_secret: bytes
    sealed_with: str
    used_period: int
    enabled_at: datetime | None

    @property
    def sealed(self) -> Sealed:
        return Sealed(self.sealed_secret, self.sealed_with)


async def begin(connection: Connection, user_id: UUID, sealed: Sealed) -> bool:
    """Store a key that is not confirmed yet, in place of another such one; False if the account has a confirmed one."""
    found = await connection.fetchval(
        """
        INSERT INTO second_factors (user_id, sealed_secret, sealed_with) VALUES ($1, $2, $3)
        ON CONFLICT (user_id) DO UPDATE SET sealed_secret = excluded.sealed_secret, sealed_with = excluded.sealed_with
        WHERE second_factors.enabled_at IS NULL
        RETURNING TRUE
        """,
        user_id,
        *sealed,
    )
    return bool(found)


async def find(connection: Connection, user_id: UUID) -> StoredFactor | None:
    row = await connection.fetchrow(
        "SELECT sealed_secret, sealed_with, used_period, enabled_at FROM second_factors WHERE user_id = $1", user_id
    )
    return StoredFactor(**row) if row else None


async def is_enabled(connection: Connection, user_id: UUID) -> bool:
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM second_factors WHERE user_id = $1 AND enabled_at IS NOT NULL)", user_id
    )
    return found


async def enable(connection: Connection, user_id: UUID, now: datetime) -> None:
    await connection.execute("UPDATE second_factors SET enabled_at = $2 WHERE user_id = $1", user_id, now)


async def use_period(connection: Connection, user_id: UUID, period: int) -> bool:
    """Use up the code of a period and of those before it; False if it was used meanwhile."""
    found = await connection.fetchval(
        "UPDATE second_factors SET used_period = $2 WHERE user_id = $1 AND used_period < $2 RETURNING TRUE",
        user_id,
        period,
    )
    return bool(found)


async def state(connection: Connection, user_id: UUID) -> SecondFactor:
    row = await connection.fetchrow(
        """
        SELECT max(enabled_at) AS enabled_at,
               count(recovery_codes.digest) FILTER (WHERE used_at IS NULL) AS left,
               count(used_at) AS used
        FROM second_factors LEFT JOIN recovery_codes USING (user_id) WHERE user_id = $1
        """,
        user_id,
    )
    assert row is not None, "it counts"
    return SecondFactor(row["enabled_at"] is not None, row["enabled_at"], row["left"], row["used"])


async def replace_codes(connection: Connection, user_id: UUID, digests: Sequence[bytes]) -> None:
    """Store recovery codes in place of all former ones."""
    await connection.execute("DELETE FROM recovery_codes WHERE user_id = $1", user_id)
    await connection.execute(
        "INSERT INTO recovery_codes (user_id, digest) SELECT $1, unnest($2::bytea[])", user_id, digests
    )


async def use_code(connection: Connection, user_id: UUID, digest: bytes) -> bool:
    """Use up a recovery code; False if there is none, or it was used."""
    found = await connection.fetchval(
        """
        UPDATE recovery_codes SET used_at = now() WHERE user_id = $1 AND digest = $2 AND used_at IS NULL
        RETURNING TRUE
        """,
        user_id,
        digest,
    )
    return bool(found)


async def remove(connection: Connection, user_id: UUID) -> bool:
    """Remove an account's second factor, confirmed or not, with its recovery codes; False if it has none."""
    found = await connection.fetchval("DELETE FROM second_factors WHERE user_id = $1 RETURNING TRUE", user_id)
    return bool(found)


async def sealed_otherwise(connection: Connection, current: str, after: UUID, limit: int) -> dict[UUID, Sealed]:
    """Keys that are encrypted with another key than this, by their accounts after an id."""
    rows = await connection.fetch(
        """
        SELECT user_id, sealed_secret, sealed_with FROM second_factors
        WHERE sealed_with <> $1 AND user_id > $2 ORDER BY user_id LIMIT $3
        """,
        current,
        after,
        limit,
    )
    return {row["user_id"]: Sealed(row["sealed_secret"], row["sealed_with"]) for row in rows}


async def reseal(connection: Connection, user_id: UUID, before: Sealed, sealed: Sealed) -> None:
    await connection.execute(
        """
        UPDATE second_factors SET sealed_secret = $2, sealed_with = $3 WHERE user_id = $1 AND sealed_secret = $4
        """,
        user_id,
        *sealed,
        before.sealed_secret,
    )
