"""SQL statements for files: what is in the storage, for whom, and until when."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from coterie.database.columns import columns
from coterie.database.connection import Connection
from coterie.files.models import AttachmentRow, NewAttachment, StoredFile

ATTACHED: Final = columns(AttachmentRow)


async def lock_account(connection: Connection, user_id: UUID) -> None:
    """Make the account's other uploads wait until this transaction has checked the quota."""
    await connection.execute("SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE", user_id)


async def announce(
    connection: Connection, file_id: UUID, owner_id: UUID | None, size: int, keep_until: datetime
) -> None:
    """Record an object that is about to be written."""
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
    """Make those of the files that nothing refers to due for removal now."""
    await connection.execute(
        """
        UPDATE files SET keep_until = now()
        WHERE id = ANY($1) AND attachment_id IS NULL AND avatar_of IS NULL AND icon_of IS NULL AND emoji_id IS NULL
        """,
        files,
    )


async def unused(connection: Connection, limit: int) -> list[UUID]:
    """Files to remove, longest due first, locked for this transaction; files that others have locked are skipped."""
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
    """Try to remove these files again later."""
    await connection.execute("UPDATE files SET keep_until = $2 WHERE id = ANY($1)", files, until)


async def count_attachments(connection: Connection, message_id: UUID) -> int:
    value: int = await connection.fetchval("SELECT count(*) FROM attachments WHERE message_id = $1", message_id)
    return value


async def attached_by(connection: Connection, message_id: UUID, nonce: str) -> set[UUID]:
    """The files that an upload with this nonce has added to a message."""
    rows = await connection.fetch("SELECT id FROM attachments WHERE message_id = $1 AND nonce = $2", message_id, nonce)
    return {row["id"] for row in rows}


async def attach(connection: Connection, attachments: Sequence[NewAttachment]) -> int:
    """Give a message files whose upload has not expired; returns how many those are."""
    rows = await connection.fetch(
        f"""
        WITH kept AS (
            UPDATE files SET attachment_id = id, keep_until = now()
            WHERE id = ANY($1) AND keep_until > now() RETURNING id AS kept_id
        )
        INSERT INTO attachments ({ATTACHED.names})
        SELECT {ATTACHED.names} FROM {ATTACHED.given} JOIN kept ON kept_id = given.id
        RETURNING id
        """,
        *ATTACHED.arrays([each.row for each in attachments]),
    )
    return len(rows)


async def become_avatar(connection: Connection, user_id: UUID, file_id: UUID) -> bool:
    """Make a file the account's picture; False if its upload has expired."""
    found = await connection.fetchval(
        "UPDATE files SET avatar_of = $1, keep_until = now() WHERE id = $2 AND keep_until > now() RETURNING TRUE",
        user_id,
        file_id,
    )
    return bool(found)


async def release_avatar(connection: Connection, user_id: UUID, *, unless: str | None = None) -> None:
    """Let the account's picture be removed, unless it is still the one at the address `unless`."""
    await connection.execute(
        "UPDATE files SET avatar_of = NULL WHERE avatar_of = $1 AND '/api/pictures/' || id IS DISTINCT FROM $2",
        user_id,
        unless,
    )


async def become_icon(connection: Connection, server_id: UUID, file_id: UUID) -> bool:
    """Make a file the server's picture; False if its upload has expired."""
    found = await connection.fetchval(
        "UPDATE files SET icon_of = $1, keep_until = now() WHERE id = $2 AND keep_until > now() RETURNING TRUE",
        server_id,
        file_id,
    )
    return bool(found)


async def release_icon(connection: Connection, server_id: UUID, *, unless: str | None = None) -> None:
    """Let the server's picture be removed, unless it is still the one at the address `unless`."""
    await connection.execute(
        "UPDATE files SET icon_of = NULL WHERE icon_of = $1 AND '/api/pictures/' || id IS DISTINCT FROM $2",
        server_id,
        unless,
    )


async def become_emoji(connection: Connection, file_id: UUID) -> bool:
    """Make a file the emoji of the same id; False if its upload has expired."""
    found = await connection.fetchval(
        "UPDATE files SET emoji_id = id, keep_until = now() WHERE id = $1 AND keep_until > now() RETURNING TRUE",
        file_id,
    )
    return bool(found)


async def public_picture_size(connection: Connection, file_id: UUID) -> int | None:
    """The size in bytes of an account's or a server's picture."""
    value: int | None = await connection.fetchval(
        "SELECT size FROM files WHERE id = $1 AND (avatar_of IS NOT NULL OR icon_of IS NOT NULL)", file_id
    )
    return value


async def stored_file(connection: Connection, message_id: UUID, stored_as: str) -> tuple[StoredFile, UUID] | None:
    """A message's file by the last part of its address, and the channel that decides who can see it."""
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
