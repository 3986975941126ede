"""The topics that one live connection follows, the client's position in each, and the access to them.

`positions` is both: the topics that the client may receive, and how far it has received them. Code that removes a topic
from it also leaves the hub's topic at once, so that nothing of a lost topic is delivered.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final, TypeAlias
from uuid import UUID

from msgspec import Raw

from coterie.log.hub import Hub
from coterie.log.transient import Subscriber
from coterie.permissions.authority import Authority
from coterie.permissions.models import Role
from coterie.permissions.watch import Watch
from coterie.presence.audience import friends_of
from coterie.sync.followable import Followable

Reading: TypeAlias = Callable[[], Awaitable[Followable]]


class Subscriptions:
    """The topics of one subscriber of the hub, and the watch over the access to them."""

    __slots__ = ("_hub", "positions", "subscriber", "watch")

    def __init__(self, hub: Hub, subscriber: Subscriber, watch: Watch) -> None:
        self.positions: Final[dict[UUID, int]] = {}
        self.watch: Final = watch
        self._hub: Final = hub
        self.subscriber: Final = subscriber

    async def follow(self, read: Reading, *, first: Reading | None = None) -> None:
        """Subscribe to what may be followed, then take the positions of a second reading, all of which is subscribed.

        Between the two, access may come and go: topics that the second no longer finds are dropped, and it is repeated
        until it finds nothing new and nothing was lost meanwhile. A loss that the last reading already included may
        still be delivered; its position shows that, and it changes nothing. `first` reads only which topics there are.
        """
        found = await (first or read)()
        while True:
            self._note(found)
            losses = self.watch.losses  # a loss while subscribing has already unsubscribed its topics
            await self._hub.subscribe(self.subscriber, found.positions.keys())
            again = await read()
            for lost in found.positions.keys() - again.positions.keys():
                self.drop(lost, found.servers[lost])
            if again.positions.keys() <= found.positions.keys() and losses == self.watch.losses:
                break
            found = again
        self._hub.transient.attend(self.subscriber, map(friends_of, again.friends))
        self._take(again)

    def _note(self, found: Followable) -> None:
        """Record which server each topic belongs to, before subscribing to it."""
        for topic, server in found.servers.items():
            if server is not None:
                self.watch.servers.setdefault(server, set()).add(topic)

    def _take(self, found: Followable) -> None:
        """Continue from the position at which each topic was read."""
        for topic, position in found.positions.items():
            self.positions.setdefault(topic, position)
        access_topics = {topic: at for topic, at in found.positions.items() if found.servers[topic] in (None, topic)}
        self.watch.begin(access_topics, found.authority)

    def drop(self, topic: UUID, server: UUID | None) -> None:
        """Stop following a topic."""
        if server is not None:
            self.watch.servers.get(server, set()).discard(topic)
        self._hub.unsubscribe(self.subscriber, [topic])
        self.positions.pop(topic, None)

    def leave(self, server: UUID) -> None:
        """Stop following everything of a server."""
        topics = self.watch.leave(server)
        self._hub.unsubscribe(self.subscriber, topics)
        for topic in topics:
            self.positions.pop(topic, None)

    def close(self) -> None:
        """Stop following everything."""
        self._hub.unsubscribe(self.subscriber, [self.watch.user_id, *self.positions])
        for server in list(self.watch.servers):
            self.leave(server)

    def home_of(self, topic: UUID | None) -> UUID | None:
        """The server that a topic belongs to, if that server is followed."""
        return next((server for server, topics in self.watch.servers.items() if topic in topics), None)

    def roles_in(self, server: UUID | None) -> frozenset[UUID]:
        """The viewer's roles in a server, as far as this connection has received."""
        authority = self.watch.authority.get(server) if server else None
        return frozenset(authority.member_state.role_ids) if authority and authority.member_state else frozenset()

    def seen_in(self, server: UUID, channel: UUID) -> Authority | None:
        """What the viewer may do in a channel of a server, as far as this connection has received."""
        authority = self.watch.authority.get(server)
        if authority is None or authority.structure is None or authority.member_state is None:
            return None
        permissions = authority.structure.permissions_in(channel, authority.user_id, authority.member_state)
        return replace(authority, permissions=permissions)

    async def roles_and_overrides(self) -> dict[str, dict[str, list[Role]] | dict[str, Raw]]:
        """The roles of each server, the highest first, and the overrides of each followed channel that has any.

        Others get their turn after each server, since encoding what nobody was sent before takes milliseconds.
        """
        roles: dict[str, list[Role]] = {}
        overrides: dict[str, Raw] = {}
        for server in list(self.watch.authority):
            await asyncio.sleep(0)
            authority = self.watch.authority.get(server)
            if authority is None or authority.structure is None:
                continue
            roles[str(server)] = authority.structure.roles_by_rank
            for channel in self.watch.servers[server]:
                if (encoded := authority.structure.encoded_overrides_of(channel)) is not None:
                    overrides[str(channel)] = encoded
        return {"server_roles": roles, "channel_overrides": overrides}

    @property
    def override_count(self) -> int:
        """The overrides of all followed servers."""
        structures = (authority.structure for authority in self.watch.authority.values())
        return sum(len(structure.overrides) for structure in structures if structure is not None)
