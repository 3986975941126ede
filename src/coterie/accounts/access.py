"""Loads the caller's account."""

from uuid import UUID

from coterie import errors
from coterie.accounts import queries
from coterie.accounts.models import User
from coterie.database.connection import Connection
from coterie.errors import CoterieError


async def existing(connection: Connection, user_id: UUID, *, lock: bool = False) -> User:
    """The caller's own account; NOT_FOUND if it was deleted after the request was authenticated."""
    user = await queries.user(connection, user_id, lock=lock)
    if user is None:
        raise CoterieError(errors.NOT_FOUND)
    return user
