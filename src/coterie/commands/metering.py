"""`coterie user usage` and `coterie user limit`: what an account uses, and how much of it the operator allows."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from coterie.commands.instance import Data, instance
from coterie.commands.people import Name, find, opened
from coterie.refusals import Exit, Refusal
from coterie.settings import Settings

if TYPE_CHECKING:
    from uuid import UUID

    from coterie.accounts.actions import Accounts
    from coterie.usage.models import Metric

Named = Annotated[
    str,
    typer.Argument(
        help="messages_sent, documents_created or api_requests (of a period), or storage_bytes (kept now).",
        show_default=False,
    ),
]
Value = Annotated[
    str,
    typer.Argument(help="A whole number; `none` for any amount; `default` for the instance's.", show_default=False),
]
LARGEST: Final = 10**15
DEFAULT: Final = -1


def usage(name: Name, data: Data = None) -> None:
    """Show what an account uses in the period that runs now, and what it may."""
    _change_and_show(name, None, data)


def limit(name: Name, metric: Named, value: Value, data: Data = None) -> None:
    """Set how much an account may use, and show what it uses.

    A running server heeds it within a few seconds.
    """
    _change_and_show(name, (_metric(metric), _amount(value)), data)


def _change_and_show(name: str, change: "tuple[Metric, int | None] | None", data: Path | None) -> None:
    with instance(data) as settings:
        for line in asyncio.run(_changed(settings, name, change)):
            typer.echo(line)


async def _changed(settings: Settings, name: str, change: "tuple[Metric, int | None] | None") -> list[str]:
    async with opened(settings) as accounts:
        user_id = await find(accounts, name)
        if change is not None:
            await _change(accounts, user_id, *change)
        return await _report(settings, accounts, user_id)


async def _change(accounts: "Accounts", user_id: "UUID", metric: "Metric", amount: int | None) -> None:
    from coterie.usage import queries

    if amount == DEFAULT:
        await queries.remove_limit(accounts.database, user_id, metric)
    else:
        await queries.set_limit(accounts.database, user_id, metric, amount)


async def _report(settings: Settings, accounts: "Accounts", user_id: "UUID") -> list[str]:
    """A line for each metric."""
    from coterie.usage.actions import report
    from coterie.usage.counting import Usage, defaults_of

    usage = Usage(accounts.database, defaults_of(settings), settings.usage_period)
    await usage.read_limits()
    found = await report(usage, accounts.database, user_id)
    used = {
        "messages_sent": found.messages_sent,
        "documents_created": found.documents_created,
        "storage_bytes": found.storage_used,
        "api_requests": found.api_requests,
    }
    lines = [f"from {found.period_start:%Y-%m-%d} until {found.period_end:%Y-%m-%d} UTC:"]
    for metric, count in used.items():
        allowed: int | None = getattr(found.limits, metric)
        lines.append(f"{metric:<18} {count:>14,}  of {'any amount' if allowed is None else f'{allowed:,}'}")
    return lines


def _metric(text: str) -> "Metric":
    from coterie.usage.models import METRICS

    for metric in METRICS:
        if text == metric:
            return metric
    raise Refusal(Exit.USAGE, f"{text} is not counted; there are {', '.join(METRICS)}")


def _amount(text: str) -> int | None:
    if text in ("none", "default"):
        return None if text == "none" else DEFAULT
    if not text.isdecimal() or int(text) > LARGEST:
        raise Refusal(Exit.USAGE, f"the limit must be a whole number up to {LARGEST}, `none` or `default`, not {text}")
    return int(text)
