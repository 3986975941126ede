"""What a deleted account made or decided stays without it; bans and overrides that name it go. Followers see both."""

from typing import Final
from uuid import UUID

from coterie.database.connection import Connection
from coterie.departures import queries
from coterie.documents import changes as document_changes
from coterie.documents import queries as documents
from coterie.emojis import queries as emojis
from coterie.invites import queries as invites
from coterie.log.append import Change, append, lock
from coterie.moderation import queries as moderation
from coterie.roles import queries as roles
from coterie.webhooks import queries as webhooks
from coterie.webhooks.changes import change_of

AT_ONCE: Final = 100
"""Documents, and bans, that one step changes."""


async def remove_some(connection: Connection, user_id: UUID) -> bool:
    """Take the account out of some of what a server or a conversation keeps; False if nothing names it."""
    place = await queries.place_with_traces(connection, user_id)
    if place is None:
        return False
    await lock(connection, [place])
    changes = [
        *(document_changes.changed(each) for each in await documents.forget_user(connection, place, user_id, AT_ONCE)),
        *(override.removal(place) for override in await roles.delete_overrides_for(connection, place, user_id)),
        *[
            Change(place, f"emojis/{each.id}", "CUSTOM_EMOJI_UPDATE", each)
            for each in await emojis.forget_creator(connection, place, user_id)
        ],
        *[
            Change(place, f"invites/{each.id}", "INVITE_UPDATE", each)
            for each in await invites.forget_creator(connection, place, user_id)
        ],
        *(change_of(each, "WEBHOOK_UPDATE") for each in await webhooks.forget_creator(connection, place, user_id)),
        *await _of_bans(connection, place, user_id),
    ]
    await append(connection, *changes)
    return True


async def _of_bans(connection: Connection, server_id: UUID, user_id: UUID) -> list[Change]:
    given = await moderation.forget_moderator(connection, server_id, user_id, AT_ONCE)
    changes = [Change(server_id, f"bans/{ban.user_id}", "BAN_CREATE", ban) for ban in given if ban.user_id != user_id]
    if await moderation.delete_ban(connection, server_id, user_id):
        gone = {"server_id": server_id, "user_id": user_id}
        changes.append(Change(server_id, f"bans/{user_id}", "MEMBER_UNBAN", gone, is_removal=True))
    return changes
