"""The instance as its visitors see it: its name, and who can register. Its administrators change both."""

from uuid import UUID

from msgspec import UNSET

from coterie.accounts import queries
from coterie.accounts.roster import set_registration_mode
from coterie.database.connection import Connection, Database
from coterie.files.models import FileRules
from coterie.passkeys.actions import Passkeys
from coterie.registration.actions import needs_setup_code
from coterie.registration.models import Instance, InstanceChange
from coterie.security_events.actions import record
from coterie.security_events.models import SecurityEvent


async def instance(passkeys: Passkeys, files: FileRules, *, is_local: bool) -> Instance:
    """What a visitor at this address learns of the instance."""
    accounts = passkeys.accounts
    name = await accounts.database.fetchval("SELECT name FROM instance_settings")
    needs_setup = not await queries.has_accounts(accounts.database)
    return Instance(
        name=name,
        registration_mode=await queries.registration_mode(accounts.database),
        needs_setup=needs_setup,
        needs_setup_code=needs_setup and await needs_setup_code(accounts, is_local=is_local),
        files=files,
        sends_mail=accounts.mailing is not None,
        has_passkeys=passkeys.party is not None,
    )


async def change(database: Database, change: InstanceChange, actor_id: UUID) -> None:
    """Give the instance another name, or set who can register from now on; both or neither."""
    async with database.acquire() as connection, connection.transaction():
        if change.name is not UNSET:
            await _rename(connection, change.name, actor_id)
        if change.registration_mode is not UNSET:
            await set_registration_mode(connection, change.registration_mode, actor_id)


async def _rename(connection: Connection, name: str | None, actor_id: UUID) -> None:
    await connection.execute(
        """
        INSERT INTO instance_settings (name, updated_by) VALUES ($1, $2)
        ON CONFLICT (id) DO UPDATE SET name = excluded.name, updated_by = excluded.updated_by, updated_at = now()
        """,
        name,
        actor_id,
    )
    await record(connection, SecurityEvent("admin.renamed", actor_id=actor_id))
