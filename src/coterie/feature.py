"""What a package declares of itself, so that the application can be put together from one list (`features.py`).

A package that can be removed has a `feature.py` with one `Feature`. Nothing registers itself by being imported, and no
package imports the list.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import TypeVar

from litestar.handlers import HTTPRouteHandler

from coterie.errors import Entry
from coterie.http.rate_limits import Limit
from coterie.rights.keys import CollectionKeys

Declared = TypeVar("Declared")


@dataclass(frozen=True, slots=True)
class AuditAction:
    """What the audit log of a server records, and the kind of thing that it is done to."""

    name: str
    target: str


@dataclass(frozen=True, kw_only=True)
class Feature:
    """One feature of the server. `root_routes` are served at the root of the site, as they are written."""

    name: str
    routes: Sequence[HTTPRouteHandler] = ()
    root_routes: Sequence[HTTPRouteHandler] = ()
    limits: Sequence[Limit] = ()
    errors: Sequence[Entry] = ()
    audit: Sequence[AuditAction] = ()
    keys: Sequence[CollectionKeys] = ()


def declared(module: ModuleType, kind: type[Declared]) -> list[Declared]:
    """What a module declares of a kind, in order."""
    return [each for each in vars(module).values() if isinstance(each, kind)]
