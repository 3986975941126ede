"""`coterie security-events`: what was done to the accounts of an instance."""

from typing import TYPE_CHECKING, Annotated, Final

import typer

from coterie.commands.account_access import start_of
from coterie.commands.instance import Data
from coterie.commands.people import find, with_accounts

if TYPE_CHECKING:
    from coterie.accounts.actions import Accounts
    from coterie.security_events.models import SecurityEntry

PAGE: Final = 500

Since = Annotated[
    str, typer.Option(help="Only events of the last minutes, hours or days: 30m, 2h, 7d.", show_default=False)
]
Kind = Annotated[str | None, typer.Option("--type", help="Only events of this type.", show_default=False)]
Of = Annotated[str | None, typer.Option("--user", help="Only events of this account.", show_default=False)]
Count = Annotated[int, typer.Option("--limit", help="At most this many, the newest.", min=1)]


def security_events(
    since: Since = "", kind: Kind = None, user: Of = None, limit: Count = 50, data: Data = None
) -> None:
    """List security events, newest first: logins, failures, changed passwords, and what operators did.

    \b
    Examples:
      coterie security-events --since 1d
      coterie security-events --type auth.login_failed --user alice
    """
    start = start_of(since)

    async def work(accounts: "Accounts") -> None:
        from coterie.security_events import actions
        from coterie.security_events.models import SecurityFilter

        account_id = await find(accounts, user) if user else None
        before, left = None, limit
        while left > 0:
            wanted = SecurityFilter(before, kind, account_id, start)
            found = await actions.page(accounts.database, wanted, min(left, PAGE))
            for entry in found:
                typer.echo(_line(entry))
            if len(found) < PAGE:
                break
            before, left = found[-1].id, left - len(found)

    with_accounts(data, work)


def _line(entry: "SecurityEntry") -> str:
    details = bytes(entry.details).decode()
    parts = [
        f"{entry.created_at:%Y-%m-%d %H:%M:%S}",
        f"{entry.type:<24}",
        entry.username or "-",
        f"by {entry.actor_username}" if entry.actor_username else "",
        f"from {entry.address}" if entry.address else "",
        f"{entry.occurrences} times" if entry.occurrences > 1 else "",
        details if details != "{}" else "",
    ]
    return "  ".join(part for part in parts if part)
