"""How an account appears to others, and who is told when that changes: own devices, servers, friends, conversations.

Whoever changes it holds the account's row first, as does whoever brings it somewhere new: befriends it, lets it into a
server or conversation. So nobody misses what is new. What others may end meanwhile is looked at under the locks of the
topics, since telling a server of a member who was taken out of it would make them one again.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import Final
from uuid import UUID

import msgspec
from msgspec import UNSET

from coterie import errors, patch
from coterie.accounts import queries
from coterie.accounts.models import ProfileChange, User
from coterie.conversations import actions as conversations
from coterie.database.connection import Connection, Database
from coterie.errors import CoterieError
from coterie.files import queries as files
from coterie.friends import queries as friends
from coterie.log.append import Change, append, lock
from coterie.presence import queries as presence
from coterie.presence import telling
from coterie.presence.models import Look, Why
from coterie.servers import queries as servers

PRESENCE_FIELDS: Final = frozenset({"status", "custom_status", "custom_status_expires_at", "activity"})
SEEN_FIELDS: Final = frozenset({"avatar_url", "display_name", "bio", "pronouns"})
LOOK_FIELDS: Final = frozenset({"avatar_url", "display_name"})
"""What others see of a profile, and of that what friends and conversations show."""


async def existing(connection: Connection, user_id: UUID, *, lock: bool = False) -> User:
    """One's own account; NOT_FOUND if it went away since the request was let in."""
    user = await queries.user(connection, user_id, lock=lock)
    if user is None:
        raise CoterieError(errors.NOT_FOUND)
    return user


async def edit(database: Database, user_id: UUID, change: ProfileChange) -> User:
    """Change the own profile. The own devices see it, and everybody who shares a server.

    What is presence rather than profile is told to those who are told of presences, if they see a difference.
    """
    given = patch.given(change).keys()
    async with database.acquire() as connection, connection.transaction():
        looks = [Look(user_id, Why.EDITED, datetime.now(UTC))] if given & PRESENCE_FIELDS else []
        if looks:
            await presence.hold(connection, looks)
        user = _with_expiry(patch.apply(await existing(connection, user_id, lock=True), change), change)
        if "avatar_url" in given:
            await files.release_avatar(connection, user_id, unless=user.avatar_url)
        is_seen, has_new_look = bool(given & SEEN_FIELDS), bool(given & LOOK_FIELDS)
        await save(connection, user, is_seen=is_seen, has_new_look=has_new_look)
        if looks:
            await telling.tell(connection, looks)
        return user


async def save(connection: Connection, user: User, *, is_seen: bool, has_new_look: bool = False) -> None:
    """Write a changed profile, inside the caller's transaction; `is_seen` if others see of it what changed.

    The caller holds the account's row.
    """
    await queries.update_profile(connection, user)
    await tell(connection, partial(_told, connection, user, is_seen=is_seen, has_new_look=has_new_look))


async def tell(connection: Connection, find: Callable[[], Awaitable[list[Change]]]) -> None:
    """Append the changes that there are to tell once the topics are locked of those that there were before."""
    await lock(connection, {change.topic for change in await find()})
    await append(connection, *await find())


async def told_to_friends(connection: Connection, user_id: UUID) -> list[Change]:
    """What somebody's friends are told when they see something new of them."""
    return [
        Change(friend.user_id, f"contacts/{user_id}", "CONTACT_UPDATE", friend)
        for friend in await friends.befriended(connection, user_id)
    ]


async def _told(connection: Connection, user: User, *, is_seen: bool, has_new_look: bool) -> list[Change]:
    seen = await servers.memberships(connection, user.id) if is_seen else []
    return [
        Change(user.id, "profile", "USER_UPDATE", user),
        *(Change(member.server_id, f"members/{user.id}", "USER_UPDATE", member) for member in seen),
        *(await conversations.told_everywhere(connection, user.id) if has_new_look else []),
        *(await told_to_friends(connection, user.id) if has_new_look else []),
    ]


def _with_expiry(user: User, change: ProfileChange) -> User:
    """A custom status ends when its own change says so; raises INVALID if that is over already."""
    ends = change.custom_status_expires_at
    if isinstance(ends, datetime) and ends <= datetime.now(UTC):
        raise CoterieError(errors.INVALID, fields={"custom_status_expires_at": "must lie ahead"})
    is_new = change.custom_status is not UNSET and ends is UNSET
    return msgspec.structs.replace(user, custom_status_expires_at=None) if is_new or not user.custom_status else user
