"""The `coterie` command: the visible list of its commands, and how each of them ends.

A refusal becomes one line on standard error and its exit code. Only an error that nobody foresaw shows a
traceback.
"""

import sys
from collections.abc import Callable

import typer

from coterie import __version__
from coterie.commands import (
    admitting,
    backing_up,
    chat_room,
    examining,
    importing,
    metering,
    migrating,
    people,
    seeding,
    serving,
    smoking,
    texts,
)
from coterie.refusals import Exit, Refusal
from coterie.settings_values import SettingsError

app = typer.Typer(
    name="coterie",
    help=(
        "A self-hosted place for groups of people to talk: one program, one PostgreSQL.\n\n"
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
app.command("doctor", help=texts.DOCTOR)(examining.doctor)
app.command("seed", help=texts.SEED)(seeding.seed)
app.add_typer(migrating.app, name="migrate")
people.app.command("list")(admitting.list_accounts)
people.app.command("disable")(admitting.disable)
people.app.command("enable")(admitting.enable)
people.app.command("logout")(admitting.log_out)
people.app.command("usage")(metering.usage)
people.app.command("limit")(metering.limit)
app.add_typer(people.app, name="user")
app.command("registration")(admitting.registration)
app.add_typer(importing.app, name="import")
app.add_typer(chat_room.app, name="chat-room")
app.command("backup", help=texts.BACKUP)(backing_up.backup)
app.command("restore", help=texts.RESTORE)(backing_up.restore)
app.command("verify", help=texts.VERIFY)(backing_up.verify)
app.command("smoke", help=texts.SMOKE)(smoking.smoke)
app.command("new-epoch")(backing_up.new_epoch)
app.command("openapi")(examining.openapi)


def main() -> None:
    """Run the command of this process's arguments, and end the process."""
    ending_properly(app)


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
    except KeyboardInterrupt:
        sys.exit(130)


def _complain(sentence: str) -> None:
    sys.stdout.flush()
    print(f"coterie: {sentence}", file=sys.stderr)  # noqa: T201
