"""Finds every SQL statement that the source hands to PostgreSQL, by reading the source.

A call of one of the connection's methods must name its statement so that it can be determined without running it: text,
constants of the module and what they declare of columns, both sides of an alternative. Everything else is reported,
never passed over.
"""

import ast
import importlib
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Final

import coterie
from coterie.database.columns import Columns, Parameters

ROOT: Final = Path(coterie.__file__).parent
METHODS: Final = {"fetch", "fetchrow", "fetchval", "fetchmany", "execute", "executemany", "prepare", "cursor"}
DECLARATIONS: Final = (Columns, Parameters)


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement and its place; `text` is None where it cannot be determined, `source` is then the expression."""

    place: str
    source: str
    text: str | None

    @property
    def is_planned(self) -> bool:
        """Whether PostgreSQL makes a plan for it; a setting or a definition has none."""
        words = (self.text or "-").split()
        return words[0].upper() in {"SELECT", "INSERT", "UPDATE", "DELETE", "WITH"}


class UnknownStatementError(Exception):
    """The expression depends on something other than constants."""


def statements() -> list[Statement]:
    """Every statement of the package, in the order of the files."""
    return [found for path in sorted(ROOT.rglob("*.py")) for found in _in_file(path)]


def written_parameters() -> Iterator[tuple[str, int]]:
    """The parameters that are written by number anywhere in the source, each with its place."""
    for path in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                place = f"{path.relative_to(ROOT)}:{node.lineno}"
                yield from ((place, int(number)) for number in re.findall(r"\$(\d+)", node.value))


def _in_file(path: Path) -> Iterator[Statement]:
    module: ModuleType | None = None
    for node in ast.walk(ast.parse(path.read_text())):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in METHODS):
            continue
        module = module or importlib.import_module(_module_name(path))
        place = f"{path.relative_to(ROOT)}:{node.lineno}"
        given = node.args[0] if node.args else ast.Constant(None)
        try:
            for text in texts(given, module):
                yield from (Statement(place, ast.unparse(given), part) for part in _parts(text))
        except UnknownStatementError:
            yield Statement(place, ast.unparse(given), None)


def _module_name(path: Path) -> str:
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _parts(text: str) -> list[str]:
    """One text may hold several settings."""
    is_setting = text.startswith(("SET ", "RESET "))
    return [part.strip() for part in text.split(";") if part.strip()] if is_setting else [text.strip()]


def texts(node: ast.expr, module: ModuleType) -> list[str]:
    """Everything that the expression can be."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.Name(id=name) if name.strip("_").isupper() and isinstance(vars(module).get(name), str | int):
            return [str(vars(module)[name])]
        case ast.Attribute(value=ast.Name(id=name), attr=part) if isinstance(vars(module).get(name), DECLARATIONS):
            return [str(getattr(vars(module)[name], part))]
        case ast.BinOp(op=ast.Add()):
            return [a + b for a, b in itertools.product(texts(node.left, module), texts(node.right, module))]
        case ast.IfExp():
            return texts(node.body, module) + texts(node.orelse, module)
        case ast.JoinedStr(values=values):
            pieces = [
                texts(value.value if isinstance(value, ast.FormattedValue) else value, module) for value in values
            ]
            return ["".join(chosen) for chosen in itertools.product(*pieces)]
    raise UnknownStatementError
