"""Who may ask what retention would remove."""

from uuid import UUID

from coterie.permissions.bits import Permission
from coterie.permissions.context import ActionContext


async def check_managed(context: ActionContext, server_id: UUID, user_id: UUID) -> None:
    """Raises NOT_FOUND for outsiders, and a refusal for members without MANAGE_SERVER."""
    authority = await context.permissions.in_server(context.database, server_id, user_id)
    authority.check(Permission.MANAGE_SERVER)
