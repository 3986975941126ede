"""The user behind a request, which REST, the gateway and the streams establish before anything else."""

from uuid import UUID

from msgspec import Struct


class Viewer(Struct, frozen=True):
    """The account and the session that an access token names."""

    user_id: UUID
    session_id: UUID
    username: str
    is_admin: bool
    is_bot: bool = False
