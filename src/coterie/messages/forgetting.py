"""Forgets what messages leave behind: who they mentioned, and when members of slow channels last wrote."""

from datetime import datetime, timedelta
from typing import Final

from coterie.database.connection import Connection

MENTIONS_KEPT: Final = timedelta(days=365)
"""How long a mention is in the inbox and counts as unread; the message itself stays."""

TURNS_KEPT: Final = timedelta(days=1)
"""Longer than the slowest slow mode."""


async def forget_mentions(connection: Connection, before: datetime, limit: int) -> int:
    """Delete mentions from before a moment, and count them."""
    rows = await connection.fetch(
        """
        DELETE FROM mentions USING (
            SELECT channel_id, target_id, seq FROM mentions
            WHERE created_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED
        ) AS old
        WHERE mentions.channel_id = old.channel_id AND mentions.target_id = old.target_id AND mentions.seq = old.seq
        RETURNING mentions.seq
        """,
        before,
        limit,
    )
    return len(rows)


async def forget_turns(connection: Connection, before: datetime, limit: int) -> int:
    """Delete turns of slow channels from before a moment, and count them."""
    rows = await connection.fetch(
        """
        DELETE FROM slow_mode_sends AS turn USING (
            SELECT channel_id, user_id FROM slow_mode_sends WHERE sent_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED
        ) AS old
        WHERE turn.channel_id = old.channel_id AND turn.user_id = old.user_id RETURNING turn.user_id
        """,
        before,
        limit,
    )
    return len(rows)
