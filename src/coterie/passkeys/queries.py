"""The SQL statements for passkeys."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from coterie.database.connection import Connection
from coterie.passkeys.ceremonies import NewKey
from coterie.passkeys.models import Passkey


class StoredKey(NamedTuple):
    """A passkey, and whether its account may log in."""

    id: UUID
    user_id: UUID
    public_key: bytes
    sign_count: int


async def passkeys(connection: Connection, user_id: UUID) -> list[Passkey]:
    """A user's passkeys, the oldest first."""
    rows = await connection.fetch(
        """
        SELECT id, name, is_synced, created_at, last_used_at FROM passkeys WHERE user_id = $1 ORDER BY created_at, id
        """,
        user_id,
    )
    return [Passkey(**row) for row in rows]


async def credential_ids(connection: Connection, user_id: UUID) -> list[bytes]:
    rows = await connection.fetch("SELECT credential_id FROM passkeys WHERE user_id = $1", user_id)
    return [row["credential_id"] for row in rows]


async def insert(connection: Connection, passkey: Passkey, user_id: UUID, key: NewKey) -> bool:
    """Store a passkey; False if there is one with this id."""
    found = await connection.fetchval(
        """
        INSERT INTO passkeys (id, user_id, credential_id, public_key, sign_count, name, is_synced, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (credential_id) DO NOTHING RETURNING TRUE
        """,
        passkey.id,
        user_id,
        key.credential_id,
        key.public_key,
        key.sign_count,
        passkey.name,
        passkey.is_synced,
        passkey.created_at,
    )
    return bool(found)


async def rename(connection: Connection, user_id: UUID, id: UUID, name: str) -> Passkey | None:
    row = await connection.fetchrow(
        """
        UPDATE passkeys SET name = $3 WHERE id = $2 AND user_id = $1
        RETURNING id, name, is_synced, created_at, last_used_at
        """,
        user_id,
        id,
        name,
    )
    return Passkey(**row) if row else None


async def delete(connection: Connection, user_id: UUID, id: UUID) -> bool:
    found = await connection.fetchval("DELETE FROM passkeys WHERE id = $2 AND user_id = $1 RETURNING TRUE", user_id, id)
    return bool(found)


async def delete_all(connection: Connection, user_id: UUID) -> bool:
    """Delete all passkeys of a user; False if there were none."""
    rows = await connection.fetch("DELETE FROM passkeys WHERE user_id = $1 RETURNING id", user_id)
    return bool(rows)


async def find(connection: Connection, credential_id: bytes) -> StoredKey | None:
    row = await connection.fetchrow(
        "SELECT id, user_id, public_key, sign_count FROM passkeys WHERE credential_id = $1", credential_id
    )
    return StoredKey(**row) if row else None


async def use(connection: Connection, key: StoredKey, sign_count: int) -> bool:
    """Note that a passkey was used; False if it is gone, or was used since it was read."""
    found = await connection.fetchval(
        "UPDATE passkeys SET sign_count = $3, last_used_at = now() WHERE id = $1 AND sign_count = $2 RETURNING TRUE",
        key.id,
        key.sign_count,
        sign_count,
    )
    return bool(found)


async def use_challenge(connection: Connection, digest: bytes) -> bool:
    """Use up a challenge; False if it was used before."""
    found = await connection.fetchval(
        "INSERT INTO used_challenges (digest) VALUES ($1) ON CONFLICT DO NOTHING RETURNING TRUE", digest
    )
    return bool(found)


async def forget_challenges(connection: Connection, before: datetime, limit: int) -> int:
    """Delete challenges that were used before a moment, and count them."""
    rows = await connection.fetch(
        """
        DELETE FROM used_challenges WHERE digest = ANY(ARRAY(
            SELECT digest FROM used_challenges WHERE created_at < $1 ORDER BY created_at LIMIT $2
        )) RETURNING digest
        """,
        before,
        limit,
    )
    return len(rows)
