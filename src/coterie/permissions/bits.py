"""The fifteen permissions, and what a member has of them. `docs/permissions.md` explains the rules to people.

This is the one evaluation: every route, list, event and subscription asks it, and nothing else decides.
"""

from collections.abc import Iterable, Mapping
from enum import IntFlag
from typing import Final
from uuid import UUID


class Permission(IntFlag):
    """What somebody may do; the values go over the wire as sums."""

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
EVERY: Final = Permission(32767)
DEFAULT: Final = Permission(123)
"""What every member of a new server may: view, send, attach, react, connect, speak."""

IN_CONVERSATION: Final = DEFAULT
"""What everybody who takes part in a conversation may there."""

Overrides = Mapping[UUID, tuple[int, int]]
"""Of one channel: the bits allowed and denied for a role, a member, or (under the server's id) everybody."""


def in_server(default: int, roles: Iterable[int]) -> Permission:
    """What a member's roles and the server's default add up to; an administrator has every bit."""
    granted = default
    for permissions in roles:
        granted |= permissions
    return EVERY if granted & Permission.ADMINISTRATOR else Permission(granted)


def in_channel(
    base: Permission, overrides: Overrides, everybody: UUID, roles: Iterable[UUID], user: UUID
) -> Permission:
    """What is left of `base` in a channel: the override for everybody, then those of all roles at once, then the own.

    At each step what is denied goes and what is allowed comes, so that among several roles an allowance wins. Whoever
    may not view the channel may do nothing in it. An administrator is not overridden.
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
