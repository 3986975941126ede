"""The `coterie` command: the visible list of its commands, and how each of them ends.

A refusal becomes one line on standard error and its exit code, and so does a file or directory that cannot be used.
Only an unexpected error shows a traceback.

typer and rich give readable help for little code.
"""

import contextlib
import os
import sys
from collections.abc import Callable
from typing import NoReturn

import typer

from coterie import __version__
from coterie.commands import (
    account_access,
    account_export,
    backing_up,
    chat_room,
    diagnostics,
    importing,
    jobs,
    mail,
    migrating,
    people,
    security,
    seeding,
    serving,
    smoke_test,
    texts,
    usage_limits,
)
from coterie.process.refusals import Exit, Refusal
from coterie.settings.values import SettingsError

app = typer.Typer(
    name="coterie",
    help=(
        "Self-hosted chat for groups: one program, one PostgreSQL.\n\n"
        "Try it on this machine:  [bold]coterie dev[/bold]\n\n"
        "Run it for others:  [bold]coterie serve[/bold]  (see coterie serve --help)"
    ),
    rich_markup_mode="rich",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"coterie {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(False, "--version", callback=_show_version, is_eager=True, help="Show the version."),
) -> None:
    pass


app.command("serve", help=texts.SERVE)(serving.serve)
app.command("dev", help=texts.DEV)(serving.dev)
app.command("doctor", help=texts.DOCTOR)(diagnostics.doctor)
app.command("seed", help=texts.SEED)(seeding.seed)
app.add_typer(migrating.app, name="migrate")
people.app.command("list")(account_access.list_accounts)
people.app.command("disable")(account_access.disable)
people.app.command("enable")(account_access.enable)
people.app.command("demote")(account_access.demote)
people.app.command("logout")(account_access.log_out)
people.app.command("remove-second-factor")(account_access.remove_second_factor)
people.app.command("delete")(account_access.delete)
people.app.command("export")(account_export.export)
people.app.command("usage")(usage_limits.usage)
people.app.command("limit")(usage_limits.limit)
app.add_typer(people.app, name="user")
app.command("security-events")(security.security_events)
app.command("setup-code")(account_access.setup_code)
app.command("registration")(account_access.registration)
app.add_typer(importing.app, name="import")
app.add_typer(chat_room.app, name="chat-room")
app.add_typer(jobs.app, name="jobs")
app.add_typer(mail.app, name="mail")
app.command("backup", help=texts.BACKUP)(backing_up.backup)
app.command("restore", help=texts.RESTORE)(backing_up.restore)
app.command("verify", help=texts.VERIFY)(backing_up.verify)
app.command("smoke", help=texts.SMOKE)(smoke_test.smoke)
app.command("new-epoch", help=texts.NEW_EPOCH)(backing_up.new_epoch)
app.command("openapi")(diagnostics.openapi)


def main() -> None:
    """Run the command that this process's arguments name, and end the process.

    Everything that it writes is for its user alone, whatever the umask that it inherits.
    """
    os.umask(0o077)
    try:
        ending_properly(app)
    except SystemExit as end:
        _exit(end)


def _exit(end: SystemExit) -> NoReturn:
    """End the process without finalizing the interpreter.

    Threads of the file storage (obstore) deliver their last results while a command ends. If the interpreter is being
    finalized at that moment, the process aborts: one `coterie verify` in a hundred did, after it had succeeded.
    """
    if isinstance(end.code, str):
        print(end.code, file=sys.stderr)  # noqa: T201
    with contextlib.suppress(OSError):  # nobody reads any more
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(end.code if isinstance(end.code, int) else end.code is not None)


def ending_properly(command: Callable[[], None]) -> None:
    """Run a command; a refusal becomes one line on standard error and its exit code."""
    try:
        command()
    except Refusal as refusal:
        _complain(refusal.sentence)
        sys.exit(refusal.code)
    except SettingsError as error:
        for problem in error.problems:
            _complain(problem)
        sys.exit(Exit.SETTINGS)
    except OSError as problem:
        if not problem.filename:
            raise
        _complain(f"{problem.filename}: {problem.strerror}; correct the path, its owner or its mode")
        sys.exit(Exit.PLACE)
    except KeyboardInterrupt:
        sys.exit(130)


def _complain(sentence: str) -> None:
    sys.stdout.flush()
    print(f"coterie: {sentence}", file=sys.stderr)  # noqa: T201
