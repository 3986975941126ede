"""`coterie user usage` and `coterie user limit`: what an account uses, and how much the operator allows."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from coterie.commands.instance import Data, instance
from coterie.commands.people import Name, find, opened
from coterie.process.refusals import Exit, Refusal
from coterie.settings.record import Settings

if TYPE_CHECKING:
    from uuid import UUID

    from coterie.accounts.actions import Accounts
    from coterie.usage.models import Metric

Named = Annotated[
    str,
    typer.Argument(
        help="messages_sent, documents_created or api_requests (per period), or storage_bytes (at present).",
        show_default=False,
    ),
]
Value = Annotated[
    str,
    typer.Argument(
        help="A whole number, `none` for no limit, or `default` for the limit of the instance.", show_default=False
    ),
]
LARGEST: Final = 10**15
DEFAULT: Final = -1


def usage(name: Name, data: Data = None) -> None:
    """Show what an account has used in the present period, and its limits."""
    _change_and_show(name, None, data)


def limit(name: Name, metric: Named, value: Value, data: Data = None) -> None:
    """Set how much an account can use, and show what it has used.

    A running server applies it within a few seconds.
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
    from coterie.security_events.actions import record
    from coterie.security_events.models import SecurityEvent
    from coterie.usage import queries

    limit = "default" if amount == DEFAULT else amount
    event = SecurityEvent("admin.usage_limit_set", user_id, details={"metric": metric, "limit": limit})
    async with accounts.database.acquire() as connection, connection.transaction():
        if amount == DEFAULT:
            await queries.remove_limit(connection, user_id, metric)
        else:
            await queries.set_limit(connection, user_id, metric, amount)
        await record(connection, event)


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
        lines.append(f"{metric:<18} {count:>14,}  of {'no limit' if allowed is None else f'{allowed:,}'}")
    return lines


def _metric(text: str) -> "Metric":
    from coterie.usage.models import METRICS

    for metric in METRICS:
        if text == metric:
            return metric
    raise Refusal(Exit.USAGE, f"{text} is not a metric; choose one of {', '.join(METRICS)}")


def _amount(text: str) -> int | None:
    if text in ("none", "default"):
        return None if text == "none" else DEFAULT
    if not text.isdecimal() or int(text) > LARGEST:
        raise Refusal(Exit.USAGE, f"the limit must be a whole number up to {LARGEST}, `none` or `default`, not {text}")
    return int(text)
