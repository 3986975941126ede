"""Who may do what, for a request, a batch of writes, or a live connection.

A process caches the structures of the servers that it deals with, and refreshes them from the log: one statement,
however much has changed. A writer goes further: it decides by the cached permissions and passes on the position at
which it decided (`Authority.as_of`), and the writing statement accepts only decisions made at the server's current
position. So an ordinary write needs no query for permissions, and none is decided by outdated permissions.

The connections passed in must see the latest commit (no transaction with a snapshot of its own), and must not have
written anything to the log yet: a process may only cache what was committed.
"""

import asyncio
import weakref
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final
from uuid import UUID

import msgspec

from coterie import errors
from coterie.database.connection import Connection
from coterie.errors import CoterieError
from coterie.log.append import lock
from coterie.permissions import bits, queries
from coterie.permissions.authority import Authority
from coterie.permissions.bits import Permission
from coterie.permissions.models import Channel, Override, Place, Role
from coterie.permissions.queries import StructureRow
from coterie.permissions.structure import LoggedServer, MemberState, Structure

TRIES: Final = 8
"""How often something that keeps changing is read again."""

STRUCTURES_LIMIT: Final = 2_000
PLACES_LIMIT: Final = 100_000

ROLES: Final = msgspec.json.Decoder(list[Role])
CHANNELS: Final = msgspec.json.Decoder(list[Channel])
OVERRIDES: Final = msgspec.json.Decoder(list[Override])

Pair = tuple[UUID, UUID]


class PermissionCache:
    """The structures that this process caches, bounded; those that live connections use are kept."""

    def __init__(self) -> None:
        self._recent: Final[OrderedDict[UUID, Structure]] = OrderedDict()
        self._known: Final[weakref.WeakValueDictionary[UUID, Structure]] = weakref.WeakValueDictionary()
        self._places: Final[OrderedDict[UUID, Place]] = OrderedDict()

    async def in_server(self, connection: Connection, server_id: UUID, user_id: UUID) -> Authority:
        """What a user may do in a server at this moment; NOT_FOUND unless they are a member."""
        await self._learn(connection, [server_id], [(server_id, user_id)], is_fresh=True)
        authority = self._seen_in_server(server_id, user_id)
        if authority is None:
            raise CoterieError(errors.NOT_FOUND)
        return authority

    async def in_channel(self, connection: Connection, channel_id: UUID, user_id: UUID) -> Authority:
        """What a user may do in a channel or conversation at this moment; NOT_FOUND unless they may view it."""
        [authority] = await self.judge(connection, [(channel_id, user_id)])
        if authority is None:
            raise CoterieError(errors.NOT_FOUND)
        return authority

    async def locked(
        self, connection: Connection, server_id: UUID, user_id: UUID, *, also: Collection[UUID] = ()
    ) -> Authority:
        """As `in_server`, but the server's permissions cannot change until the transaction ends.

        Takes the lock of the server's topic, and of the topics `also` (users, channels) that the transaction changes.
        An outsider is refused before anything is locked.
        """
        await self.in_server(connection, server_id, user_id)
        await lock(connection, list({server_id, *also}))
        return await self.in_server(connection, server_id, user_id)

    async def judge(
        self, connection: Connection, pairs: Sequence[Pair], *, is_fresh: bool = True
    ) -> list[Authority | None]:
        """What each user may do in the channel of their pair; None unless they may view it.

        Without `is_fresh` by what the process has cached, which may be outdated: for writes that `as_of` checks.
        """
        places = await self._find_places(connection, {channel for channel, _ in pairs})
        homes = [
            (place.server_id, user)
            for channel, user in pairs
            if (place := places.get(channel)) is not None and place.server_id is not None
        ]
        await self._learn(connection, {server for server, _ in homes}, homes, is_fresh=is_fresh)
        in_conversations = [pair for pair in pairs if pair[0] in places and places[pair[0]].server_id is None]
        parts = await queries.participations(connection, in_conversations) if in_conversations else {}
        return [self._seen_at(places.get(channel), user, parts) for channel, user in pairs]

    def known(self, channel_id: UUID, user_id: UUID) -> Authority | None:
        """What a user may do in a server's channel by what the process has cached; None if it has nothing usable."""
        place = self._places.get(channel_id)
        return self._seen_at(place, user_id, {}) if place is not None else None

    def is_conversation(self, channel_id: UUID) -> bool:
        """Whether this is known to be a conversation; it is if anyone's right to it was checked here."""
        place = self._places.get(channel_id)
        return place is not None and place.server_id is None

    async def member_state(self, connection: Connection, server_id: UUID, user_id: UUID) -> MemberState:
        """A user's state in a server, member or not, as of the structure that `in_server` or `locked` has read."""
        return (await self.member_states(connection, server_id, [user_id]))[user_id]

    async def member_states(
        self, connection: Connection, server_id: UUID, users: Collection[UUID]
    ) -> dict[UUID, MemberState]:
        """As `member_state`, for several users; NOT_FOUND if the server has gone."""
        await self._learn(connection, [server_id], [(server_id, user) for user in users], is_fresh=False)
        structure = self._known.get(server_id)
        found = {user: structure.member_states.get(user) for user in users} if structure else {}
        known = {user: state for user, state in found.items() if state is not None}
        if len(known) < len(set(users)):
            raise CoterieError(errors.NOT_FOUND)
        return known

    async def memberships(
        self, connection: Connection, user_id: UUID, servers: Collection[UUID] | None = None
    ) -> list[Authority]:
        """What a user may do in each of their servers, or in those of the given servers that they are in."""
        asked = await queries.servers_of(connection, user_id) if servers is None else servers
        await self._learn(connection, asked, [(server, user_id) for server in asked], is_fresh=True)
        return [authority for server in asked if (authority := self._seen_in_server(server, user_id)) is not None]

    def _seen_in_server(self, server_id: UUID, user_id: UUID) -> Authority | None:
        structure = self._known.get(server_id)
        member_state = structure.member_states.get(user_id) if structure else None
        if structure is None or member_state is None or not member_state.is_member:
            return None
        permissions = structure.permissions(user_id, member_state)
        return Authority(user_id, permissions, None, structure, member_state, structure.position)

    def _seen_at(self, place: Place | None, user_id: UUID, parts: Mapping[Pair, bool]) -> Authority | None:
        if place is None:
            return None
        if place.server_id is None:
            return _seen_in_conversation(place, user_id, parts.get((place.id, user_id)))
        authority = self._seen_in_server(place.server_id, user_id)
        if authority is None or authority.structure is None or authority.member_state is None:
            return None
        permissions = authority.structure.permissions_in(place.id, user_id, authority.member_state)
        if not permissions:
            return None
        return Authority(user_id, permissions, place, authority.structure, authority.member_state, authority.as_of)

    async def _find_places(self, connection: Connection, channels: Collection[UUID]) -> dict[UUID, Place]:
        unknown = [channel for channel in channels if channel not in self._places]
        for found in await queries.places(connection, unknown) if unknown else ():
            self._places[found.id] = found
            if len(self._places) > PLACES_LIMIT:
                self._places.popitem(last=False)
        return {channel: place for channel in channels if (place := self._places.get(channel)) is not None}

    async def _learn(
        self, connection: Connection, servers: Collection[UUID], members: Iterable[Pair], *, is_fresh: bool
    ) -> None:
        """Cache these servers and these users' states in them; with `is_fresh` as they are now."""
        held = [structure for server in set(servers) if (structure := self._known.get(server)) is not None]
        if is_fresh and held:
            await self._refresh(connection, held)
        missing = [server for server in set(servers) if server not in self._known]
        kept = held + (await self._load(connection, missing) if missing else [])
        await self._load_members(connection, [pair for pair in set(members) if not self._has_member(pair)])
        for structure in kept:
            self._keep(structure)

    def _has_member(self, pair: Pair) -> bool:
        server, user = pair
        structure = self._known.get(server)
        return structure is None or user in structure.member_states

    async def _load(self, connection: Connection, servers: Collection[UUID]) -> list[Structure]:
        """Read structures. One that somebody else has loaded meanwhile is refreshed, if this reading is newer."""
        loaded: list[Structure] = []
        behind: list[Structure] = []
        for row in await queries.structures(connection, servers):
            structure = self._known.get(row.server_id)
            if structure is None:
                structure = self._known[row.server_id] = structure_of(row)
                await asyncio.sleep(0)  # a large one takes milliseconds
            elif structure.position < row.position:
                behind.append(structure)
            loaded.append(structure)
        if behind:
            await self._refresh(connection, behind)
        return loaded

    async def _refresh(self, connection: Connection, structures: Sequence[Structure]) -> None:
        found = await queries.changes(connection, [(each.server_id, each.position) for each in structures])
        for structure in structures:
            changes = found[structure.server_id]
            if changes is None:
                self._known.pop(structure.server_id, None)
                self._recent.pop(structure.server_id, None)
                continue
            for change in changes:
                structure.apply(change.position, change.key, change.data, is_removal=change.is_removal)

    async def _load_members(self, connection: Connection, pairs: Sequence[Pair]) -> None:
        """Read users' states. A structure that is behind is refreshed; if it is ahead, they are read again."""
        for _ in range(TRIES):
            if not pairs:
                return
            behind: list[Structure] = []
            again: list[Pair] = []
            for row in await queries.member_states(connection, pairs):
                structure = self._known.get(row.server_id)
                if structure is None:
                    continue
                if row.position < structure.position:
                    again.append((row.server_id, row.user_id))
                    continue
                member_state = MemberState(row.position, row.is_member, frozenset(row.role_ids), row.timed_out_until)
                structure.remember(row.user_id, member_state)
                if row.position > structure.position:
                    behind.append(structure)
            if behind:
                await self._refresh(connection, list({each.server_id: each for each in behind}.values()))
            pairs = again
        if pairs:
            raise CoterieError(errors.UNAVAILABLE, retry_after=1)

    def _keep(self, structure: Structure) -> None:
        self._recent[structure.server_id] = structure
        self._recent.move_to_end(structure.server_id)
        if len(self._recent) > STRUCTURES_LIMIT:
            self._recent.popitem(last=False)


def _seen_in_conversation(place: Place, user_id: UUID, may_write: bool | None) -> Authority | None:
    """What a user may do in a conversation; None if they do not take part in it."""
    if may_write is None:
        return None
    return Authority(user_id, bits.IN_CONVERSATION if may_write else Permission.VIEW_CHANNEL, place)


def structure_of(row: StructureRow) -> Structure:
    """The structure of a row as it was read."""
    structure = Structure(row.server_id, row.position, LoggedServer(row.owner_id, row.default_permissions))
    structure.add(*ROLES.decode(row.roles), *CHANNELS.decode(row.channels), *OVERRIDES.decode(row.overrides))
    structure.set_rules(row.automod)
    return structure
