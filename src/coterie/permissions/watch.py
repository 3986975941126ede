"""Losing and gaining a permission while it is in use: the only module that reads either from an event.

Sockets, streams, texts with their cursors, `/realtime` and voice channels all continue only as long as their viewer may
follow them. Every loss is a change in a topic that they follow anyway: the viewer's own, or the server's or
conversation's. Which keys end which permission is listed here and nowhere else. `Watch` says what an event takes from a
viewer and what it gives them, at the moment of delivery; each gateway or stream then tells its client.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from coterie.log.event import Event
from coterie.permissions.authority import Authority
from coterie.permissions.structure import member_state_of

OWN: Final = frozenset({"sessions", "servers", "conversations"})
"""Kinds of keys in the viewer's own topic: the removal of a key ends what it names for them."""

MEMBERSHIPS: Final = frozenset({"members", "participants"})
"""Kinds of keys in a server or conversation: the removal of a key ends all of it for the user whom it names."""

CONTENTS: Final = frozenset({"channels", "documents"})
"""Kinds of keys in a server or conversation: the removal of a key ends what it names for everyone."""

DECISIVE: Final = frozenset({"server", "roles", "overrides", "channels"})
"""Kinds of keys in a server that decide what its members may view."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What an event does to the permissions of a viewer.

    `ended` is the session, server, conversation, channel or document that they have lost. In the event's server,
    `hidden` are the channels that they follow and may no longer view, and `shown` those that they may view now but do
    not follow.
    """

    ended: UUID | None = None
    hidden: frozenset[UUID] = frozenset()
    shown: frozenset[UUID] = frozenset()


NOTHING: Final = Effect()


@dataclass(frozen=True, slots=True)
class Watched:
    """What a viewer follows in one stream: the innermost of these, or their own topic if there are none."""

    user_id: UUID
    session_id: UUID
    server: UUID | None = None
    conversation: UUID | None = None
    channel: UUID | None = None
    document: UUID | None = None

    @property
    def topics(self) -> frozenset[UUID]:
        """The topics in which its end appears."""
        found = (self.user_id, self.server, self.conversation)
        return frozenset(topic for topic in found if topic is not None)

    def is_lost(self, effect: Effect) -> bool:
        """Whether it ends with what an event has taken."""
        is_within = (self.session_id, self.server, self.conversation, self.channel, self.document)
        return (effect.ended is not None and effect.ended in is_within) or self.channel in effect.hidden


class Watch:
    """What a viewer follows, as far as their permissions are concerned.

    `servers` has the followed topics of each server, its own included, and `seen` what the viewer may do there.
    `losses` counts possible losses, for callers that are meanwhile reading what may be followed.
    """

    __slots__ = ("_as_of", "authority", "losses", "servers", "session_id", "user_id")

    def __init__(self, user_id: UUID, session_id: UUID) -> None:
        self.user_id: Final = user_id
        self.session_id: Final = session_id
        self.servers: Final[dict[UUID, set[UUID]]] = {}
        self.authority: Final[dict[UUID, Authority]] = {}
        self.losses = 0
        self._as_of: Final[dict[UUID, int]] = {}

    def begin(self, as_of: Mapping[UUID, int], authority: Mapping[UUID, Authority]) -> None:
        """Continue from what was read: the position of each topic with losses, and the permissions in servers."""
        self._as_of.update(as_of)
        self.authority.update(authority)

    def leave(self, server: UUID) -> set[UUID]:
        """Follow nothing in a server any more; returns the topics that were followed."""
        self.authority.pop(server, None)
        self._as_of.pop(server, None)
        return self.servers.pop(server, set())

    def take(self, event: Event) -> Effect:
        """What an event takes and gives; call it once for each event, when it is delivered."""
        ended = self._ended(event)
        server = event.topic
        if server is not None and server in self.servers and self._may_change_view(server, event) and server != ended:
            visible, followed = self.authority[server].visible_channels, self.servers[server]
            return Effect(ended, frozenset(followed - visible - {server, ended}), visible - followed)
        return Effect(ended) if ended is not None else NOTHING

    def visible(self, server: UUID) -> frozenset[UUID]:
        """The channels of a server that the viewer may view, according to what was delivered."""
        authority = self.authority.get(server)
        return authority.visible_channels if authority is not None else frozenset()

    def _ended(self, event: Event) -> UUID | None:
        """What an event ends, unless it had ended already when the right to it was read."""
        if not event.is_removal or event.topic is None or event.position <= self._as_of.get(event.topic, 0):
            return None
        self.losses += 1
        return ended(event, self.user_id)

    def _may_change_view(self, server: UUID, event: Event) -> bool:
        """Apply a change to what is known about a server; True if the viewable channels may differ now.

        Everyone who watches the server shares the structure, so no change may be left out, whatever it ends.
        """
        authority = self.authority.get(server)
        if authority is None or authority.structure is None or authority.member_state is None:
            self.losses += 1  # it arrived while permissions are being read
            return False
        authority.structure.apply(event.position, event.key, event.data, is_removal=event.is_removal)
        if event.key != f"members/{self.user_id}":
            return kind_of(event.key) in DECISIVE
        if event.position > authority.member_state.as_of:
            member_state = member_state_of(event.position, event.data, is_removal=event.is_removal)
            self.authority[server] = replace(authority, member_state=member_state)
        return True


def ended(event: Event, user_id: UUID) -> UUID | None:
    """What the removal of a key ends for a user: a session, server, conversation, channel or document."""
    kind, _, name = event.key.partition("/")
    if kind in MEMBERSHIPS:
        return event.topic if UUID(name) == user_id else None
    if kind in OWN:
        return UUID(name) if event.topic == user_id else None
    return UUID(name) if kind in CONTENTS else None


def may_change_permissions(key: str) -> bool:
    """Whether a change of this key may change the permissions of anyone in a server or conversation."""
    kind = kind_of(key)
    return kind in DECISIVE or kind in MEMBERSHIPS


def kind_of(key: str) -> str:
    """The kind of a key: the part before its id."""
    return key.partition("/")[0]
