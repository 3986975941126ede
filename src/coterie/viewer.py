"""The caller of a request, whom REST, the gateway and the streams establish before anything else."""

from typing import Final, Literal, TypeAlias, get_args
from uuid import UUID

from msgspec import Struct

ViewerKind: TypeAlias = Literal["session", "bot"]
"""What a caller has logged in as: a person with a session, or a bot."""

KINDS: Final[frozenset[ViewerKind]] = frozenset(get_args(ViewerKind))

ViewerScope: TypeAlias = Literal["read", "write", "account", "administration"]
"""What a credential can be used for: to read; to change; for the account's own sessions, password and bots; to
administer the instance. A scope limits what its account may do, and never grants anything."""

SCOPES: Final[frozenset[ViewerScope]] = frozenset(get_args(ViewerScope))


class Viewer(Struct, frozen=True):
    """The account and the session that a credential names, and what it can be used for."""

    user_id: UUID
    session_id: UUID
    username: str
    is_admin: bool
    kind: ViewerKind = "session"
    scopes: frozenset[ViewerScope] = SCOPES
