"""Opening a direct conversation: two people have exactly one, however many open it at the same time.

Whoever opens one holds the topics of both people until commit, so that one finds what the other has made; the unique
index over the pair says the same once more.
"""

from datetime import UTC, datetime
from uuid import UUID

from coterie import errors
from coterie.conversations import queries
from coterie.conversations.models import Participation, SharedConversation
from coterie.database.connection import Connection
from coterie.errors import CoterieError
from coterie.identifiers import new_id
from coterie.log.append import Change, append, lock


async def open_direct(connection: Connection, one: UUID, other: UUID, *also: Change) -> tuple[UUID, bool]:
    """The direct conversation of two people, found or made inside the caller's transaction, and whether it was made.

    A caller who needs topics locked besides has held both accounts before (`queries.hold`), and then locked all topics
    together with both people's. `also` are changes that the transaction makes besides; they are in the log even if the
    conversation was found. Whether the one may write to the other is the caller's to judge. Raises NOT_YOURSELF.
    """
    if one == other:
        raise CoterieError(errors.NOT_YOURSELF)
    low, high = sorted((one, other))
    await queries.hold(connection, [low, high])
    await lock(connection, [low, high])
    found = await queries.direct(connection, low, high)
    if found is not None:
        if also:
            await append(connection, *also)
        return found, False
    now = datetime.now(UTC)
    made = SharedConversation(new_id(), True, None, None, None, now)
    await queries.insert(connection, made, [low, high])
    await append(connection, *await beginning(connection, made, [low, high]), *also)
    return made.id, True


async def beginning(connection: Connection, made: SharedConversation, people: list[UUID]) -> list[Change]:
    """What the log says of a new conversation: itself, who is in it, and to each of them that they are."""
    participants = {each.user_id: each for each in await queries.participants(connection, made.id)}
    own = Participation(made.id, made.is_direct, made.created_at)
    return [
        Change(made.id, "conversation", "CONVERSATION_UPDATE", made),
        *(Change(made.id, f"participants/{user}", "PARTICIPANT_ADD", participants[user]) for user in people),
        *(Change(user, f"conversations/{made.id}", "DM_CHANNEL_CREATE", own) for user in people),
    ]
