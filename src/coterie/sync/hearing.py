"""Which changes of a server's structure somebody may hear of.

A channel that they may not view does not exist for them: neither it nor its overrides nor who talks in it is told.
Invites are told to those who may make them, bans to those who may ban.
"""

from collections.abc import Collection
from typing import Final
from uuid import UUID

import msgspec

from coterie.log.append import encoded
from coterie.log.event import Event
from coterie.permissions.bits import Permission
from coterie.permissions.rights import Seen

ABOUT_CHANNELS: Final = ("channels", "overrides", "voice_states", "go_live", "documents")
RESTRICTED: Final = {"invites": Permission.CREATE_INVITES, "bans": Permission.BAN_MEMBERS}

SENT_AWAY: Final = frozenset({"MEMBER_KICK", "MEMBER_BAN"})

DECISIVE: Final = frozenset({"server", "roles", "overrides", "channels"})
"""Kinds of keys on which it depends what the members of a server may view."""


def kind_of(key: str) -> str:
    """What a key of a server's topic is of: the part before its id."""
    return key.partition("/")[0]


def may_hear(event: Event, seen: Seen, visible: Collection[UUID]) -> bool:
    """Whether somebody who views these channels may hear of a change of their server."""
    kind = kind_of(event.key)
    if kind in ABOUT_CHANNELS:
        return event.channel in visible
    return kind not in RESTRICTED or kind in restricted(seen)


def restricted(seen: Seen) -> frozenset[str]:
    """Of the kinds that not everybody hears of those that somebody does."""
    if seen.structure is None or seen.standing is None:
        return frozenset()
    permissions = seen.structure.permissions(seen.user_id, seen.standing)
    return frozenset(kind for kind, needed in RESTRICTED.items() if needed in permissions)


class Removed(msgspec.Struct, frozen=True):
    """Of the value with which a membership ends: what a moderator did, and why."""

    departure: str | None = None
    reason: str | None = None


def sent_away(event: Event, server: UUID, user: UUID) -> str | None:
    """The frame that tells somebody that they were kicked or banned; None if they left.

    It has no position, since nothing of the server is followed any more; the own affairs say it too.
    """
    removed = msgspec.json.decode(event.data, type=Removed)
    departure = removed.departure or event.type
    if departure not in SENT_AWAY:
        return None
    data = encoded({"server_id": server, "user_id": user, "reason": removed.reason})
    return Event(None, 0, departure, "", data).frame(0)
