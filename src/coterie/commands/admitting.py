"""`coterie registration`, and of `coterie user` what says who is let in: `list`, `disable`, `enable` and `logout`."""

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Final

import typer

from coterie.commands.instance import Data
from coterie.commands.people import find, with_accounts
from coterie.refusals import Exit, Refusal

if TYPE_CHECKING:
    from uuid import UUID

    from coterie.accounts.actions import Accounts
    from coterie.accounts.models import RegistrationModeName
    from coterie.accounts.roster import Entry

UNITS: Final = {"m": "minutes", "h": "hours", "d": "days"}
MEANINGS: Final = {
    "open": "Everybody may register.",
    "invite_only": "Who has an invite to a server may register with it.",
    "closed": "Nobody may register; `coterie user create` makes accounts.",
}

Names = Annotated[list[str], typer.Argument(help="User names.", show_default=False)]
Admins = Annotated[bool, typer.Option("--admins", help="Administrators of the instance only.")]
Since = Annotated[
    str,
    typer.Option(help="Only accounts made in the last minutes, hours or days: 30m, 2h, 7d.", show_default=False),
]
NamesOnly = Annotated[bool, typer.Option("--names", help="One name a line, for other commands.")]
Everybody = Annotated[bool, typer.Option("--all", help="Everybody, on all their devices.")]
MaybeNames = Annotated[list[str] | None, typer.Argument(help="User names.", show_default=False)]
Mode = Annotated[
    str,
    typer.Argument(help="open, invite_only or closed; without it the command tells which it is.", show_default=False),
]


def list_accounts(admins: Admins = False, since: Since = "", names: NamesOnly = False, data: Data = None) -> None:
    """List accounts, the oldest first: name, when it was made, logins that are open, and when one was last used.

    \b
    Examples:
      coterie user list --admins
      coterie user list --since 2h --names
    """
    start = _start(since)

    async def work(accounts: "Accounts") -> None:
        from coterie.accounts import roster

        async with accounts.database.acquire() as connection, connection.transaction(readonly=True):
            async for entry in roster.entries(connection, start, admins=admins):
                typer.echo(entry.username if names else _line(entry))

    with_accounts(data, work)


def _start(since: str) -> datetime | None:
    if not since:
        return None
    found = re.fullmatch(r"([1-9]\d{0,5})([mhd])", since)
    if found is None:
        raise Refusal(Exit.USAGE, f"--since {since}: write it as 30m, 2h or 7d")
    return datetime.now(UTC) - timedelta(**{UNITS[found[2]]: int(found[1])})


def _line(entry: "Entry") -> str:
    marks = [name for name, holds in (("admin", entry.is_admin), ("disabled", entry.is_disabled)) if holds]
    used = f"{entry.logins} logins, used {entry.used_at:%Y-%m-%d %H:%M}" if entry.used_at else "not logged in"
    return f"{entry.username:<32}  made {entry.created_at:%Y-%m-%d %H:%M}  {used}  {' '.join(marks)}".rstrip()


def disable(names: Names, data: Data = None) -> None:
    """Shut accounts: they cannot log in, and their sessions end at once. What they said stays."""

    async def work(accounts: "Accounts") -> None:
        from coterie.accounts import actions

        for user_id in await _all_of(accounts, names):
            await actions.disable(accounts.database, user_id)

    with_accounts(data, work)
    typer.echo(f"{_these(names)} disabled and logged out.")


def enable(names: Names, data: Data = None) -> None:
    """Open accounts again that were disabled."""

    async def work(accounts: "Accounts") -> None:
        from coterie.accounts import roster

        for user_id in await _all_of(accounts, names):
            await roster.enable(accounts.database, user_id)

    with_accounts(data, work)
    typer.echo(f"{_these(names)} open again and can log in.")


def log_out(names: MaybeNames = None, everybody: Everybody = False, data: Data = None) -> None:
    """End every login of accounts: their tokens count no more, and their connections close at once.

    They can log in again. For a token or a device in wrong hands; after a leaked password use `reset-password`.

    \b
    Examples:
      coterie user logout alice
      coterie user logout --all
    """
    if bool(names) == everybody:
        raise Refusal(Exit.USAGE, "name the accounts to log out, or say --all")

    async def work(accounts: "Accounts") -> int:
        from coterie.accounts import actions, roster

        found = await _all_of(accounts, names) if names else await roster.logged_in(accounts.database)
        return sum([await actions.log_out(accounts.database, user_id) for user_id in found])

    typer.echo(f"{with_accounts(data, work)} logins are ended.")


async def _all_of(accounts: "Accounts", names: list[str]) -> "list[UUID]":
    """Every account, or a refusal before anything is done."""
    return [await find(accounts, name) for name in names]


def _these(names: list[str]) -> str:
    return f"{names[0]} is" if len(names) == 1 else f"{len(names)} accounts are"


def registration(mode: Mode = "", data: Data = None) -> None:
    """Tell or set who may make an account: everybody (open), who has an invite (invite_only), or nobody (closed).

    Heeded at once by a server that runs. The first account of an empty instance can always be made.

    \b
    Examples:
      coterie registration
      coterie registration closed
    """
    if mode and mode not in MEANINGS:
        raise Refusal(Exit.USAGE, f"{mode} is no way of registering; there are {', '.join(MEANINGS)}")
    now = with_accounts(data, lambda accounts: _registration(accounts, mode))
    typer.echo(f"{now}: {MEANINGS[now]}")


async def _registration(accounts: "Accounts", mode: str) -> "RegistrationModeName":
    from coterie.accounts import queries, roster

    for name in ("open", "invite_only", "closed"):
        if mode == name:
            await roster.set_registration_mode(accounts.database, name)
    return await queries.registration_mode(accounts.database)
