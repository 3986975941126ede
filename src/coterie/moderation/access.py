"""Who can act on whom: nobody on themselves, on the owner, or on a member who does not rank below them."""

from coterie import errors
from coterie.database.connection import Connection
from coterie.errors import CoterieError
from coterie.moderation.errors import OWNER_PROTECTED
from coterie.moderation.models import Against
from coterie.permissions.bits import Permission
from coterie.permissions.cache import PermissionCache
from coterie.permissions.hierarchy import EVERYBODY, check_outranks, structure_of
from coterie.permissions.structure import MemberState


async def member(
    permissions: PermissionCache, connection: Connection, against: Against, permission: Permission
) -> MemberState:
    """A member on whom the actor may act. The server and the member do not change until the transaction's end."""
    return await _judged(permissions, connection, against, permission, is_member=True)


async def any_user(
    permissions: PermissionCache, connection: Connection, against: Against, permission: Permission
) -> MemberState:
    """Like `member`, or a user outside the server, who ranks below every member."""
    return await _judged(permissions, connection, against, permission, is_member=False)


async def _judged(
    permissions: PermissionCache, connection: Connection, against: Against, permission: Permission, *, is_member: bool
) -> MemberState:
    target = against.target_id
    authority = await permissions.locked(connection, against.server_id, against.actor_id, also=[target])
    structure = structure_of(authority)
    if target == against.actor_id:
        raise CoterieError(errors.NOT_YOURSELF)
    member_state = await permissions.member_state(connection, against.server_id, target)
    if is_member and not member_state.is_member:
        raise CoterieError(errors.NOT_FOUND)
    if target == structure.owner_id:
        raise CoterieError(OWNER_PROTECTED)
    authority.check(permission)
    check_outranks(authority, structure.rank(target, member_state) if member_state.is_member else EVERYBODY)
    return member_state
