"""Whether one user may write to another: the one rule for opening, adding, sending, reacting and calling.

Blocks apply in both directions. Neither side learns who blocked whom, nor whether it was a block at all: every refusal
is the same. Friends may always write to each other; everyone else as far as the recipient allows it.
"""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from coterie import errors
from coterie.database.connection import Connection
from coterie.errors import CoterieError

CONTACTS: Final = """
    LEFT JOIN LATERAL (
        SELECT state FROM contacts
        WHERE contacts.user_id = pair.recipient_id AND contacts.contact_user_id = pair.sender_id LIMIT 1
    ) AS theirs ON TRUE
    LEFT JOIN LATERAL (
        SELECT state FROM contacts
        WHERE contacts.user_id = pair.sender_id AND contacts.contact_user_id = pair.recipient_id LIMIT 1
    ) AS own ON TRUE
    LEFT JOIN LATERAL (
        SELECT direct_messages_from AS circle FROM users WHERE users.id = pair.recipient_id LIMIT 1
    ) AS lets ON TRUE
    LEFT JOIN LATERAL (
        SELECT TRUE AS is_there FROM server_members AS mine
        JOIN server_members AS yours ON yours.server_id = mine.server_id AND yours.user_id = pair.recipient_id
        WHERE mine.user_id = pair.sender_id AND lets.circle = 'servers' LIMIT 1
    ) AS shared_server ON TRUE
"""
"""The joins that `MAY_MESSAGE` needs, for each `pair` of a sender and a recipient in a larger statement."""

MAY_MESSAGE: Final = """
    own.state IS DISTINCT FROM 'blocked' AND theirs.state IS DISTINCT FROM 'blocked' AND (
        theirs.state = 'friend' OR lets.circle IS NULL OR lets.circle = 'everyone' OR shared_server.is_there IS TRUE
    ) IS TRUE
"""
"""The condition on `CONTACTS`; a deleted account refuses nobody."""


async def check_may_message(connection: Connection, sender: UUID, recipients: Collection[UUID]) -> None:
    """Raises NOT_FOUND if a recipient has no account, and CANNOT_MESSAGE if the sender may not write to one."""
    rows = await connection.fetch(
        f"""
        SELECT {MAY_MESSAGE} AS may_message
        FROM (
            SELECT $1::uuid AS sender_id, id AS recipient_id FROM users WHERE id = ANY($2) AND disabled_at IS NULL
        ) AS pair {CONTACTS}
        """,
        sender,
        recipients,
    )
    if len(rows) < len(set(recipients)):
        raise CoterieError(errors.NOT_FOUND, "This account doesn't exist.")
    if not all(row["may_message"] for row in rows):
        raise CoterieError(errors.CANNOT_MESSAGE)
