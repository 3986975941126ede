"""The commands beside the server, run for real on a database of the test's own."""

import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from coterie import __version__
from coterie.database.migration_files import load
from coterie.process.refusals import Exit
from tests.startup.conftest import Ended, coterie, environment

COMMANDS = [
    *("serve", "dev", "doctor", "seed", "migrate", "user", "registration", "chat-room", "jobs", "mail", "import"),
    *("backup", "restore", "verify", "new-epoch", "smoke", "openapi"),
]


def succeed(*words: str, url: str = "", text: str = "") -> str:
    ended = coterie(*words, variables={"DATABASE_URL": url}, text=text)
    assert ended.code == 0, ended.complaint + ended.output
    assert ended.complaint == ""
    return ended.output


def refused(code: Exit, *words: str, url: str = "", text: str = "") -> str:
    ended: Ended = coterie(*words, variables={"DATABASE_URL": url}, text=text)
    assert ended.code == code, ended.complaint + ended.output
    assert "Traceback" not in ended.complaint
    return ended.complaint


def test_version() -> None:
    assert succeed("--version") == f"coterie {__version__}\n"


def test_help_lists_every_command() -> None:
    text = succeed("--help")
    for command in COMMANDS:
        assert re.search(rf"^\W+{command} ", text, re.MULTILINE), command


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_a_help_worth_reading(command: str) -> None:
    assert len(succeed(command, "--help")) > 400


def test_serve_s_help_has_the_exit_codes() -> None:
    text = " ".join(succeed("serve", "--help").split())
    for code in Exit:
        assert f"{code.value} {code.meaning}" in text


def test_a_mistyped_command_is_a_usage_error() -> None:
    assert "serv" in refused(Exit.USAGE, "serv")


def test_openapi_is_printed_without_a_database() -> None:
    document = json.loads(succeed("openapi"))
    assert document["openapi"].startswith("3.1")
    assert "/api/auth/login" in document["paths"]


def test_migrate_from_nothing_and_back(empty_database_url: str) -> None:
    url = empty_database_url
    assert "not yet" in succeed("migrate", "info", url=url)
    applied = succeed("migrate", "run", url=url).splitlines()
    assert applied == [f"Applied {each.title}" for each in load()]
    assert succeed("migrate", "run", url=url) == "The schema is up to date.\n"
    assert "not yet" not in succeed("migrate", "info", url=url)
    assert succeed("migrate", "verify", url=url) == "The schema matches the migrations.\n"
    reverted = succeed("migrate", "revert", str(len(load())), "--yes", url=url).splitlines()
    assert reverted == [f"Reverted {each.title}" for each in reversed(load())]
    assert "migrate run" in refused(Exit.SCHEMA_DIFFERS, "migrate", "verify", url=url)


def test_revert_does_nothing_without_being_sure(database_url: str) -> None:
    complaint = refused(Exit.USAGE, "migrate", "revert", url=database_url, text="\n")
    assert load()[-1].title in complaint
    assert "--yes" in complaint
    assert "not yet" not in succeed("migrate", "info", url=database_url)


def test_migrate_needs_a_database() -> None:
    assert "DATABASE_URL is not set" in refused(Exit.SETTINGS, "migrate", "info")


def test_migrate_add_wants_a_proper_name() -> None:
    assert "not a valid name for a migration" in refused(Exit.USAGE, "migrate", "add", "Add Polls!")


def test_a_directory_without_coterie(tmp_path: Path) -> None:
    assert "no instance" in refused(Exit.NOT_FOUND, "migrate", "info", "--data", str(tmp_path))


def test_user_from_the_first_to_the_last_command(database_url: str) -> None:
    url = database_url
    assert "administrator" in succeed("user", "create", "Mia", url=url, text="correct horse\n")
    assert "administrator" not in succeed(
        "user", "create", "noah", "--email", "n@example.org", url=url, text="battery staple\n"
    )
    assert "username is taken" in refused(Exit.USAGE, "user", "create", "mia", url=url, text="correct horse\n")
    succeed("user", "promote", "NOAH", url=url)
    succeed("user", "reset-password", "noah", url=url, text="another one\n")
    succeed("user", "disable", "noah", url=url)
    for kept in asyncio.run(hashes(url)):
        assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$"), "cheaper than it must be"


async def hashes(url: str) -> list[str]:
    """The passwords of the two accounts, as they are stored."""
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch("SELECT password_hash FROM users")
    finally:
        await connection.close()
    assert len(rows) == 2
    return [row["password_hash"] for row in rows]


@pytest.mark.parametrize(
    ("words", "text", "complaint"),
    [
        (("create", "x"), "long enough\n", "username"),
        (("create", "mia"), "short\n", "password must have 8"),
        (("create", "liz"), "password1\n", "could guess this password"),
        (("create", "mia", "--email", "nowhere"), "long enough\n", "--email"),
        (("promote", "nobody"), "", "no account named nobody"),
        (("disable", "nobody"), "", "no account named nobody"),
        (("reset-password", "nobody"), "long enough\n", "no account named nobody"),
    ],
)
def test_user_refusals(database_url: str, words: tuple[str, ...], text: str, complaint: str) -> None:
    ended = coterie("user", *words, variables={"DATABASE_URL": database_url}, text=text)
    assert ended.code in {Exit.USAGE, Exit.NOT_FOUND}
    assert complaint in ended.complaint
    assert ended.complaint.count("\n") == 1


def test_user_needs_the_current_schema(empty_database_url: str) -> None:
    complaint = refused(Exit.SCHEMA_DIFFERS, "user", "promote", "mia", url=empty_database_url)
    assert "migrate run" in complaint


@pytest.mark.parametrize(
    "variables", [{"DATABASE_URL": "postgresql://a@b/c"}, {"APP_ENV": "production"}, {"SERVER_HOST": "0.0.0.0"}]
)
def test_seed_refuses_anywhere_else(variables: dict[str, str], tmp_path: Path) -> None:
    ended = coterie("seed", "--data", str(tmp_path), variables=variables)
    ended.assert_refused(Exit.NOT_ALLOWED_HERE, next(iter(variables)))


@pytest.mark.parametrize(("words", "code"), [("--version", 0), ("verify", Exit.SETTINGS)])
def test_a_command_ends_without_finalizing_python(words: str, code: int) -> None:
    """Threads of the file storage may still report a result then, which would abort a command that has succeeded."""
    program = (
        "import atexit, sys; atexit.register(print, 'finalized'); "
        f"sys.argv = ['coterie', '{words}']; from coterie.cli import main; main()"
    )
    ended = subprocess.run([sys.executable, "-c", program], env=environment(), capture_output=True, text=True)
    assert ended.returncode == code
    assert (ended.stdout + ended.stderr).startswith("coterie")
    assert "finalized" not in ended.stdout
