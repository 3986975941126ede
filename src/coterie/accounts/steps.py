"""What a login may need besides the password: each kind of step is a package of its own, above this one."""

from typing import Protocol
from uuid import UUID

from msgspec import Raw

from coterie.database.connection import Connection


class LoginStep(Protocol):
    """One step. `name` is its name in the protocol."""

    @property
    def name(self) -> str: ...

    async def is_required(self, connection: Connection, user_id: UUID) -> bool:
        """Whether the account demands this step."""

    async def verify(self, connection: Connection, user_id: UUID, answer: Raw) -> bool:
        """Whether the answer, which is JSON, is right; what it uses up is used up in the caller's transaction.

        Raises INVALID or UNPROCESSABLE for an answer of another form.
        """
