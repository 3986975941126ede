"""Hold back the removal of files: a backup may need hours to copy those that its database snapshot names."""

from typing import Final

from coterie.database.connection import OneConnection

LOCK: Final = 0x636F746572696533
"""An advisory lock: shared by those who remove files, exclusive for a backup."""


async def may_remove(connection: OneConnection) -> bool:
    """Whether files may be removed until the end of this transaction; a backup waits for that end."""
    granted: bool = await connection.fetchval("SELECT pg_try_advisory_xact_lock_shared($1)", LOCK)
    return granted
