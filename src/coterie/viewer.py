"""The caller of a request, whom REST, the gateway and the streams establish before anything else."""

from typing import Literal, TypeAlias
from uuid import UUID

from msgspec import Struct

ViewerKind: TypeAlias = Literal["session", "bot"]
"""What a caller has logged in as: a person with a session, or a bot."""


class Viewer(Struct, frozen=True):
    """The account and the session that a credential names."""

    user_id: UUID
    session_id: UUID
    username: str
    is_admin: bool
    kind: ViewerKind = "session"
