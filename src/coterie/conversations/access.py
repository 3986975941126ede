"""Loads conversations for their participants only."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from coterie import errors
from coterie.conversations import queries
from coterie.conversations.errors import NOT_A_GROUP, NOT_THE_GROUPS_OWNER
from coterie.conversations.models import Participant, SharedConversation
from coterie.database.connection import Connection
from coterie.errors import CoterieError
from coterie.log.append import lock
from coterie.permissions.cache import PermissionCache


@dataclass(frozen=True, slots=True)
class Group:
    """A conversation, and its participants in the order in which they joined."""

    conversation: SharedConversation
    people: list[Participant]

    @property
    def ids(self) -> list[UUID]:
        return [each.user_id for each in self.people]

    def person(self, user_id: UUID) -> Participant:
        return next(each for each in self.people if each.user_id == user_id)

    def check_owner(self, user_id: UUID) -> None:
        """Raises NOT_THE_GROUPS_OWNER."""
        if self.conversation.owner_id != user_id:
            raise CoterieError(NOT_THE_GROUPS_OWNER)


async def check_takes_part(
    permissions: PermissionCache, connection: Connection, conversation_id: UUID, user_id: UUID
) -> None:
    """Raises NOT_FOUND unless it is a conversation that the user takes part in."""
    authority = await permissions.in_channel(connection, conversation_id, user_id)
    if authority.place is None or authority.place.server_id is not None:
        raise CoterieError(errors.NOT_FOUND)


async def locked_group(
    connection: Connection, conversation_id: UUID, user_id: UUID, *, also: Collection[UUID] = ()
) -> Group:
    """A group that the user takes part in; its participants cannot change until commit. Locks the topics `also`.

    Outsiders are refused before anything is locked. Raises NOT_FOUND, and NOT_A_GROUP for a direct conversation.
    """
    _check_group(await group(connection, conversation_id, user_id))
    await lock(connection, {conversation_id, *also})
    return _check_group(await group(connection, conversation_id, user_id))


async def group(connection: Connection, conversation_id: UUID, user_id: UUID) -> Group:
    """A conversation that the user takes part in, direct ones too, with its participants."""
    conversation = await queries.conversation(connection, conversation_id)
    people = await queries.participants(connection, conversation_id) if conversation else []
    if conversation is None or all(each.user_id != user_id for each in people):
        raise CoterieError(errors.NOT_FOUND)
    return Group(conversation, people)


def _check_group(found: Group) -> Group:
    if found.conversation.is_direct:
        raise CoterieError(NOT_A_GROUP)
    return found
