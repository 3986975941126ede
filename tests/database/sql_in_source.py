"""Finds every SQL statement that the source hands to PostgreSQL, by reading the source.

A call of one of the connection's methods must name its statement so that it can be told without running: text,
constants of the module, both sides of an alternative. Everything else is reported, never passed over.
"""

import ast
import importlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Final

import coterie

ROOT: Final = Path(coterie.__file__).parent
METHODS: Final = {"fetch", "fetchrow", "fetchval", "fetchmany", "execute", "executemany", "prepare", "cursor"}


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement and where it stands; `text` is None where it cannot be told, `source` is then what stands there."""

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
    """Settings may stand several in one text."""
    is_setting = text.startswith(("SET ", "RESET "))
    return [part.strip() for part in text.split(";") if part.strip()] if is_setting else [text.strip()]


def texts(node: ast.expr, module: ModuleType) -> list[str]:
    """Everything that the expression can be."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.Name(id=name) if name.strip("_").isupper() and isinstance(vars(module).get(name), str | int):
            return [str(vars(module)[name])]
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
