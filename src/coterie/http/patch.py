"""Partial changes: a field that is missing keeps its value, null clears it."""

from typing import Any, TypeVar

import msgspec
from msgspec import UNSET, Struct

Record = TypeVar("Record", bound=Struct)


def provided(change: Struct) -> dict[str, Any]:
    """The fields that the change names."""
    return {name: value for name in change.__struct_fields__ if (value := getattr(change, name)) is not UNSET}


def apply(record: Record, change: Struct) -> Record:
    """The record with the given fields replaced."""
    return msgspec.structs.replace(record, **provided(change))
