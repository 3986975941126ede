"""`coterie setup-code` and `registration`, and the commands of `coterie user` for access: `list`, `disable`, `enable`,
`demote`, `logout`, `remove-second-factor` and `delete`."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Final

import typer

from coterie.commands.instance import Data, instance
from coterie.commands.people import Name, find, opened, with_accounts
from coterie.process.refusals import Exit, Refusal

if TYPE_CHECKING:
    from uuid import UUID

    from coterie.accounts.actions import Accounts
    from coterie.accounts.models import RegistrationModeName
    from coterie.accounts.roster import RosterEntry
    from coterie.settings.record import Settings

UNITS: Final = {"m": "minutes", "h": "hours", "d": "days"}
MEANINGS: Final = {
    "open": "Anyone can register.",
    "invite_only": "Anyone with an invite to a server can register with it.",
    "closed": "No one can register; create accounts with `coterie user create`.",
}

Names = Annotated[list[str], typer.Argument(help="Usernames.", show_default=False)]
Admins = Annotated[bool, typer.Option("--admins", help="Only administrators of the instance.")]
Since = Annotated[
    str,
    typer.Option(help="Only accounts created within the last minutes, hours or days: 30m, 2h, 7d.", show_default=False),
]
Force = Annotated[bool, typer.Option("--force", help="Even if no administrator is left.")]
NamesOnly = Annotated[bool, typer.Option("--names", help="Print one name per line, for use in other commands.")]
Erase = Annotated[bool, typer.Option("--erase-messages", help="Also delete the messages, with their files.")]
Everybody = Annotated[bool, typer.Option("--all", help="Log out every account, on all devices.")]
MaybeNames = Annotated[list[str] | None, typer.Argument(help="Usernames.", show_default=False)]
Mode = Annotated[
    str,
    typer.Argument(help="open, invite_only or closed. Without it, show the current mode.", show_default=False),
]


def list_accounts(admins: Admins = False, since: Since = "", names: NamesOnly = False, data: Data = None) -> None:
    """List accounts, oldest first: name, when it was created, its open sessions, and when one was last used.

    \b
    Examples:
      coterie user list --admins
      coterie user list --since 2h --names
    """
    start = start_of(since)

    async def work(accounts: "Accounts") -> None:
        from coterie.accounts import roster

        async with accounts.database.acquire() as connection, connection.transaction(readonly=True):
            async for entry in roster.entries(connection, start, admins=admins):
                typer.echo(entry.username if names else _line(entry))

    with_accounts(data, work)


def start_of(since: str) -> datetime | None:
    if not since:
        return None
    found = re.fullmatch(r"([1-9]\d{0,5})([mhd])", since)
    if found is None:
        raise Refusal(Exit.USAGE, f"--since {since}: write it as 30m, 2h or 7d")
    return datetime.now(UTC) - timedelta(**{UNITS[found[2]]: int(found[1])})


def _line(entry: "RosterEntry") -> str:
    marks = [name for name, holds in (("admin", entry.is_admin), ("disabled", entry.is_disabled)) if holds]
    sessions = f"{entry.logins} session{'' if entry.logins == 1 else 's'}"
    used = f"{sessions}, last used {entry.used_at:%Y-%m-%d %H:%M}" if entry.used_at else "not logged in"
    return f"{entry.username:<32}  created {entry.created_at:%Y-%m-%d %H:%M}  {used}  {' '.join(marks)}".rstrip()


def setup_code(data: Data = None) -> None:
    """Print the set-up code: the first account, which becomes the administrator, is registered with it.

    `coterie user create` creates the first account without it.
    """
    from coterie.startup.preparation import check_secret
    from coterie.startup.setup_code import with_setup_code

    async def has_accounts(settings: "Settings") -> bool:
        from coterie.accounts import queries

        async with opened(settings) as accounts:
            return await queries.has_accounts(accounts.database)

    with instance(data) as settings:
        if settings.is_development and not settings.setup_code:
            raise Refusal(Exit.NOT_ALLOWED_HERE, "this instance needs no set-up code: it only serves this machine")
        if not settings.setup_code:
            check_secret(settings.jwt_secret)
        if asyncio.run(has_accounts(settings)):
            raise Refusal(Exit.NOT_ALLOWED_HERE, "this instance has accounts; make more with `coterie user create`")
        typer.echo(with_setup_code(settings).setup_code)


def disable(names: Names, data: Data = None) -> None:
    """Disable accounts: they cannot log in, and their sessions end at once. Their messages stay."""

    async def work(accounts: "Accounts") -> None:
        from coterie.accounts import actions

        for user_id in await _all_of(accounts, names):
            await actions.disable(accounts.database, user_id)

    with_accounts(data, work)
    typer.echo(f"{_these(names)} disabled and logged out.")


def enable(names: Names, data: Data = None) -> None:
    """Enable disabled accounts again."""

    async def work(accounts: "Accounts") -> None:
        from coterie.accounts import roster

        for user_id in await _all_of(accounts, names):
            await roster.enable(accounts.database, user_id)

    with_accounts(data, work)
    typer.echo(f"{_these(names)} enabled and can log in again.")


def demote(name: Name, force: Force = False, data: Data = None) -> None:
    """Make an administrator of the instance an ordinary account. It stays logged in, without the permissions."""

    async def work(accounts: "Accounts") -> bool:
        from coterie.accounts import roster

        return await roster.demote(accounts.database, await find(accounts, name), may_be_last=force)

    if not with_accounts(data, work):
        raise Refusal(Exit.NOT_ALLOWED_HERE, f"{name} is the last administrator; promote another first, or add --force")
    typer.echo(f"{name} is not an administrator.")


def log_out(names: MaybeNames = None, everybody: Everybody = False, data: Data = None) -> None:
    """End every session of accounts: their tokens become invalid, and their connections close at once.

    They can log in again. Use it if a token or a device is in the wrong hands. After a leaked password, use
    `reset-password` instead.

    \b
    Examples:
      coterie user logout alice
      coterie user logout --all
    """
    if bool(names) == everybody:
        raise Refusal(Exit.USAGE, "name the accounts to log out, or give --all")

    async def work(accounts: "Accounts") -> int:
        from coterie.accounts import actions, roster

        found = await _all_of(accounts, names) if names else await roster.logged_in(accounts.database)
        return sum([await actions.log_out(accounts.database, user_id) for user_id in found])

    count = with_accounts(data, work)
    typer.echo(f"{count} session{'' if count == 1 else 's'} ended.")


def remove_second_factor(name: Name, data: Data = None) -> None:
    """Remove the second factor of a user who has lost it, and end their sessions. The password alone logs in again.

    Make sure first that you are talking to the owner. They see it among the security events of their account.
    """

    async def work(accounts: "Accounts") -> bool:
        from coterie.second_factor import actions

        return await actions.reset(accounts.database, await find(accounts, name))

    if not with_accounts(data, work):
        raise Refusal(Exit.NOT_FOUND, f"{name} has no second factor")
    typer.echo(f"{name} has no second factor any more and is logged out everywhere.")


def delete(name: Name, erase: Erase = False, data: Data = None) -> None:
    """Delete an account and its bots. It cannot log in from now on; a running server takes away what it leaves behind.

    Its messages stay without an author. This cannot be undone. Transfer or delete the servers that it owns before.
    """

    async def work(accounts: "Accounts") -> None:
        from coterie.account_deletion import actions

        await actions.delete(accounts.database, await find(accounts, name), erases_messages=erase)

    with_accounts(data, work)
    typer.echo(f"{name} is deleted.")


async def _all_of(accounts: "Accounts", names: list[str]) -> "list[UUID]":
    """The accounts with these names. Raises Refusal before anything is changed."""
    return [await find(accounts, name) for name in names]


def _these(names: list[str]) -> str:
    return f"{names[0]} is" if len(names) == 1 else f"{len(names)} accounts are"


def registration(mode: Mode = "", data: Data = None) -> None:
    """Show or set who can register: anyone (open), anyone with an invite (invite_only), or no one (closed).

    A running server applies it at once. The first account of an empty instance can always be created.

    \b
    Examples:
      coterie registration
      coterie registration closed
    """
    if mode and mode not in MEANINGS:
        raise Refusal(Exit.USAGE, f"{mode} is not a registration mode; choose one of {', '.join(MEANINGS)}")
    now = with_accounts(data, lambda accounts: _registration(accounts, mode))
    typer.echo(f"{now}: {MEANINGS[now]}")


async def _registration(accounts: "Accounts", mode: str) -> "RegistrationModeName":
    from coterie.accounts import queries, roster

    for name in ("open", "invite_only", "closed"):
        if mode == name:
            async with accounts.database.acquire() as connection, connection.transaction():
                await roster.set_registration_mode(connection, name)
    return await queries.registration_mode(accounts.database)
