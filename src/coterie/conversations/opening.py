"""Opens direct conversations: two users have exactly one, even if both open it at the same time.

Opening one locks the topics of both users until commit, so that a concurrent call finds the conversation; the unique
index on the pair guarantees it a second time.
"""

from datetime import UTC, datetime
from uuid import UUID

from coterie import errors
from coterie.accounts.queries import hold
from coterie.conversations import queries
from coterie.conversations.models import Participation, SharedConversation
from coterie.database.connection import Connection
from coterie.errors import CoterieError
from coterie.identifiers import new_id
from coterie.log.append import Change, append, lock


async def open_direct(connection: Connection, one: UUID, other: UUID, *also: Change) -> tuple[UUID, bool]:
    """The direct conversation of two users, found or created in the caller's transaction, and whether it is new.

    A caller that needs other topics locked too must first lock both accounts (`queries.hold`), and then all topics
    together with those of both users. `also` are other changes of the transaction; they are logged even if the
    conversation existed. The caller checks whether the users can message each other. Raises NOT_YOURSELF.
    """
    if one == other:
        raise CoterieError(errors.NOT_YOURSELF)
    low, high = sorted((one, other))
    await hold(connection, [low, high])
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
    """The log's changes for a new conversation: itself, its participants, and an entry for each of them."""
    participants = {each.user_id: each for each in await queries.participants(connection, made.id)}
    own = Participation(made.id, made.is_direct, made.created_at)
    return [
        Change(made.id, "conversation", "CONVERSATION_UPDATE", made),
        *(Change(made.id, f"participants/{user}", "PARTICIPANT_ADD", participants[user]) for user in people),
        *(Change(user, f"conversations/{made.id}", "DM_CHANNEL_CREATE", own) for user in people),
    ]
