"""Nothing writes messages but the gate: `messages/actions.py` is the only module that uses the writers."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import coterie

SOURCE: Final = Path(coterie.__file__).parent

GATE: Final = "messages/actions.py"

WRITERS: Final = (
    "coterie.messages.sending.store",
    "coterie.messages.sending.insert",
    "coterie.messages.sending.insert_plain",
    "coterie.messages.changing.store",
    "coterie.messages.changing.write",
    "coterie.messages.system_messages.insert",
    "coterie.messages.pin_messages.add",
    "coterie.messages.queries.rewrite",
    "coterie.messages.queries.uncount",
)
"""Modules and functions that store messages."""

WITHIN: Final = ("messages/sending/", "messages/changing/", "messages/pin_messages.py")
"""The steps, which use each other."""

STATEMENTS: Final = re.compile(r"\b(?:INSERT INTO|UPDATE|DELETE FROM) messages\b")

STATING: Final = {
    "messages/sending/insert.py",
    "messages/sending/insert_plain.py",
    "messages/system_messages.py",
    "messages/queries.py",
    "importing/message_positions.py",  # messages of other chat servers, which are no new speech
    "departures/queries.py",  # takes a deleted account's name off
}
"""Modules with statements that change rows of messages."""


def modules() -> Iterator[tuple[str, str]]:
    """Every module, by its path in the package, and its text."""
    for path in sorted(SOURCE.rglob("*.py")):
        yield path.relative_to(SOURCE).as_posix(), path.read_text()


def uses(text: str) -> set[str]:
    """The full names of what a module imports, and of what it uses of modules that it imports."""
    tree, known = ast.parse(text), dict[str, str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            known |= {each.asname or each.name: f"{node.module}.{each.name}" for each in node.names}
    used = {
        f"{known[node.value.id]}.{node.attr}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in known
    }
    return used | set(known.values())


def is_writer(name: str) -> bool:
    return any(name == writer or name.startswith(f"{writer}.") for writer in WRITERS)


def test_only_the_gate_imports_the_writers() -> None:
    found = {path: names for path, text in modules() if (names := sorted(filter(is_writer, uses(text))))}
    assert GATE in found, "the gate uses them"
    assert {path: names for path, names in found.items() if path != GATE and not path.startswith(WITHIN)} == {}


def test_only_the_gate_hands_over_to_the_writers() -> None:
    calls = re.compile(r"\.(?:sending|changing)\.(?:submit|enqueue)\(")
    assert [path for path, text in modules() if calls.search(text)] == [GATE]


def test_only_the_writers_state_what_changes() -> None:
    assert {path for path, text in modules() if STATEMENTS.search(text)} == STATING


def test_an_import_in_any_form_is_found() -> None:
    for text in (
        "from coterie.messages.sending.store import store",
        "from coterie.messages.sending import store",
        "from coterie.messages import queries\nqueries.rewrite()",
        "from coterie.messages.system_messages import insert as add",
    ):
        assert any(map(is_writer, uses(text))), text
    assert not any(map(is_writer, uses("from coterie.messages.system_messages import SystemMessage")))
