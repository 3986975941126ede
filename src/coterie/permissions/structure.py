"""What a process knows about a server in order to decide who may do what in it.

It is a copy of the server's roles, channels, overrides and automod's rules at `position` of the server's topic, and
follows the topic: `apply` applies a change of the log, in order, and ignores those that it has. So a decision names the
position at which it was made, and a write that carries it is accepted only while the server is still at that position.

Connections that follow the server share one structure, so that the effect of a change is computed once for each
combination of roles, and not for each connection.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from msgspec import Raw, Struct

from coterie.filtering.models import Automod
from coterie.filtering.rules import Rules
from coterie.permissions import bits
from coterie.permissions.bits import EVERY, Permission
from coterie.permissions.models import Channel, Override, Role

STANDINGS_LIMIT: Final = 10_000
"""Members of one server whose roles are cached."""

MEMO_LIMIT: Final = 1_000
"""Combinations of roles for which a server's visible channels are cached."""

OWNER_RANK: Final = 1 << 31

Memo = tuple[frozenset[UUID], UUID | None]


@dataclass(frozen=True, slots=True)
class MemberState:
    """A user's roles in a server, and until when they are timed out; `as_of` is the position this was true at."""

    as_of: int
    is_member: bool
    role_ids: frozenset[UUID] = frozenset()
    timed_out_until: datetime | None = None


class LoggedServer(Struct, frozen=True):
    """The part of the value of `server` in the log that permissions depend on."""

    owner_id: UUID
    default_permissions: int


class LoggedMember(Struct, frozen=True):
    """The part of the value of `members/<id>` in the log that permissions depend on."""

    role_ids: list[UUID]
    timeout_expires_at: datetime | None


class Structure:
    """A server's roles, channels, overrides and automod's rules at a position of its topic."""

    def __init__(self, server_id: UUID, position: int, server: LoggedServer) -> None:
        self.server_id: Final = server_id
        self.position = position
        self.owner_id = server.owner_id
        self.default = server.default_permissions
        self.roles: Final[dict[UUID, Role]] = {}
        self.channels: Final[dict[UUID, Channel]] = {}
        self.overrides: Final[dict[UUID, Override]] = {}
        self.member_states: Final[dict[UUID, MemberState]] = {}
        self.rules: Rules | None = None
        self._held: Final[dict[UUID, dict[UUID, Override]]] = {}
        self._encoded: Final[dict[UUID, Raw]] = {}
        self._targets: Final[dict[UUID, dict[UUID, tuple[int, int]]]] = {}
        self._named: Final[set[UUID]] = set()
        self._granted: Final[dict[Memo, dict[UUID, Permission]]] = {}
        self._visible: Final[dict[Memo, frozenset[UUID]]] = {}

    def add(self, *values: Role | Channel | Override) -> None:
        """Add what was just read."""
        for value in values:
            if isinstance(value, Role):
                self.roles[value.id] = value
            elif isinstance(value, Channel):
                self.channels[value.id] = value
            else:
                self._set_override(value)
        self._forget()

    def set_rules(self, data: str | None) -> None:
        """Keep automod's rules as the log has them, if the server has any."""
        self.rules = Rules(msgspec.json.decode(data, type=Automod)) if data is not None else None

    def apply(self, position: int, key: str, data: str, *, is_removal: bool) -> None:
        """Apply a change of the server's topic; one that was applied already has no effect."""
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
        elif kind == "automod":
            self.set_rules(None if is_removal else data)
        elif kind in ("roles", "channels", "overrides"):
            self._take(kind, UUID(name), data, is_removal=is_removal)

    def permissions(self, user_id: UUID, member_state: MemberState) -> Permission:
        """What a member may do in the server as a whole."""
        if user_id == self.owner_id:
            return EVERY
        roles = (self.roles[role].permissions for role in member_state.role_ids if role in self.roles)
        return bits.in_server(self.default, roles)

    def permissions_in(self, channel_id: UUID, user_id: UUID, member_state: MemberState) -> Permission:
        """What a member may do in a channel; nothing if it does not exist."""
        if not member_state.is_member or channel_id not in self.channels:
            return bits.NONE
        granted = self._granted.setdefault(self._memo(user_id, member_state), {})
        if channel_id not in granted:
            base = self.permissions(user_id, member_state)
            targets = self._targets.get(channel_id, {})
            roles = member_state.role_ids & self.roles.keys()
            granted[channel_id] = bits.in_channel(base, targets, self.server_id, roles, user_id)
        return granted[channel_id]

    def visible(self, user_id: UUID, member_state: MemberState) -> frozenset[UUID]:
        """The channels that a member may view."""
        memo = self._memo(user_id, member_state)
        if memo not in self._visible:
            self._visible[memo] = frozenset(
                channel for channel in self.channels if self.permissions_in(channel, user_id, member_state)
            )
        return self._visible[memo]

    def rank(self, user_id: UUID, member_state: MemberState) -> int:
        """A user's rank: the owner is above all; otherwise the position of their highest role, 0 without one."""
        if user_id == self.owner_id:
            return OWNER_RANK
        return max((self.roles[role].position for role in member_state.role_ids if role in self.roles), default=0)

    @property
    def roles_by_rank(self) -> list[Role]:
        """The highest first; roles with the same position in the order in which they were created."""
        return sorted(self.roles.values(), key=lambda role: (-role.position, role.id))

    def overrides_of(self, channel_id: UUID) -> list[Override]:
        """A channel's overrides: first those of roles, then those of members."""
        found = self._held.get(channel_id, {}).values()
        return sorted(found, key=lambda override: (override.role_id is None, override.target))

    def encoded_overrides_of(self, channel_id: UUID) -> Raw | None:
        """As JSON, encoded once for all who are sent them; None if there are none."""
        if channel_id not in self._encoded and self._held.get(channel_id):
            self._encoded[channel_id] = Raw(msgspec.json.encode(self.overrides_of(channel_id)))
        return self._encoded.get(channel_id)

    def remember(self, user_id: UUID, member_state: MemberState) -> None:
        """Cache a user's state."""
        if len(self.member_states) >= STANDINGS_LIMIT:
            self.member_states.clear()
        self.member_states[user_id] = member_state

    def _memo(self, user_id: UUID, member_state: MemberState) -> "Memo":
        """What decides a member's permissions: their roles, and their id where that matters too."""
        if len(self._granted) >= MEMO_LIMIT:
            self._forget()
        is_special = user_id == self.owner_id or user_id in self._named or not member_state.is_member
        return (member_state.role_ids, user_id if is_special else None)

    def _forget(self) -> None:
        """Drop what was computed: something changed that anyone's permissions may depend on."""
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
        known = self.member_states.get(user_id)
        if known is not None and known.as_of < position:
            self.member_states[user_id] = member_state_of(position, data, is_removal=is_removal)

    def _set_override(self, override: Override) -> None:
        self.overrides[override.id] = override
        self._held.setdefault(override.channel_id, {})[override.id] = override
        self._encoded.pop(override.channel_id, None)
        self._targets.setdefault(override.channel_id, {})[override.target] = (override.allow, override.deny)

    def _drop_override(self, id: UUID) -> None:
        if (known := self.overrides.pop(id, None)) is not None:
            del self._held[known.channel_id][id]
            self._encoded.pop(known.channel_id, None)
            self._targets.get(known.channel_id, {}).pop(known.target, None)

    def _forget_overrides(self, channel_id: UUID) -> None:
        self._targets.pop(channel_id, None)
        self._encoded.pop(channel_id, None)
        for id in self._held.pop(channel_id, {}):
            del self.overrides[id]


def member_state_of(position: int, data: str, *, is_removal: bool) -> MemberState:
    """The state that a change of `members/<id>` describes."""
    if is_removal:
        return MemberState(position, is_member=False)
    member = msgspec.json.decode(data, type=LoggedMember)
    return MemberState(
        position, is_member=True, role_ids=frozenset(member.role_ids), timed_out_until=member.timeout_expires_at
    )
