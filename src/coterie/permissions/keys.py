"""Which keys the collections of topics have, and which of a server's its members receive.

A channel that a viewer may not view does not exist for them: they receive neither the channel, its overrides, nor who
is in its call. Some kinds are restricted to members with a permission, such as invites and bans. The packages declare
their keys, so what a snapshot reads and what is delivered follow from the same declaration.
"""

from collections.abc import Awaitable, Callable, Collection, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, TypeAlias
from uuid import UUID

from coterie.database.connection import Connection
from coterie.log.event import Event
from coterie.permissions.authority import Authority
from coterie.permissions.bits import NONE, Permission
from coterie.permissions.watch import kind_of

TopicWithKeys: TypeAlias = Literal["server", "conversation", "user"]


class Extract(NamedTuple):
    """What is read of a topic: its id, and the channels (or the conversation) that the viewer may view in it."""

    topic: UUID
    channels: Collection[UUID] = ()


Read: TypeAlias = Callable[[Connection, Extract], Awaitable[dict[str, object]]]


@dataclass(frozen=True, slots=True)
class CollectionKeys:
    """Kinds of keys, such as `emojis` for `emojis/{id}`, in the collections of some kinds of topics.

    In a server, only members with the permission `visible_to` receive them, and `of_channels` only those who may view
    the channel. `read` returns the keys with the values that the log has.
    """

    kinds: tuple[str, ...]
    topics: tuple[TopicWithKeys, ...]
    read: Read
    visible_to: Permission = NONE
    of_channels: bool = False


class Collections:
    """All declared keys."""

    def __init__(self, keys: Iterable[CollectionKeys]) -> None:
        self._keys: Final = list(keys)
        in_servers = [each for each in self._keys if "server" in each.topics]
        self._of_channels: Final = frozenset(kind for each in in_servers if each.of_channels for kind in each.kinds)
        self._restricted: Final = {
            kind: each.visible_to for each in in_servers for kind in each.kinds if each.visible_to
        }

    def may_see(self, event: Event, authority: Authority, visible: Collection[UUID]) -> bool:
        """Whether a viewer who views these channels receives a change of a server."""
        kind = kind_of(event.key)
        if kind in self._of_channels:
            return event.channel in visible
        return kind not in self._restricted or kind in self.restricted(authority)

    def restricted(self, authority: Authority) -> frozenset[str]:
        """The restricted kinds of changes that this viewer receives."""
        if authority.structure is None or authority.member_state is None:
            return frozenset()
        permissions = authority.structure.permissions(authority.user_id, authority.member_state)
        return frozenset(kind for kind, needed in self._restricted.items() if needed in permissions)

    async def read(
        self, connection: Connection, topic: TopicWithKeys, extract: Extract, restricted: AbstractSet[str] = frozenset()
    ) -> dict[str, object]:
        """The declared keys of a topic; of the restricted kinds, only these."""
        found: dict[str, object] = {}
        for each in self._keys:
            if topic in each.topics and (not each.visible_to or not restricted.isdisjoint(each.kinds)):
                found |= await each.read(connection, extract)
        return found
