"""How many topics one account may follow: what each of its connections has to read and keep."""

from typing import Final
from uuid import UUID

from coterie import errors
from coterie.database.connection import Connection
from coterie.errors import CoterieError

TOPIC_LIMIT: Final = 5_000


async def check_topics(connection: Connection, user_id: UUID, server_id: UUID | None = None) -> None:
    """Whether an account may follow one topic more, or a server with all its channels; else TOO_MANY_TOPICS.

    Channels that the account may not view count as well, since they may be opened to it at any time.
    """
    count = await connection.fetchval(
        """
        SELECT (SELECT count(*) FROM server_members WHERE user_id = $1)
             + (SELECT count(*) FROM server_members JOIN channels USING (server_id) WHERE user_id = $1)
             + (SELECT count(*) FROM conversation_participants WHERE user_id = $1)
             + (SELECT count(*) FROM channels WHERE server_id = $2)
        """,
        user_id,
        server_id,
    )
    if count >= TOPIC_LIMIT:
        raise CoterieError(errors.TOO_MANY_TOPICS)
