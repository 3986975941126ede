"""What others see of an account."""

from uuid import UUID

from coterie.accounts.models import PublicProfile
from coterie.database.connection import Connection
from coterie.presence.queries import SHOWN_TO_VIEWER, VIEWED


async def public_profile(connection: Connection, user_id: UUID, viewer: UUID) -> PublicProfile | None:
    """What everyone may see of an account that is not disabled, with its presence as the viewer sees it."""
    row = await connection.fetchrow(
        f"""
        SELECT users.id, username, avatar_url, {SHOWN_TO_VIEWER}, bio, pronouns, created_at, display_name
        FROM users {VIEWED}
        WHERE users.id = $2 AND disabled_at IS NULL
        """,
        viewer,
        user_id,
    )
    return PublicProfile(**row) if row else None
