"""The statements about files: what is in the storage, for whom, and until when."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from coterie.database.connection import Connection
from coterie.files.models import NewAttachment, StoredFile


async def lock_account(connection: Connection, user_id: UUID) -> None:
    """Let the account's other uploads wait until this transaction has counted."""
    await connection.execute("SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE", user_id)


async def kept_bytes(connection: Connection, user_id: UUID) -> int:
    """What an account keeps, uploads under way included, but not what is only waiting to be removed."""
    value: int = await connection.fetchval(
        """
        SELECT coalesce(sum(size), 0)::bigint FROM files
        WHERE owner_id = $1
          AND (keep_until > now() OR num_nonnulls(attachment_id, avatar_of, icon_of, emoji_id) > 0)
        """,
        user_id,
    )
    return value


async def announce(
    connection: Connection, file_id: UUID, owner_id: UUID | None, size: int, keep_until: datetime
) -> None:
    """Note an object that is about to be written."""
    await connection.execute(
        "INSERT INTO files (id, owner_id, size, keep_until) VALUES ($1, $2, $3, $4)",
        file_id,
        owner_id,
        size,
        keep_until,
    )


async def set_size(connection: Connection, file_id: UUID, size: int) -> None:
    await connection.execute("UPDATE files SET size = $2 WHERE id = $1", file_id, size)


async def give_up(connection: Connection, files: Sequence[UUID]) -> None:
    """Let those of the files that nothing refers to be removed now."""
    await connection.execute(
        """
        UPDATE files SET keep_until = now()
        WHERE id = ANY($1) AND attachment_id IS NULL AND avatar_of IS NULL AND icon_of IS NULL AND emoji_id IS NULL
        """,
        files,
    )


async def unused(connection: Connection, limit: int) -> list[UUID]:
    """Files to remove, those longest due first, claimed for this transaction; others' claims are passed over."""
    rows = await connection.fetch(
        """
        SELECT id FROM files
        WHERE attachment_id IS NULL AND avatar_of IS NULL AND icon_of IS NULL AND emoji_id IS NULL
          AND keep_until <= now()
        ORDER BY keep_until LIMIT $1 FOR UPDATE SKIP LOCKED
        """,
        limit,
    )
    return [row["id"] for row in rows]


async def forget(connection: Connection, files: Sequence[UUID]) -> None:
    await connection.execute("DELETE FROM files WHERE id = ANY($1)", files)


async def postpone(connection: Connection, files: Sequence[UUID], until: datetime) -> None:
    """Try to remove these again later."""
    await connection.execute("UPDATE files SET keep_until = $2 WHERE id = ANY($1)", files, until)


async def count_attachments(connection: Connection, message_id: UUID) -> int:
    value: int = await connection.fetchval("SELECT count(*) FROM attachments WHERE message_id = $1", message_id)
    return value


async def attach(connection: Connection, attachments: Sequence[NewAttachment]) -> int:
    """Give a message files whose upload still stands; answers how many did."""
    rows = await connection.fetch(
        """
        WITH given AS (
            SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::text[],
                                 $7::int[], $8::int[], $9::int[], $10::text[], $11::timestamptz[])
                AS given (id, message_id, filename, stored_as, file_size, mime_type,
                          width, height, thumbnail_size, placeholder, created_at)
        ), kept AS (
            UPDATE files SET attachment_id = id, keep_until = now()
            WHERE id = ANY($1) AND keep_until > now() RETURNING id
        )
        INSERT INTO attachments (id, message_id, filename, stored_as, file_size, mime_type,
                                 width, height, thumbnail_size, placeholder, created_at)
        SELECT given.id, message_id, filename, stored_as, file_size, mime_type,
               width, height, thumbnail_size, placeholder, created_at
        FROM given JOIN kept ON kept.id = given.id
        RETURNING id
        """,
        *zip(*(each.row for each in attachments), strict=True),
    )
    return len(rows)


async def become_avatar(connection: Connection, user_id: UUID, file_id: UUID) -> bool:
    """Make a file whose upload still stands the account's picture; answers whether it did."""
    found = await connection.fetchval(
        "UPDATE files SET avatar_of = $1, keep_until = now() WHERE id = $2 AND keep_until > now() RETURNING TRUE",
        user_id,
        file_id,
    )
    return bool(found)


async def release_avatar(connection: Connection, user_id: UUID, *, unless: str | None = None) -> None:
    """Let the account's picture be removed, unless that address still names it."""
    await connection.execute(
        "UPDATE files SET avatar_of = NULL WHERE avatar_of = $1 AND '/api/pictures/' || id IS DISTINCT FROM $2",
        user_id,
        unless,
    )


async def become_icon(connection: Connection, server_id: UUID, file_id: UUID) -> bool:
    """Make a file whose upload still stands the server's picture; answers whether it did."""
    found = await connection.fetchval(
        "UPDATE files SET icon_of = $1, keep_until = now() WHERE id = $2 AND keep_until > now() RETURNING TRUE",
        server_id,
        file_id,
    )
    return bool(found)


async def release_icon(connection: Connection, server_id: UUID, *, unless: str | None = None) -> None:
    """Let the server's picture be removed, unless that address still names it."""
    await connection.execute(
        "UPDATE files SET icon_of = NULL WHERE icon_of = $1 AND '/api/pictures/' || id IS DISTINCT FROM $2",
        server_id,
        unless,
    )


async def become_emoji(connection: Connection, file_id: UUID) -> bool:
    """Make a file whose upload still stands the emoji of the same id; answers whether it did."""
    found = await connection.fetchval(
        "UPDATE files SET emoji_id = id, keep_until = now() WHERE id = $1 AND keep_until > now() RETURNING TRUE",
        file_id,
    )
    return bool(found)


async def portrait_size(connection: Connection, file_id: UUID) -> int | None:
    """The bytes of an account's or a server's picture."""
    value: int | None = await connection.fetchval(
        "SELECT size FROM files WHERE id = $1 AND (avatar_of IS NOT NULL OR icon_of IS NOT NULL)", file_id
    )
    return value


async def stored_file(connection: Connection, message_id: UUID, stored_as: str) -> tuple[StoredFile, UUID] | None:
    """A message's file by the last part of its address, and the channel that decides who may see it."""
    row = await connection.fetchrow(
        """
        SELECT attachments.id, filename, file_size, mime_type, thumbnail_size, channel_id
        FROM attachments JOIN messages ON messages.id = attachments.message_id
        WHERE message_id = $1 AND stored_as = $2 AND deleted_at IS NULL
        """,
        message_id,
        stored_as,
    )
    if row is None:
        return None
    values = dict(row)
    channel_id: UUID = values.pop("channel_id")
    return StoredFile(**values), channel_id
