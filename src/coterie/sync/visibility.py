"""Which changes of a server's structure a viewer receives.

A channel that they may not view does not exist for them: they receive neither the channel, its overrides, nor who is in
its call. Members who may create invites receive invites, those who may ban receive bans, and administrators receive
webhooks; those who may manage messages learn that the queue of reports changed;
those who may manage the server receive the rules of its automod.
"""

from collections.abc import Collection
from typing import Final
from uuid import UUID

import msgspec

from coterie.log.append import encoded
from coterie.log.event import Event
from coterie.rights.bits import Permission
from coterie.rights.seen import Seen
from coterie.rights.watch import kind_of

ABOUT_CHANNELS: Final = ("channels", "overrides", "voice_states", "go_live", "documents")
RESTRICTED: Final = {
    "invites": Permission.CREATE_INVITES,
    "bans": Permission.BAN_MEMBERS,
    "webhooks": Permission.ADMINISTRATOR,
    "reports": Permission.MANAGE_MESSAGES,
    "automod": Permission.MANAGE_SERVER,
}

SENT_AWAY: Final = frozenset({"MEMBER_KICK", "MEMBER_BAN"})


def may_see(event: Event, seen: Seen, visible: Collection[UUID]) -> bool:
    """Whether a viewer who views these channels receives a change of a server."""
    kind = kind_of(event.key)
    if kind in ABOUT_CHANNELS:
        return event.channel in visible
    return kind not in RESTRICTED or kind in restricted(seen)


def restricted(seen: Seen) -> frozenset[str]:
    """The restricted kinds of changes that this viewer receives."""
    if seen.structure is None or seen.member_state is None:
        return frozenset()
    permissions = seen.structure.permissions(seen.user_id, seen.member_state)
    return frozenset(kind for kind, needed in RESTRICTED.items() if needed in permissions)


class Removed(msgspec.Struct, frozen=True):
    """Part of the value with which a membership ends: what a moderator did, and why."""

    departure: str | None = None
    reason: str | None = None


def dismissal(event: Event, server: UUID, user: UUID) -> Event | None:
    """Notifies users that they were kicked or banned; None if they left.

    It has no position, since nothing of the server is followed any more; the user's own topic has it too.
    """
    removed = msgspec.json.decode(event.data, type=Removed)
    departure = removed.departure or event.type
    if departure not in SENT_AWAY:
        return None
    data = encoded({"server_id": server, "user_id": user, "reason": removed.reason})
    return Event(None, 0, departure, "", data)
