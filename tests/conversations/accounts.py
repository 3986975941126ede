"""Accounts for tests that look at the database alone."""

from uuid import UUID

from coterie.database.connection import Database
from coterie.identifiers import new_id
from coterie.registration.actions import create_user


async def make_account(pool: Database) -> UUID:
    """A new account that cannot log in."""
    async with pool.acquire() as connection, connection.transaction():
        name = f"person_{new_id().hex[-12:]}"
        return (await create_user(connection, name, None, "", is_admin=False)).id
