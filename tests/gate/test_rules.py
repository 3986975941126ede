"""The suite's own rules about time: nothing in it may depend on how fast the machine is.

A pause above 0.05 s, and a deadline under 5 s, has a name (a constant) or a comment on its line that says why.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
LONGEST_PAUSE, SHORTEST_DEADLINE = 0.05, 5.0
PAUSES = {"sleep": 1.0, "wait_for_timeout": 0.001}
"""Calls that pause, and the seconds of their unit."""

DEADLINES = {"timeout": 0, "wait_for": 1}
"""Calls with a deadline, and which of their arguments it is; `timeout=` has one in any call."""


def number(node: ast.expr | None) -> float | None:
    """A number that is written out."""
    return float(node.value) if isinstance(node, ast.Constant) and isinstance(node.value, int | float) else None


def name(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def pauses(call: ast.Call) -> Iterator[float]:
    unit = PAUSES.get(name(call))
    if unit and call.args and (value := number(call.args[0])) is not None and value * unit > LONGEST_PAUSE:
        yield value


def deadlines(call: ast.Call) -> Iterator[float]:
    index = DEADLINES.get(name(call))
    given = [keyword.value for keyword in call.keywords if keyword.arg == "timeout"]
    if index is not None and len(call.args) > index:
        given.append(call.args[index])
    for node in given:
        if (value := number(node)) and value < SHORTEST_DEADLINE:
            yield value


def found(source: str) -> list[int]:
    """The lines of a module with such a pause or deadline and without a reason."""
    lines, calls = source.splitlines(), (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    broken = {call.lineno for call in calls for _ in (*pauses(call), *deadlines(call))}
    return sorted(line for line in broken if "  # " not in lines[line - 1].replace("# noqa", ""))


@pytest.mark.parametrize(
    ("line", "is_found"),
    [
        ("await asyncio.sleep(0.3)", True),
        ("await asyncio.sleep(0.3)  # the browser's own pause", False),
        ("await asyncio.sleep(0.05)", False),
        ("await asyncio.sleep(PAUSE)", False),
        ("page.wait_for_timeout(300)", True),
        ("asyncio.timeout(1)", True),
        ("asyncio.timeout(PATIENCE)", False),
        ("asyncio.wait_for(it, 2)", True),
        ("process.wait(timeout=0.5)", True),
        ("process.wait(timeout=60)", False),
    ],
)
def test_what_is_found(line: str, is_found: bool) -> None:
    assert bool(found(line.removeprefix("await "))) is is_found


def test_nothing_depends_on_speed() -> None:
    modules = {path: found(path.read_text()) for path in sorted(TESTS.rglob("*.py"))}
    places = [f"{path.relative_to(TESTS)}:{line}" for path, lines in modules.items() for line in lines]
    assert not places, "\n".join(["wait for an event or a lock, use PATIENCE, or say why on the line:", *places])
