"""SQL statements about who voted."""

from uuid import UUID

from coterie.database.connection import Connection
from coterie.polls.models import Voter


async def voters(connection: Connection, poll_id: UUID, number: int, after: UUID | None, limit: int) -> list[Voter]:
    """The users who voted for the option of this number, ordered by id, after one of them."""
    rows = await connection.fetch(
        """
        SELECT user_id, username, display_name, avatar_url, poll_votes.created_at
        FROM poll_votes JOIN users ON users.id = user_id
        WHERE message_id = $1 AND option = $2 AND user_id > $3 ORDER BY user_id LIMIT $4
        """,
        poll_id,
        number,
        after or UUID(int=0),
        limit,
    )
    return [Voter(**row) for row in rows]
