"""Proves by a name and a password who logs in. `login.py` does the rest."""

from uuid import UUID

from coterie import errors
from coterie.accounts import queries
from coterie.accounts.access import existing
from coterie.accounts.actions import Accounts, Visit
from coterie.accounts.login import Challenge, Proof, advance
from coterie.accounts.models import Credentials, Login
from coterie.accounts.passwords import Asker, is_of_old
from coterie.database.connection import Row
from coterie.errors import CoterieError, Entry
from coterie.security_events.actions import COUNTING, count


async def log_in(accounts: Accounts, credentials: Credentials, visit: Visit) -> Login | Challenge:
    """Log in with a user name or e-mail address and the password."""
    row = await queries.find_login(accounts.database, credentials.username.strip())
    with COUNTING:
        guess = await accounts.guesses.begin(credentials.username, row["id"] if row else None, visit.device)
    asker = Asker(guess.key, visit.site, guess.is_known)
    password_hash = row["password_hash"] if row else None
    if not await accounts.passwords.verify(credentials.password, password_hash, asker) or row is None:
        raise _failed(row["id"] if row else None, errors.WRONG_CREDENTIALS)
    await accounts.guesses.was_right(guess)
    check_may_log_in(accounts, row)
    right = await _renewed(accounts, row, credentials.password, asker)
    async with accounts.database.acquire() as connection, connection.transaction():
        user = await existing(connection, row["id"], lock=True)
        if await queries.password_hash(connection, user.id) in right:
            return await advance(accounts, connection, Proof(user), visit)
    return await log_in(accounts, credentials, visit)  # the hash changed meanwhile


def check_may_log_in(accounts: Accounts, row: Row) -> None:
    """Raises ACCOUNT_DISABLED or DEMO_ACCOUNT; of the row, only `id`, `is_disabled` and `is_demo` count."""
    if row["is_disabled"]:
        raise _failed(row["id"], errors.ACCOUNT_DISABLED)
    if row["is_demo"] and not accounts.are_demo_accounts_allowed:
        raise _failed(row["id"], errors.DEMO_ACCOUNT)


def _failed(user_id: UUID | None, entry: Entry) -> CoterieError:
    count("auth.login_failed", user_id)
    return CoterieError(entry)


async def _renewed(accounts: Accounts, row: Row, password: str, asker: Asker) -> set[str]:
    """The hashes that this password has: that of an imported account is replaced by one of today's kind."""
    known: str = row["password_hash"]
    if not is_of_old(known):
        return {known}
    renewed = await accounts.passwords.hash(password, asker)
    await queries.renew_password_hash(accounts.database, row["id"], known, renewed)
    return {known, renewed}
