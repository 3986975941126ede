"""The permissions, and which of them a member has. `docs/permissions.md` explains the rules to users.

This is the only evaluation: every route, list, event and subscription uses it, and nothing else decides.
"""

from collections.abc import Iterable, Mapping
from enum import IntFlag
from typing import Final
from uuid import UUID


class Permission(IntFlag):
    """What a user may do; the values go over the wire as sums."""

    VIEW_CHANNEL = 1
    SEND_MESSAGES = 2
    MANAGE_MESSAGES = 4
    ATTACH_FILES = 8
    ADD_REACTIONS = 16
    CONNECT_VOICE = 32
    SPEAK = 64
    MUTE_MEMBERS = 128
    KICK_MEMBERS = 256
    BAN_MEMBERS = 512
    MANAGE_CHANNELS = 1024
    MANAGE_ROLES = 2048
    MANAGE_SERVER = 4096
    ADMINISTRATOR = 8192
    CREATE_INVITES = 16384


NONE: Final = Permission(0)
EVERY: Final = ~NONE
DEFAULT: Final = Permission(123)
"""What every member of a new server may do: view, send, attach, react, connect, speak."""

IN_CONVERSATION: Final = DEFAULT
"""What every participant of a conversation may do in it."""

Overrides = Mapping[UUID, tuple[int, int]]
"""For one channel: the bits allowed and denied for a role, a member, or (under the server's id) everyone."""


def in_server(default: int, roles: Iterable[int]) -> Permission:
    """The sum of a member's roles and the server's default; an administrator has every bit."""
    granted = default
    for permissions in roles:
        granted |= permissions
    return EVERY if granted & Permission.ADMINISTRATOR else Permission(granted)


def in_channel(
    base: Permission, overrides: Overrides, everybody: UUID, roles: Iterable[UUID], user: UUID
) -> Permission:
    """Apply a channel's overrides to `base`: for everyone, then for all the roles at once, then for the member.

    Each step removes what is denied, then adds what is allowed, so among several roles an allowance wins. A member who
    may not view the channel may do nothing in it. Overrides do not apply to an administrator.
    """
    if base & Permission.ADMINISTRATOR:
        return EVERY
    allow, deny = overrides.get(everybody, (0, 0))
    granted = int(base) & ~deny | allow
    allow = deny = 0
    for role in roles:
        role_allow, role_deny = overrides.get(role, (0, 0))
        allow, deny = allow | role_allow, deny | role_deny
    granted = granted & ~deny | allow
    allow, deny = overrides.get(user, (0, 0))
    granted = granted & ~deny | allow
    return Permission(granted) if granted & Permission.VIEW_CHANNEL else NONE
