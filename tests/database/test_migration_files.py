"""Migrations as files: what is accepted, what is refused by name."""

from pathlib import Path

import pytest

from coterie.database.migration_files import MigrationFilesError, add, load


def write(directory: Path, **files: str) -> None:
    for name, sql in files.items():
        stem, way = name.rsplit("_", 1)
        (directory / f"{stem.removeprefix('m')}.{way}.sql").write_text(sql)


def test_it_works(tmp_path: Path) -> None:
    write(tmp_path, m0001_one_up="CREATE", m0001_one_down="DROP", m0002_two_up="", m0002_two_down="")
    migrations = load(tmp_path)
    assert [each.title for each in migrations] == ["0001_one", "0002_two"]
    assert (migrations[0].up.sql, migrations[0].down.sql) == ("CREATE", "DROP")


def test_coteries_own_are_in_order() -> None:
    assert [each.version for each in load()] == list(range(1, len(load()) + 1))
    assert load()[0].title == "0001_schema"


def test_line_ends_do_not_change_the_checksum(tmp_path: Path) -> None:
    write(tmp_path, m0001_one_up="a\nb\n", m0001_one_down="")
    before = load(tmp_path)[0].checksum
    (tmp_path / "0001_one.up.sql").write_bytes(b"a\r\nb\r\n")
    assert load(tmp_path)[0].checksum == before
    (tmp_path / "0001_one.up.sql").write_bytes(b"a\nb \n")
    assert load(tmp_path)[0].checksum != before


@pytest.mark.parametrize(
    ("names", "complaint"),
    [
        (["0001_One.up.sql"], "0001_One.up.sql is not a valid name"),
        (["1_one.up.sql"], "1_one.up.sql is not a valid name"),
        (["0001_one.sql"], "0001_one.sql is not a valid name"),
        (["0001_one.up.sql"], "found 0001_one.up.sql"),
        (["0001_one.up.sql", "0001_two.down.sql"], "found 0001_two.down.sql, 0001_one.up.sql"),
        (["0001_one.up.sql", "0001_two.up.sql"], "two migrations numbered 0001"),
        (["0002_two.up.sql", "0002_two.down.sql"], "Migration 0001 is missing"),
        (["0000_nil.up.sql", "0000_nil.down.sql"], "0000_nil.up.sql"),
    ],
)
def test_disorder_is_refused(tmp_path: Path, names: list[str], complaint: str) -> None:
    for name in names:
        (tmp_path / name).touch()
    with pytest.raises(MigrationFilesError, match=complaint):
        load(tmp_path)


def test_statements_outside_a_transaction_are_taken_one_by_one(tmp_path: Path) -> None:
    sql = "-- coterie: no transaction\nDROP INDEX a;\n\n-- a comment;\nCREATE INDEX a\n    ON b (c);\n-- the end\n"
    write(tmp_path, m0001_one_up=sql, m0001_one_down="SELECT 1;")
    migration = load(tmp_path)[0]
    assert not migration.up.is_transactional
    assert migration.down.is_transactional
    first, second = migration.up.statements
    assert first.endswith("DROP INDEX a;")
    assert second.endswith("CREATE INDEX a\n    ON b (c);")


def test_adding_takes_the_next_number(tmp_path: Path) -> None:
    add("one", tmp_path)
    up, down = add("add_polls", tmp_path)
    assert (up.name, down.name) == ("0002_add_polls.up.sql", "0002_add_polls.down.sql")
    assert [each.title for each in load(tmp_path)] == ["0001_one", "0002_add_polls"]


@pytest.mark.parametrize("name", ["", "Polls", "add polls", "../polls", "polls_", "add-polls"])
def test_adding_refuses_what_is_no_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(MigrationFilesError, match="not a valid name for a migration"):
        add(name, tmp_path)
    assert list(tmp_path.iterdir()) == []
