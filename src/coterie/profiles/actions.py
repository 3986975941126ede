"""How an account appears to others, and who is notified of changes: own devices, servers, friends, conversations.

A transaction that changes it locks the account's row first, as does one that adds a friend, or a user to a server or
conversation. So nobody misses a change. Memberships that may end meanwhile are read under the locks of the topics,
since appending a member who was removed from a server would make them one again.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import Final
from uuid import UUID

import msgspec
from msgspec import UNSET

from coterie import errors
from coterie.accounts import queries
from coterie.accounts.access import existing
from coterie.accounts.models import (
    ProfileChange,
    User,
)
from coterie.conversations import actions as conversations
from coterie.database.connection import Connection, Database
from coterie.errors import CoterieError
from coterie.files import queries as files
from coterie.friends import queries as friends
from coterie.http import patch
from coterie.log.append import Change, append, lock
from coterie.presence import publishing
from coterie.presence import queries as presence
from coterie.presence.models import CheckReason, PresenceCheck
from coterie.servers import queries as servers

PRESENCE_FIELDS: Final = frozenset({"status", "custom_status", "custom_status_expires_at", "activity"})
SEEN_FIELDS: Final = frozenset({"avatar_url", "display_name", "bio", "pronouns"})
APPEARANCE_FIELDS: Final = frozenset({"avatar_url", "display_name"})
"""`SEEN_FIELDS`: what others see of a profile; `APPEARANCE_FIELDS`: what friends and conversations show of it."""


async def edit(database: Database, user_id: UUID, change: ProfileChange) -> User:
    """Change the user's own profile. Their own devices receive it, and everyone who shares a server with them.

    Presence fields go to everyone who receives the user's presence, if they see a difference.
    """
    given = patch.provided(change).keys()
    async with database.acquire() as connection, connection.transaction():
        checks = [PresenceCheck(user_id, CheckReason.EDITED, datetime.now(UTC))] if given & PRESENCE_FIELDS else []
        if checks:
            await presence.hold(connection, checks)
        user = _with_expiry(patch.apply(await existing(connection, user_id, lock=True), change), change)
        if "avatar_url" in given:
            await files.release_avatar(connection, user_id, unless=user.avatar_url)
        is_seen, has_new_appearance = bool(given & SEEN_FIELDS), bool(given & APPEARANCE_FIELDS)
        await save(connection, user, is_seen=is_seen, has_new_appearance=has_new_appearance)
        if checks:
            await publishing.publish(connection, checks)
        return user


async def save(connection: Connection, user: User, *, is_seen: bool, has_new_appearance: bool = False) -> None:
    """Write a changed profile, inside the caller's transaction; `is_seen` if others see what changed.

    The caller has locked the account's row.
    """
    await queries.update_profile(connection, user)
    await append_found(
        connection, partial(_changes, connection, user, is_seen=is_seen, has_new_appearance=has_new_appearance)
    )


async def append_found(connection: Connection, find: Callable[[], Awaitable[list[Change]]]) -> None:
    """Find the changes, lock their topics, and append the changes that are found again under the lock."""
    await lock(connection, {change.topic for change in await find()})
    await append(connection, *await find())


async def friends_changes(connection: Connection, user_id: UUID) -> list[Change]:
    """The changes for a user's friends when something that they see has changed."""
    return [
        Change(friend.user_id, f"contacts/{user_id}", "CONTACT_UPDATE", friend)
        for friend in await friends.befriended(connection, user_id)
    ]


async def _changes(connection: Connection, user: User, *, is_seen: bool, has_new_appearance: bool) -> list[Change]:
    seen = await servers.memberships(connection, user.id) if is_seen else []
    return [
        Change(user.id, "profile", "USER_UPDATE", user),
        *(Change(member.server_id, f"members/{user.id}", "USER_UPDATE", member) for member in seen),
        *(await conversations.profile_changes(connection, user.id) if has_new_appearance else []),
        *(await friends_changes(connection, user.id) if has_new_appearance else []),
    ]


def _with_expiry(user: User, change: ProfileChange) -> User:
    """Clear the expiry if the status line is new without one, or gone; raises INVALID if a new one has passed."""
    ends = change.custom_status_expires_at
    if isinstance(ends, datetime) and ends <= datetime.now(UTC):
        raise CoterieError(errors.INVALID, fields={"custom_status_expires_at": "must be in the future"})
    is_new = change.custom_status is not UNSET and ends is UNSET
    return msgspec.structs.replace(user, custom_status_expires_at=None) if is_new or not user.custom_status else user
