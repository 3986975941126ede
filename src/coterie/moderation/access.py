"""Who may act on whom: nobody on themselves, the owner, or somebody who does not stand below them."""

from coterie import errors
from coterie.database.connection import Connection
from coterie.errors import CoterieError
from coterie.moderation.models import Against
from coterie.permissions.access import EVERYBODY, check_outranks, structure_of
from coterie.permissions.bits import Permission
from coterie.permissions.rights import Rights
from coterie.permissions.structure import Standing


async def member(rights: Rights, connection: Connection, against: Against, permission: Permission) -> Standing:
    """A member whom the actor may act on. Nothing of the server or of them changes before the transaction's end."""
    return await _judged(rights, connection, against, permission, is_member=True)


async def anybody(rights: Rights, connection: Connection, against: Against, permission: Permission) -> Standing:
    """As `member`, or somebody outside of the server, who stands below every member."""
    return await _judged(rights, connection, against, permission, is_member=False)


async def _judged(
    rights: Rights, connection: Connection, against: Against, permission: Permission, *, is_member: bool
) -> Standing:
    target = against.target_id
    seen = await rights.locked(connection, against.server_id, against.actor_id, also=[target])
    structure = structure_of(seen)
    if target == against.actor_id:
        raise CoterieError(errors.NOT_YOURSELF)
    standing = await rights.standing(connection, against.server_id, target)
    if is_member and not standing.is_member:
        raise CoterieError(errors.NOT_FOUND)
    if target == structure.owner_id:
        raise CoterieError(errors.OWNER_PROTECTED)
    seen.check(permission)
    check_outranks(seen, structure.rank(target, standing) if standing.is_member else EVERYBODY)
    return standing
