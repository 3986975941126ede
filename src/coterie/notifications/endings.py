"""Levels end with what they are about: each function deletes some, and returns the changes to append to the log.

The caller has locked the server or conversation, and the topics of the users whose levels may end (`holders`).
"""

from uuid import UUID

from coterie.database.connection import Connection
from coterie.log.append import Change
from coterie.notifications import queries


async def leave_server(connection: Connection, server_id: UUID, user_id: UUID) -> list[Change]:
    """When a user is no longer a member."""
    return [removal(user_id, place) for place in await queries.delete_in_server(connection, server_id, user_id)]


async def leave_place(connection: Connection, place_id: UUID, user_id: UUID) -> list[Change]:
    """When a user no longer takes part in a conversation."""
    return [removal(user_id, place_id)] if await queries.delete(connection, user_id, place_id) else []


async def end_server(connection: Connection, server_id: UUID) -> list[Change]:
    """When a server is deleted, with its channels."""
    return [removal(user, place) for user, place in await queries.delete_server(connection, server_id)]


async def end_place(connection: Connection, place_id: UUID) -> list[Change]:
    """When a channel or conversation is deleted."""
    return [removal(user, place_id) for user in await queries.delete_place(connection, place_id)]


def removal(user_id: UUID, place_id: UUID) -> Change:
    """The change in the user's own topic that removes a level."""
    key = f"notification_levels/{place_id}"
    return Change(user_id, key, "NOTIFICATION_LEVEL_DELETE", {"place_id": place_id}, is_removal=True)
