"""Forgets removed keys: the log keeps for a while that a key was removed, for clients that still have its value.

Afterwards the topic's floor rises to where the key was removed, in the transaction that removes the row. A client that
resumes from below it has a gap, and gets a snapshot or a reset that is marked as one, as after a restored backup.
"""

from datetime import datetime, timedelta
from typing import Final

from coterie.database.connection import Connection

KEPT: Final = timedelta(days=90)
"""How long a client can be away and still resume: removed keys and clients' own versions are kept for this time."""


async def forget_removals(connection: Connection, before: datetime, limit: int) -> int:
    """Delete the oldest removals from before a moment, and count them.

    The locks of the topics are taken in the order of `append`. A key that is written again meanwhile is kept: its row
    is looked at again once its lock is granted.
    """
    rows = await connection.fetch(
        """
        WITH old AS MATERIALIZED (
            SELECT topic_id, max(position) AS position FROM (
                SELECT topic_id, position FROM changes
                WHERE is_removal AND changed_at < $1 ORDER BY changed_at LIMIT $2
            ) AS oldest GROUP BY topic_id
        ), locked AS MATERIALIZED (
            SELECT id FROM topics WHERE id = ANY(ARRAY(SELECT topic_id FROM old)) ORDER BY id FOR UPDATE
        ), raised AS (
            UPDATE topics SET floor = greatest(floor, old.position)
            FROM old JOIN locked ON locked.id = old.topic_id
            WHERE topics.id = old.topic_id AND topics.id = ANY(ARRAY(SELECT id FROM locked))
        )
        DELETE FROM changes USING old JOIN locked ON locked.id = old.topic_id
        WHERE changes.topic_id = old.topic_id AND changes.position <= old.position AND changes.is_removal
            AND changes.changed_at < $1 AND changes.topic_id = ANY(ARRAY(SELECT id FROM locked))
        RETURNING changes.topic_id
        """,
        before,
        limit,
    )
    return len(rows)
