"""Shows members who manage roles what others may do in a channel, by the same evaluation as everywhere."""

from typing import Final
from uuid import UUID

from coterie import errors
from coterie.database.connection import Connection
from coterie.errors import CoterieError
from coterie.permissions.authority import Authority
from coterie.permissions.bits import Permission
from coterie.permissions.cache import PermissionCache
from coterie.permissions.models import Effective
from coterie.permissions.structure import MemberState

NOBODY: Final = UUID(int=0)
"""Stands for a member of whom only the roles are known."""


def own(authority: Authority) -> Effective:
    """What the viewer may do."""
    assert authority.place is not None, "asked of a channel"
    until = authority.member_state.timed_out_until if authority.member_state else None
    return Effective(authority.place.id, authority.user_id, None, int(authority.permissions), until)


async def of_member(cache: PermissionCache, connection: Connection, authority: Authority, user_id: UUID) -> Effective:
    """What another member may do; NOT_FOUND if the user is not a member."""
    channel_id = _checked(authority)
    assert authority.structure is not None, "of a conversation nobody manages roles"
    member_state = await cache.member_state(connection, authority.structure.server_id, user_id)
    if not member_state.is_member:
        raise CoterieError(errors.NOT_FOUND)
    permissions = authority.structure.permissions_in(channel_id, user_id, member_state)
    return Effective(channel_id, user_id, None, int(permissions), member_state.timed_out_until)


def of_role(authority: Authority, channel_id: UUID, role_id: UUID) -> Effective:
    """What a member with only this role may do."""
    _checked(authority)
    assert authority.structure is not None, "of a conversation nobody manages roles"
    if role_id != authority.structure.server_id and role_id not in authority.structure.roles:
        raise CoterieError(errors.NOT_FOUND)
    member_state = MemberState(authority.as_of, is_member=True, role_ids=frozenset({role_id}))
    permissions = authority.structure.permissions_in(channel_id, NOBODY, member_state)
    return Effective(channel_id, None, role_id, int(permissions), None)


def _checked(authority: Authority) -> UUID:
    authority.check(Permission.MANAGE_ROLES)
    assert authority.place is not None, "asked of a channel"
    return authority.place.id
