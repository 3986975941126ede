"""A channel's permission overrides: which are valid, and those with which a channel begins.

A channel that begins with overrides is never visible to those from whom they hide it. They are judged as if each was
set by itself.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from coterie import errors
from coterie.audit.models import AuditEntry
from coterie.channels import queries
from coterie.channels.audit_actions import CHANNEL_OVERRIDE_UPDATE
from coterie.channels.errors import TOO_MANY_OVERRIDES
from coterie.channels.models import OVERRIDE_LIMIT, SERVER_OVERRIDE_LIMIT
from coterie.database.connection import Connection
from coterie.errors import CoterieError
from coterie.identifiers import new_id
from coterie.log.append import Change
from coterie.permissions.authority import Authority
from coterie.permissions.bits import Permission
from coterie.permissions.cache import PermissionCache
from coterie.permissions.hierarchy import check_grants, check_override_targets, structure_of
from coterie.permissions.models import Override, OverrideSetting
from coterie.permissions.structure import Structure

KEPT: Final = Permission.VIEW_CHANNEL | Permission.CONNECT_VOICE
"""What the creator of a channel can allow themselves: otherwise they would hide it from themselves too. No more, since
they would keep it without the role that gives it to them now."""


def check_setting(setting: OverrideSetting) -> None:
    """Raises INVALID unless it is for one role or member, and allows nothing that it denies."""
    if (setting.role_id is None) == (setting.user_id is None):
        raise CoterieError(errors.INVALID, "Give either role_id or user_id: an override is for one role or one member.")
    if setting.allow & setting.deny:
        raise CoterieError(errors.INVALID, "A permission can't be both allowed and denied.")


def check_room(structure: Structure, held: int, added: int) -> None:
    """Raises TOO_MANY_OVERRIDES if a channel with `held` overrides, or its server, cannot have this number more."""
    if held + added > OVERRIDE_LIMIT or len(structure.overrides) + added > SERVER_OVERRIDE_LIMIT:
        raise CoterieError(TOO_MANY_OVERRIDES)


async def check_new(
    permissions: PermissionCache, connection: Connection, authority: Authority, settings: Sequence[OverrideSetting]
) -> None:
    """Raises what setting them would raise, for a channel in which the caller has their permissions in the server."""
    for setting in settings:
        check_setting(setting)
        check_grants(authority.permissions, setting.allow | setting.deny)
    if settings:
        check_room(structure_of(authority), 0, len(settings))
    if len({setting.role_id or setting.user_id for setting in settings}) < len(settings):
        raise CoterieError(errors.INVALID, "Give each role and each member only one override.")
    others = [setting for setting in settings if not _keeps(setting, authority.user_id)]
    await check_override_targets(permissions, connection, authority, others)


async def insert(
    connection: Connection, channel_id: UUID, authority: Authority, settings: Sequence[OverrideSetting]
) -> list[Override]:
    """Store the overrides of a new channel."""
    made = [Override(new_id(), channel_id, each.role_id, each.user_id, each.allow, each.deny) for each in settings]
    everyone = structure_of(authority).server_id
    if made:
        stored = [replace(each, role_id=None) if each.role_id == everyone else each for each in made]
        await queries.insert_overrides(connection, stored)
    return made


def change(override: Override, server_id: UUID) -> Change:
    """The change of the server's topic that sets it."""
    return Change(server_id, f"overrides/{override.id}", "CHANNEL_OVERRIDE_UPDATE", override)


def entry(override: Override, server_id: UUID, actor_id: UUID) -> AuditEntry:
    """For the audit log: what is allowed and denied from now on."""
    details: dict[str, object] = {
        "override_id": override.id,
        "role_id": override.role_id,
        "user_id": override.user_id,
        "allow": override.allow,
        "deny": override.deny,
    }
    return AuditEntry(server_id, actor_id, CHANNEL_OVERRIDE_UPDATE, override.channel_id, details)


def _keeps(setting: OverrideSetting, user_id: UUID) -> bool:
    """Whether it only lets the caller keep the channel that they create."""
    return setting.user_id == user_id and not setting.deny and not setting.allow & ~KEPT
