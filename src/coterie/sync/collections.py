"""Every topic as a keyed collection: an object whose keys are ids, and whose values are what the log keeps.

`find` turns an address into a topic, and checks at the same time that the viewer may follow it. A value is the same for
every viewer, in the snapshot as in the log, so that snapshot plus changes equals a later snapshot.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias
from uuid import UUID

from coterie import errors
from coterie.database.connection import Connection
from coterie.errors import CoterieError
from coterie.log import versions
from coterie.log.event import Event
from coterie.permissions.authority import Authority
from coterie.permissions.watch import Watched
from coterie.services.making import Services
from coterie.sync import collection_values
from coterie.sync.addresses import ID, Target
from coterie.sync.collection_values import View
from coterie.viewer import Viewer

Values: TypeAlias = Callable[[Connection], Awaitable[dict[str, object]]]


@dataclass(frozen=True, slots=True)
class Collection:
    """A topic that a viewer may follow until they lose what is `watched`.

    `values` reads the whole object, which has the keys of the topic that it `takes`. For a collection within a server,
    `authority` is what the viewer may do there, `visible` the channels that they could view, and `restricted` the kinds
    that not everyone receives but they did.
    """

    topic: UUID
    watched: Watched
    values: Values
    authority: Authority | None = None
    visible: frozenset[UUID] = frozenset()
    restricted: frozenset[str] = frozenset()
    takes: Callable[[str], bool] = lambda key: True

    @property
    def home(self) -> UUID | None:
        """The server that it belongs to."""
        return self.watched.server

    @property
    def is_server(self) -> bool:
        return self.topic == self.home

    @property
    def topics(self) -> frozenset[UUID]:
        """The topics to subscribe to: the collection's, and those in which its loss would appear."""
        return self.watched.topics | {self.topic}

    def name(self, position: int) -> str:
        """The server's own version id of a position."""
        return versions.own_name(self.topic, position)

    def name_of(self, event: Event) -> str:
        """The version id by which this viewer knows a change: the client's if it gave one, else the server's."""
        given = None if event.unnamed_for == self.watched.user_id else event.client_version
        return given or self.name(event.position)

    def position(self, name: str) -> int | None:
        """The position for one of the server's own version ids; None if it is not one of this topic."""
        number, _, tag = name.partition("@")
        is_own = tag == self.topic.hex[-12:] and number.isascii() and number.isdigit() and len(number) <= 18
        return int(number) if is_own else None


async def find(services: Services, viewer: Viewer, target: Target) -> Collection:
    """The collection, if the viewer may follow it now; raises NOT_FOUND otherwise."""
    if target.kind == "me":
        own_data = partial(collection_values.own_data, collections=services.collections, user_id=viewer.user_id)
        return Collection(viewer.user_id, watched(viewer), own_data)
    if target.kind == "server":
        return await _find_server(services, viewer, target.id)
    authority = await services.permissions.in_channel(services.database, target.id, viewer.user_id)
    place = authority.place
    assert place is not None, "it was asked for"
    if (place.server_id is None) != (target.kind in ("conversation", "participants")):
        raise CoterieError(errors.NOT_FOUND)
    messages = partial(collection_values.messages, channel_id=place.id, limit=target.limit)
    if place.server_id is not None:
        return Collection(place.id, watched(viewer, server=place.server_id, channel=place.id), messages, authority)
    is_lost_with = watched(viewer, conversation=place.id)
    if target.kind == "conversation":
        return Collection(place.id, is_lost_with, messages, takes=_is_of_message)
    values = partial(collection_values.participants, collections=services.collections, conversation_id=place.id)
    return Collection(place.id, is_lost_with, values, takes=lambda key: not _is_of_message(key))


async def _find_server(services: Services, viewer: Viewer, server_id: UUID) -> Collection:
    authority = await services.permissions.in_server(services.database, server_id, viewer.user_id)
    collections = services.collections
    view = View(authority.visible_channels, collections.restricted(authority))
    values = partial(collection_values.structure, collections=collections, server_id=server_id, view=view)
    return Collection(server_id, watched(viewer, server=server_id), values, authority, view.channels, view.restricted)


def watched(viewer: Viewer, **within: UUID) -> Watched:
    """What a viewer follows in their session."""
    return Watched(viewer.user_id, viewer.session_id, **within)


def _is_of_message(key: str) -> bool:
    """Whether a key of a conversation's topic is a message's id."""
    return re.fullmatch(ID, key) is not None
