"""For changes that need the password: it is still the account's when the change is made."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from coterie import errors
from coterie.accounts import queries
from coterie.accounts.access import existing
from coterie.accounts.actions import Accounts, check_password
from coterie.database.connection import OneConnection
from coterie.errors import CoterieError
from coterie.viewer import Viewer


@asynccontextmanager
async def owning(accounts: Accounts, viewer: Viewer, password: str) -> AsyncIterator[OneConnection]:
    """A transaction in which the account is locked and has this password. Raises WRONG_PASSWORD."""
    known = await check_password(accounts, viewer, password)
    async with accounts.database.acquire() as connection, connection.transaction():
        await existing(connection, viewer.user_id, lock=True)
        if await queries.password_hash(connection, viewer.user_id) != known:
            raise CoterieError(errors.WRONG_PASSWORD)
        yield connection
