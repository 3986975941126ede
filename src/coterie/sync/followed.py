"""What one live connection follows: each topic up to the position that its client knows, and the rights in each server.

`positions` is both: the topics that the client may hear of, and how far it has been told. Whatever takes a topic out of
it leaves the hub's topic at once, so that nothing of what was lost is delivered.
"""

from dataclasses import replace
from typing import Final
from uuid import UUID

from coterie.log.event import Event
from coterie.log.fleeting import Subscriber
from coterie.log.hub import Hub
from coterie.permissions.models import Override, Role
from coterie.permissions.rights import Seen
from coterie.permissions.structure import standing_of
from coterie.sync.following import Following
from coterie.sync.hearing import DECISIVE, kind_of


class Followed:
    """The topics of one subscriber of the hub. `servers` has the topics of each, its own among them.

    `losses` counts what may have taken something away, for whoever reads meanwhile what may be followed.
    """

    __slots__ = ("_as_of", "_hub", "_subscriber", "_user_id", "losses", "positions", "seen", "servers")

    def __init__(self, hub: Hub, subscriber: Subscriber, user_id: UUID) -> None:
        self.positions: Final[dict[UUID, int]] = {}
        self.servers: Final[dict[UUID, set[UUID]]] = {}
        self.seen: Final[dict[UUID, Seen]] = {}
        self.losses = 0
        self._as_of: Final[dict[UUID, int]] = {}
        self._hub: Final = hub
        self._subscriber: Final = subscriber
        self._user_id: Final = user_id

    def note(self, found: Following) -> None:
        """Know of which server each topic is, before it is subscribed to."""
        for topic, server in found.servers.items():
            if server is not None:
                self.servers.setdefault(server, set()).add(topic)

    def take(self, found: Following) -> None:
        """Go on from where a reading found each topic."""
        for topic, position in found.positions.items():
            self.positions.setdefault(topic, position)
            if found.servers[topic] in (None, topic):
                self._as_of[topic] = position
        self.seen.update(found.seen)

    def drop(self, topic: UUID, server: UUID | None) -> None:
        """Follow a topic no more."""
        if server is not None:
            self.servers.get(server, set()).discard(topic)
        self._hub.unsubscribe(self._subscriber, [topic])
        self.positions.pop(topic, None)

    def leave(self, server: UUID) -> None:
        """Follow nothing of a server any more."""
        self.seen.pop(server, None)
        topics = self.servers.pop(server, set())
        self._hub.unsubscribe(self._subscriber, topics)
        for topic in topics:
            self.positions.pop(topic, None)
        self._as_of.pop(server, None)

    def close(self) -> None:
        """Follow nothing."""
        self._hub.unsubscribe(self._subscriber, [self._user_id, *self.positions])
        for server in list(self.servers):
            self.leave(server)

    def is_news(self, event: Event) -> bool:
        """Whether what was read of the topic did not have this event already."""
        return event.topic is not None and event.position > self._as_of.get(event.topic, 0)

    def review(self, server: UUID, event: Event) -> set[UUID]:
        """Take a change into what is known of a server; answers the channels that may not be viewed any more."""
        seen = self.seen.get(server)
        if seen is None or seen.structure is None or seen.standing is None:
            self.losses += 1  # it comes while rights are being read
            return set()
        seen.structure.apply(event.position, event.key, event.data, is_removal=event.is_removal)
        if event.key == f"members/{self._user_id}":
            if event.position > seen.standing.as_of:
                standing = standing_of(event.position, event.data, is_removal=event.is_removal)
                seen = self.seen[server] = replace(seen, standing=standing)
        elif kind_of(event.key) not in DECISIVE:
            return set()
        return self.servers[server] - seen.visible_channels - {server}

    def home_of(self, topic: UUID | None) -> UUID | None:
        """The server that a topic is of, if it is of one that is followed."""
        return next((server for server, topics in self.servers.items() if topic in topics), None)

    def roles_in(self, server: UUID | None) -> frozenset[UUID]:
        """The roles that the viewer has in a server, as far as this connection was told."""
        seen = self.seen.get(server) if server else None
        return frozenset(seen.standing.role_ids) if seen and seen.standing else frozenset()

    def seen_in(self, server: UUID, channel: UUID) -> Seen | None:
        """What the viewer may do in a channel of a server, as far as this connection was told."""
        seen = self.seen.get(server)
        if seen is None or seen.structure is None or seen.standing is None:
            return None
        permissions = seen.structure.permissions_in(channel, self._user_id, seen.standing)
        return replace(seen, permissions=permissions)

    def roles_and_overrides(self) -> dict[str, dict[str, list[Role] | list[Override]]]:
        """Of each server the roles, the highest first, and of each channel the overrides."""
        roles: dict[str, list[Role] | list[Override]] = {}
        overrides: dict[str, list[Role] | list[Override]] = {}
        for server, seen in self.seen.items():
            if seen.structure is None:
                continue
            roles[str(server)] = list(seen.structure.roles_by_rank)
            for override in seen.structure.overrides.values():
                if override.channel_id in self.servers[server]:
                    listed = overrides.setdefault(str(override.channel_id), [])
                    listed.append(override)  # type: ignore[arg-type]
        return {"server_roles": roles, "channel_overrides": overrides}
