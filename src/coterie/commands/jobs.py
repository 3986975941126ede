"""`coterie jobs`: what waits, runs or has failed in the background."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final
from uuid import UUID

import typer

from coterie.commands.instance import Data, connected, instance
from coterie.process.refusals import Exit, Refusal
from coterie.settings.record import Settings

if TYPE_CHECKING:
    from coterie.database.connecting import Connection
    from coterie.jobs.models import StoredJob

app = typer.Typer(
    help=(
        "Background jobs: list them, repeat or drop those that have failed.\n\n"
        "A job that fails is tried again, after longer and longer pauses. If all attempts fail, it is kept for 30 days "
        "and waits for you. Each kind of repeated work is one job, which is waiting most of the time."
    ),
    no_args_is_help=True,
)
ERROR_SHOWN: Final = 60
Work = Callable[["Connection"], Awaitable[str]]
State = Annotated[
    str | None,
    typer.Option(help="Only jobs that are failed, running, ready (due now) or waiting.", show_default=False),
]
Kind = Annotated[str | None, typer.Option(help="Only jobs of this kind.", show_default=False)]
Count = Annotated[int, typer.Option("--limit", help="At most this many.", min=1, max=10_000)]
Id = Annotated[UUID, typer.Argument(help="The job's id.", show_default=False)]
Ids = Annotated[list[UUID], typer.Argument(help="Ids of jobs.", show_default=False)]
MaybeIds = Annotated[list[UUID] | None, typer.Argument(help="Ids of jobs.", show_default=False)]
Failed = Annotated[bool, typer.Option("--failed", help="Every job that has failed.")]


@app.command("list")
def list_jobs(state: State = None, kind: Kind = None, limit: Count = 100, data: Data = None) -> None:
    """List jobs, those first that are due first: id, state, kind, when due, attempts, and the last error.

    \b
    Example:
      coterie jobs list --state failed
    """
    from coterie.jobs import administration

    if state is not None and state not in administration.STATES:
        raise Refusal(Exit.USAGE, f"--state {state}: use {', '.join(administration.STATES)}")

    async def work(connection: "Connection") -> str:
        return "\n".join(map(_line, await administration.listed(connection, state, kind, limit)))

    _run(data, work)


@app.command("show")
def show(id: Id, data: Data = None) -> None:
    """Show everything about one job."""

    async def work(connection: "Connection") -> str:
        from coterie.jobs import administration

        found = await administration.job(connection, id)
        if found is None:
            raise Refusal(Exit.NOT_FOUND, f"there is no job {id}; it may be done")
        return "\n".join(f"{name:<11}{'' if value is None else value}".rstrip() for name, value in _fields(found))

    _run(data, work)


@app.command("retry")
def retry(ids: MaybeIds = None, failed: Failed = False, data: Data = None) -> None:
    """Let jobs be tried again now, with all their attempts. A running server begins at once."""
    if failed == bool(ids):
        raise Refusal(Exit.USAGE, "give ids of jobs, or --failed")

    async def work(connection: "Connection") -> str:
        from coterie.jobs import administration

        return _counted(await administration.retry(connection, ids or None), ids, "will be tried again")

    _run(data, work)


@app.command("drop")
def drop(ids: Ids, data: Data = None) -> None:
    """Delete jobs without doing them. What they should have done stays undone."""

    async def work(connection: "Connection") -> str:
        from coterie.jobs import administration

        return _counted(await administration.drop(connection, ids), ids, "dropped")

    _run(data, work)


def _counted(count: int, ids: list[UUID] | None, done: str) -> str:
    if ids and not count:
        raise Refusal(Exit.NOT_FOUND, "there is no such job, or it is running")
    return f"{count} job{'' if count == 1 else 's'} {done}."


def _line(job: "StoredJob") -> str:
    parts = (f"{job.id}  {job.state:<8}", f"{job.kind:<20}", f"{job.due_at:%Y-%m-%d %H:%M:%S}", f"{job.attempts:>3}")
    return "  ".join((*parts, (job.error or "")[:ERROR_SHOWN])).rstrip()


def _fields(job: "StoredJob") -> list[tuple[str, object]]:
    return [
        ("id", job.id),
        ("kind", job.kind),
        ("key", job.key),
        ("state", job.state),
        ("created", job.created_at),
        ("due", job.due_at),
        ("attempts", job.attempts),
        ("error", job.error),
        ("payload", job.payload),
    ]


def _run(data: Path | None, work: Work) -> None:
    with instance(data) as settings:
        if found := asyncio.run(_connected(settings, work)):
            typer.echo(found)


async def _connected(settings: Settings, work: Work) -> str:
    async with connected(settings) as connection:
        return await work(connection)
