"""What somebody may in a channel, told to those who manage roles: the same evaluation, seen through other eyes."""

from typing import Final
from uuid import UUID

from coterie import errors
from coterie.database.connection import Connection
from coterie.errors import CoterieError
from coterie.permissions.bits import Permission
from coterie.permissions.models import Effective
from coterie.permissions.rights import Rights, Seen
from coterie.permissions.structure import Standing

NOBODY: Final = UUID(int=0)
"""Stands for a member of whom nothing but the roles is known."""


def own(seen: Seen) -> Effective:
    """What the viewer may."""
    assert seen.place is not None, "asked of a channel"
    until = seen.standing.timed_out_until if seen.standing else None
    return Effective(seen.place.id, seen.user_id, None, int(seen.permissions), until)


async def of_member(rights: Rights, connection: Connection, seen: Seen, user_id: UUID) -> Effective:
    """What another member may; NOT_FOUND if it is none."""
    channel_id = _checked(seen)
    assert seen.structure is not None, "of a conversation nobody manages roles"
    standing = await rights.standing(connection, seen.structure.server_id, user_id)
    if not standing.is_member:
        raise CoterieError(errors.NOT_FOUND)
    permissions = seen.structure.permissions_in(channel_id, user_id, standing)
    return Effective(channel_id, user_id, None, int(permissions), standing.timed_out_until)


def of_role(seen: Seen, channel_id: UUID, role_id: UUID) -> Effective:
    """What somebody with this role alone may."""
    _checked(seen)
    assert seen.structure is not None, "of a conversation nobody manages roles"
    if role_id != seen.structure.server_id and role_id not in seen.structure.roles:
        raise CoterieError(errors.NOT_FOUND)
    standing = Standing(seen.as_of, is_member=True, role_ids=frozenset({role_id}))
    permissions = seen.structure.permissions_in(channel_id, NOBODY, standing)
    return Effective(channel_id, None, role_id, int(permissions), None)


def _checked(seen: Seen) -> UUID:
    seen.check(Permission.MANAGE_ROLES)
    assert seen.place is not None, "asked of a channel"
    return seen.place.id
