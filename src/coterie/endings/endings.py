"""What else ends with a channel, a server, a membership or a participation, in the same transaction.

The caller has locked all topics concerned (`coterie.notifications.queries.holders` returns those of the people whose
levels end), and appends the result to the log. Foreign keys remove the rows that no client is notified of.
"""

from dataclasses import dataclass
from uuid import UUID

from coterie.database.connection import Connection
from coterie.documents import changes as documents
from coterie.log.append import Change
from coterie.notifications import endings as notifications
from coterie.voice import calls
from coterie.voice import changes as voice


@dataclass(frozen=True, slots=True)
class Ended:
    """The changes to append: those that come `before` the end itself, and those that come `after` it."""

    before: list[Change]
    after: list[Change]


async def with_channel(connection: Connection, channel_id: UUID) -> Ended:
    """Voice states before; notification levels and documents after."""
    return Ended(
        before=await voice.empty_channel(connection, channel_id),
        after=[
            *await notifications.end_place(connection, channel_id),
            *await documents.all_gone(connection, channel_id),
        ],
    )


async def with_server(connection: Connection, server_id: UUID) -> Ended:
    """Only notification levels: users who are no longer in a server need nothing else of it."""
    return Ended(before=[], after=await notifications.end_server(connection, server_id))


async def with_membership(connection: Connection, server_id: UUID, user_id: UUID) -> Ended:
    """The member's voice state before; their notification levels in the server after."""
    return Ended(
        before=await voice.leave_topic(connection, server_id, user_id),
        after=await notifications.leave_server(connection, server_id, user_id),
    )


async def with_participation(connection: Connection, conversation_id: UUID, user_id: UUID) -> Ended:
    """The participant's voice state before, and that a call rings them; their notification level after."""
    return Ended(
        before=[
            *await voice.leave_topic(connection, conversation_id, user_id),
            *await calls.withdrawn(connection, conversation_id, user_id),
        ],
        after=await notifications.leave_place(connection, conversation_id, user_id),
    )
