"""`coterie user`: account commands for the operator, for the first administrator and locked-out users."""

import asyncio
import contextlib
import secrets
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar
from uuid import UUID

import msgspec
import typer

from coterie.commands.instance import Data, instance
from coterie.errors import CoterieError
from coterie.process.refusals import Exit, Refusal
from coterie.settings.record import Settings

if TYPE_CHECKING:
    from coterie.accounts.actions import Accounts
    from coterie.accounts.models import Registration

Answer = TypeVar("Answer")
app = typer.Typer(help="Create and manage accounts on this instance.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="The username.", show_default=False)]
Email = Annotated[str | None, typer.Option(help="An email address to log in with.", show_default=False)]
Admin = Annotated[
    bool, typer.Option("--admin", help="Make the account an administrator. The first account always is one.")
]


@app.command()
def create(name: Name, email: Email = None, admin: Admin = False, data: Data = None) -> None:
    """Create an account, whether or not registration is open.

    Asks for the password, or reads it as one line from standard input.
    """
    import asyncpg

    registration = _registration(name, _password(), email)

    async def work(accounts: "Accounts") -> bool:
        from coterie.accounts import queries
        from coterie.registration.actions import create_user
        from coterie.security_events.actions import record
        from coterie.security_events.models import SecurityEvent

        accounts.rules.check(registration.password, registration.username, registration.email)
        password_hash = await accounts.passwords.hash(registration.password)
        async with accounts.database.acquire() as connection, connection.transaction():
            is_admin = await queries.become_first(connection) or admin
            user = await create_user(
                connection,
                registration.username,
                registration.email,
                password_hash,
                is_admin=is_admin,
                is_email_verified=True,
            )
            await record(connection, SecurityEvent("admin.account_created", user.id))
            return is_admin

    try:
        is_admin = with_accounts(data, work)
    except asyncpg.UniqueViolationError as problem:
        taken = "email address" if problem.constraint_name == "users_email" else "username"
        raise Refusal(Exit.USAGE, f"the {taken} is taken (upper and lower case are the same)") from problem
    typer.echo(f"{name} can log in{' and is an administrator' if is_admin else ''}.")


@app.command()
def promote(name: Name, data: Data = None) -> None:
    """Make an account an administrator of the instance."""

    async def work(accounts: "Accounts") -> None:
        from coterie.accounts import actions

        await actions.promote(accounts.database, await find(accounts, name))

    with_accounts(data, work)
    typer.echo(f"{name} is an administrator.")


@app.command("reset-password")
def reset_password(name: Name, data: Data = None) -> None:
    """Set an account's password, and end its sessions.

    Asks for the password, or reads it as one line from standard input.
    """
    password = _registration(name, _password(), None).password

    async def work(accounts: "Accounts") -> None:
        from coterie.accounts import actions

        await actions.set_password(accounts, await find(accounts, name), password)

    with_accounts(data, work)
    typer.echo(f"{name} has a new password and is logged out everywhere.")


def _password() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\n")


def _registration(name: str, password: str, email: str | None) -> "Registration":
    """A registration, checked by the same rules as over the network."""
    from coterie.accounts import email_address
    from coterie.accounts.models import Registration

    try:
        checked = email_address.checked(email) if email else None
        given = {"username": name, "password": password, "email": checked}
        return msgspec.convert(given, Registration)
    except msgspec.ValidationError as problem:
        raise Refusal(Exit.USAGE, _about_input(str(problem))) from problem
    except CoterieError as problem:
        raise Refusal(Exit.USAGE, f"--email: {problem}") from problem


def _about_input(problem: str) -> str:
    if "password" in problem:
        return "the password must have 8 to 128 characters"
    return "the username must have 2 to 32 letters, digits or underscores"


async def find(accounts: "Accounts", name: str) -> UUID:
    """The account with this name. Raises Refusal."""
    from coterie.accounts import queries

    found = await queries.find_by_username(accounts.database, name)
    if found is None:
        raise Refusal(Exit.NOT_FOUND, f"there is no account named {name}")
    return found


def with_accounts(data: Path | None, work: "Callable[[Accounts], Awaitable[Answer]]") -> Answer:
    async def open_and_work() -> Answer:
        async with opened(settings) as accounts:
            return await work(accounts)

    with instance(data) as settings:
        try:
            return asyncio.run(open_and_work())
        except CoterieError as problem:
            raise Refusal(Exit.USAGE, str(problem)) from problem


@contextlib.asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator["Accounts"]:
    """What the actions on accounts need, on a database whose schema has this version."""
    from coterie.accounts.actions import Accounts
    from coterie.accounts.authentication import Authentication
    from coterie.accounts.guesses import Guesses
    from coterie.accounts.passwords import Passwords
    from coterie.accounts.tokens import Tokens
    from coterie.database.pool import open_pool
    from coterie.http.shared_limits import SharedLimits
    from coterie.startup.preparation import require_current_schema

    await require_current_schema(settings)
    database, passwords = await open_pool(settings), Passwords()
    try:
        secret = secrets.token_hex(32)  # no command issues a token
        tokens = Tokens(secret)
        guesses = Guesses(secret, SharedLimits(database, secret, is_on=False))
        yield Accounts(database, passwords, tokens, guesses, Authentication(database, tokens))
    finally:
        passwords.close()
        await database.close()
