"""The parameters of a statement, declared once by a record: many rows as one array per column, or values by name.

    MADE: Final = columns(Role)

    await connection.execute(
        f"INSERT INTO roles ({MADE.names}) SELECT {MADE.names} FROM {MADE.given}", *MADE.arrays(roles)
    )

The types come from the record's annotations. The text is built once, at import: it is the same for any number of rows,
so that each connection prepares it once.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from operator import attrgetter
from types import UnionType
from typing import Any, Final, Generic, Literal, TypeVar, Union, get_args, get_origin, get_type_hints
from uuid import UUID

Record = TypeVar("Record")

TYPES: Final[dict[object, str]] = {
    UUID: "uuid",
    str: "text",
    int: "bigint",
    bool: "bool",
    bytes: "bytea",
    datetime: "timestamptz",
    list[UUID]: "uuid[]",
    list[str]: "text[]",
}


class Columns(Generic[Record]):
    """The columns of a record, as a statement uses them.

    `names` are the columns' names, `given` is the table of the rows, called `given`, whose `number` counts them from 1.
    An array cannot hold lists of different lengths, so a list of ids is passed as text: read it as `name::uuid[]`.
    """

    def __init__(self, record: type[Record], names: Sequence[str], after: int) -> None:
        hints = get_type_hints(record)
        chosen = {name: _type(hints[name]) for name in names or hints}
        self.names: Final = ", ".join(chosen)
        arrays = (f"${after + number}::{_in_array(type)}[]" for number, type in enumerate(chosen.values(), 1))
        self.given: Final = f"unnest({', '.join(arrays)}) WITH ORDINALITY AS given ({self.names}, number)"
        self._read: Final[Callable[[Record], tuple[object, ...]]] = _reading(list(chosen))
        self._is_list: Final = [type == "uuid[]" for type in chosen.values()]

    def arrays(self, rows: Sequence[Record]) -> list[Sequence[object]]:
        """The values of the rows, one sequence for each column."""
        if not rows:
            return [()] * len(self._is_list)
        values: Iterable[tuple[Any, ...]] = zip(*map(self._read, rows), strict=True)
        return [
            list(map(_literal, column)) if is_list else column
            for column, is_list in zip(values, self._is_list, strict=True)
        ]


class Parameters(Generic[Record]):
    """The parameters of a statement by name: `{ASKED.words}` is the parameter with its type."""

    def __init__(self, record: type[Record]) -> None:
        hints = get_type_hints(record)
        self._texts: Final = {name: f"${number}::{_type(hint)}" for number, (name, hint) in enumerate(hints.items(), 1)}

    def __getattr__(self, name: str) -> str:
        try:
            return self._texts[name]
        except KeyError:
            raise AttributeError(name) from None

    def values(self, record: Record) -> list[object]:
        """The record's values in the order of the parameters."""
        return [getattr(record, name) for name in self._texts]


def columns(record: type[Record], *names: str, after: int = 0) -> Columns[Record]:
    """The columns of a record, or the named ones. `after` is the number of parameters before them in the statement."""
    return Columns(record, names, after)


def parameters(record: type[Record]) -> Parameters[Record]:
    """Each field of a record as a parameter of a statement."""
    return Parameters(record)


def _type(hint: Any) -> str:
    """Raises TypeError for types that are not supported here."""
    kind = get_origin(hint)
    if kind is Literal:
        return _type(type(get_args(hint)[0]))
    if kind in (Union, UnionType):
        [hint] = [each for each in get_args(hint) if each is not type(None)]
        return _type(hint)
    if hint not in TYPES:
        raise TypeError(f"no column can hold {hint}")
    return TYPES[hint]


def _in_array(type: str) -> str:
    """Raises TypeError for lists of texts, which could contain the separator."""
    if type == "text[]":
        raise TypeError("no column can hold lists of texts")
    return "text" if type == "uuid[]" else type


def _reading(names: list[str]) -> Callable[[Any], tuple[object, ...]]:
    read: Callable[[Any], Any] = attrgetter(*names)
    return read if len(names) > 1 else lambda row: (read(row),)


def _literal(ids: Sequence[UUID]) -> str:
    """An array of ids in PostgreSQL's text format."""
    return "{" + ",".join(map(str, ids)) + "}" if ids else "{}"
