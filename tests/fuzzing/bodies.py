"""JSON bodies: the first line names the type that a route declares for its body."""

from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from typing import Any, get_type_hints

import msgspec
from msgspec import Struct

from coterie.errors import CoterieError
from coterie.features import ROUTES
from coterie.http.answering import decode


@cache
def types() -> dict[str, Any]:
    """The types of all bodies, by name."""
    declared = [get_type_hints(route.fn).get("data") for route in ROUTES]
    return dict(sorted((getattr(each, "__name__", str(each)), each) for each in declared if each is not None))


def body(given: bytes) -> None:
    """Whatever is decoded can be stored, and written and read again."""
    name, _, content = given.partition(b"\n")
    chosen = types().get(name.decode("latin-1")) or [*types().values()][sum(name) % len(types())]
    with suppress(CoterieError):
        decoded = decode(content, chosen)
        check_storable(decoded)
        assert decode(msgspec.json.encode(decoded), chosen) == decoded


def check_storable(value: Any) -> None:
    """The database takes it: numbers of 64 bits, times of the calendar, text that is Unicode."""
    if isinstance(value, Struct):
        value = [getattr(value, name) for name in value.__struct_fields__]
    if isinstance(value, dict):
        value = [*value.keys(), *value.values()]
    if isinstance(value, list | tuple | set):
        for each in value:
            check_storable(each)
    elif isinstance(value, int):
        assert -(2**63) <= value < 2**63, "beyond the database's integers"
    elif isinstance(value, datetime):
        value.astimezone(UTC)
    elif isinstance(value, str):
        value.encode()
