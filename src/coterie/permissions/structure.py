"""What a process knows of a server in order to tell who may do what in it.

It is a copy of the server's roles, channels and overrides as they stood at `position` of the server's topic, and
follows the topic: `apply` takes a change of the log, in order, and ignores one that it knows. So a decision names the
position at which it was made, and a write that carries it is only taken while the server still stands there.

Connections that listen to the server share one structure, so that a change is worked out once for each combination of
roles and not once for each listener.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from msgspec import Struct

from coterie.channels.models import Channel
from coterie.permissions import bits
from coterie.permissions.bits import EVERY, Permission
from coterie.permissions.models import Override, Role

STANDINGS_LIMIT: Final = 10_000
"""Members of one server whose roles are remembered."""

MEMO_LIMIT: Final = 1_000
"""Combinations of roles for which a server's visible channels are remembered."""

OWNER_RANK: Final = 1 << 31

Memo = tuple[frozenset[UUID], UUID | None]


@dataclass(frozen=True, slots=True)
class Standing:
    """What somebody is in a server: their roles, and until when they are timed out. `as_of` is its position."""

    as_of: int
    is_member: bool
    role_ids: frozenset[UUID] = frozenset()
    timed_out_until: datetime | None = None


class LoggedServer(Struct, frozen=True):
    """Of the value of `server` in the log, what rights depend on."""

    owner_id: UUID
    default_permissions: int


class LoggedMember(Struct, frozen=True):
    """Of the value of `members/<id>` in the log, what rights depend on."""

    role_ids: list[UUID]
    timeout_expires_at: datetime | None


class Structure:
    """A server's roles, channels and overrides at a position of its topic."""

    def __init__(self, server_id: UUID, position: int, server: LoggedServer) -> None:
        self.server_id: Final = server_id
        self.position = position
        self.owner_id = server.owner_id
        self.default = server.default_permissions
        self.roles: Final[dict[UUID, Role]] = {}
        self.channels: Final[dict[UUID, Channel]] = {}
        self.overrides: Final[dict[UUID, Override]] = {}
        self.standings: Final[dict[UUID, Standing]] = {}
        self._targets: Final[dict[UUID, dict[UUID, tuple[int, int]]]] = {}
        self._named: Final[set[UUID]] = set()
        self._granted: Final[dict[Memo, dict[UUID, Permission]]] = {}
        self._visible: Final[dict[Memo, frozenset[UUID]]] = {}

    def add(self, *values: Role | Channel | Override) -> None:
        """Put in what a fresh reading found."""
        for value in values:
            if isinstance(value, Role):
                self.roles[value.id] = value
            elif isinstance(value, Channel):
                self.channels[value.id] = value
            else:
                self._set_override(value)
        self._forget()

    def apply(self, position: int, key: str, data: str, *, is_removal: bool) -> None:
        """Take one change of the server's topic; one that is known already changes nothing."""
        if position <= self.position:
            return
        self.position = position
        kind, _, name = key.partition("/")
        if kind == "members":
            self._take_member(position, UUID(name), data, is_removal=is_removal)
        elif kind == "server":
            server = msgspec.json.decode(data, type=LoggedServer)
            self.owner_id, self.default = server.owner_id, server.default_permissions
            self._forget()
        elif kind in ("roles", "channels", "overrides"):
            self._take(kind, UUID(name), data, is_removal=is_removal)

    def permissions(self, user_id: UUID, standing: Standing) -> Permission:
        """What a member may in the server at large."""
        if user_id == self.owner_id:
            return EVERY
        roles = (self.roles[role].permissions for role in standing.role_ids if role in self.roles)
        return bits.in_server(self.default, roles)

    def permissions_in(self, channel_id: UUID, user_id: UUID, standing: Standing) -> Permission:
        """What a member may in a channel; nothing in one that is not there."""
        if not standing.is_member or channel_id not in self.channels:
            return bits.NONE
        granted = self._granted.setdefault(self._memo(user_id, standing), {})
        if channel_id not in granted:
            base = self.permissions(user_id, standing)
            targets = self._targets.get(channel_id, {})
            roles = standing.role_ids & self.roles.keys()
            granted[channel_id] = bits.in_channel(base, targets, self.server_id, roles, user_id)
        return granted[channel_id]

    def visible(self, user_id: UUID, standing: Standing) -> frozenset[UUID]:
        """The channels that a member may view."""
        memo = self._memo(user_id, standing)
        if memo not in self._visible:
            self._visible[memo] = frozenset(
                channel for channel in self.channels if self.permissions_in(channel, user_id, standing)
            )
        return self._visible[memo]

    def rank(self, user_id: UUID, standing: Standing) -> int:
        """How high somebody stands: the owner above all, else the position of their highest role, 0 without one."""
        if user_id == self.owner_id:
            return OWNER_RANK
        return max((self.roles[role].position for role in standing.role_ids if role in self.roles), default=0)

    @property
    def roles_by_rank(self) -> list[Role]:
        """The highest first; roles of one position in the order in which they were made."""
        return sorted(self.roles.values(), key=lambda role: (-role.position, role.id))

    def overrides_of(self, channel_id: UUID) -> list[Override]:
        """Of a channel: first those of roles, then those of members."""
        found = [override for override in self.overrides.values() if override.channel_id == channel_id]
        return sorted(found, key=lambda override: (override.role_id is None, override.target))

    def remember(self, user_id: UUID, standing: Standing) -> None:
        """Keep what somebody is here, for the next time."""
        if len(self.standings) >= STANDINGS_LIMIT:
            self.standings.clear()
        self.standings[user_id] = standing

    def _memo(self, user_id: UUID, standing: Standing) -> "Memo":
        """What decides a member's rights: the roles; and who they are, where that counts."""
        if len(self._granted) >= MEMO_LIMIT:
            self._forget()
        is_special = user_id == self.owner_id or user_id in self._named or not standing.is_member
        return (standing.role_ids, user_id if is_special else None)

    def _forget(self) -> None:
        """Something changed on which everybody's rights may depend."""
        self._granted.clear()
        self._visible.clear()
        self._named.clear()
        self._named.update(override.user_id for override in self.overrides.values() if override.user_id)

    def _take(self, kind: str, id: UUID, data: str, *, is_removal: bool) -> None:
        if kind == "roles":
            self.roles.pop(id, None)
            if not is_removal:
                self.roles[id] = msgspec.json.decode(data, type=Role)
        elif kind == "channels":
            self.channels.pop(id, None)
            if is_removal:
                self._forget_overrides(id)
            else:
                self.channels[id] = msgspec.json.decode(data, type=Channel)
        else:
            self._drop_override(id)
            if not is_removal:
                self._set_override(msgspec.json.decode(data, type=Override))
        self._forget()

    def _take_member(self, position: int, user_id: UUID, data: str, *, is_removal: bool) -> None:
        known = self.standings.get(user_id)
        if known is not None and known.as_of < position:
            self.standings[user_id] = standing_of(position, data, is_removal=is_removal)

    def _set_override(self, override: Override) -> None:
        self.overrides[override.id] = override
        self._targets.setdefault(override.channel_id, {})[override.target] = (override.allow, override.deny)

    def _drop_override(self, id: UUID) -> None:
        if (known := self.overrides.pop(id, None)) is not None:
            self._targets.get(known.channel_id, {}).pop(known.target, None)

    def _forget_overrides(self, channel_id: UUID) -> None:
        self._targets.pop(channel_id, None)
        for override in [each for each in self.overrides.values() if each.channel_id == channel_id]:
            del self.overrides[override.id]


def standing_of(position: int, data: str, *, is_removal: bool) -> Standing:
    """What a change of `members/<id>` makes of somebody."""
    if is_removal:
        return Standing(position, is_member=False)
    member = msgspec.json.decode(data, type=LoggedMember)
    return Standing(
        position, is_member=True, role_ids=frozenset(member.role_ids), timed_out_until=member.timeout_expires_at
    )
