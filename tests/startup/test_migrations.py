"""A start whose migrations fail: they are named, and the schema stays as it was."""

import re
import shutil
import sys
import tempfile
from importlib import resources
from pathlib import Path

import pytest

from coterie.process.refusals import Exit
from tests.startup.conftest import Databases, Ended, run

EXAMPLE = str(Path(__file__).with_name("example.py"))


@pytest.fixture
def migrations(tmp_path: Path) -> Path:
    """Coterie's own migrations, to add to."""
    directory = tmp_path / "migrations"
    shutil.copytree(Path(str(resources.files("coterie.migrations"))), directory)
    return directory


def newest(directory: Path) -> int:
    return max(int(path.name[:4]) for path in directory.glob("*.up.sql"))


def add(directory: Path, sql: str) -> str:
    """One more migration; its title."""
    title = f"{newest(directory) + 1:04}_of_a_test"
    (directory / f"{title}.up.sql").write_text(sql)
    (directory / f"{title}.down.sql").write_text("SELECT 1;\n")
    return title


def serve(databases: Databases, name: str, directory: Path) -> Ended:
    variables = {"DATABASE_URL": databases.url(name), "UPLOAD_DIR": tempfile.gettempdir()}
    return run([sys.executable, EXAMPLE, "serve", str(directory)], variables)


def version(databases: Databases, name: str) -> object:
    return databases.value("SELECT max(version) FROM schema_migrations", name)


def test_a_migration_that_fails_is_named_and_undone(databases: Databases, migrations: Path) -> None:
    name, before = databases.new(), newest(migrations)
    title = add(migrations, "CREATE TABLE half_done (id INT);\nSELECT 1 / 0;\n")
    ended = serve(databases, name, migrations)
    ended.assert_refused(Exit.MIGRATION_FAILED, title, "division by zero")
    assert version(databases, name) == before
    assert databases.value("SELECT to_regclass('half_done')", name) is None


def test_a_database_newer_than_the_code(databases: Databases, migrations: Path) -> None:
    name = databases.new()
    title = add(migrations, "CREATE TABLE later (id INT);\n")
    assert serve(databases, name, migrations).code == Exit.NOT_ALLOWED_HERE
    (migrations / f"{title}.up.sql").unlink()
    (migrations / f"{title}.down.sql").unlink()
    serve(databases, name, migrations).assert_refused(Exit.DATABASE_NEWER, title, "newer")


def test_an_edited_migration(databases: Databases, migrations: Path) -> None:
    name = databases.new()
    title = add(migrations, "CREATE TABLE edited (id INT);\n")
    assert serve(databases, name, migrations).code == Exit.NOT_ALLOWED_HERE
    (migrations / f"{title}.up.sql").write_text("CREATE TABLE edited (id BIGINT);\n")
    serve(databases, name, migrations).assert_refused(Exit.MIGRATION_EDITED, title, "edited")


def test_each_step_has_its_line_in_order(databases: Databases, migrations: Path) -> None:
    ended = serve(databases, databases.new(), migrations)
    events = re.findall(r'"event": "([^"]*)"', ended.output)
    assert events == [
        "settings read",
        "upload directory checked",
        "database reached",
        "database version",
        "database pooler",
        "database rights",
        "database durability",
        "database connections",
        *[f"Applied {path.name.removesuffix('.up.sql')}" for path in sorted(migrations.glob("*.up.sql"))],
        "schema migrated",
        "no accounts yet: register the administrator's account with this set-up code, or use `coterie user create`",
    ]
