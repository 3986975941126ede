"""What a package declares of itself, so that the application can be put together from one list (`features.py`).

A package that can be removed has a `feature.py` with one `Feature`. Nothing registers itself by being imported, and no
package imports the list.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from types import ModuleType
from typing import Any, TypeAlias, TypeVar
from uuid import UUID

from litestar.handlers import HTTPRouteHandler

from coterie.database.connection import Connection, Database
from coterie.database.forgetting import Forget
from coterie.database.recurring import Recurring
from coterie.errors import Entry
from coterie.http.rate_limits import Limit, Limits
from coterie.jobs.attempt import JobRun
from coterie.jobs.consumers import Consumer
from coterie.jobs.models import Repeated
from coterie.log.append import Change
from coterie.log.bus import Bus
from coterie.log.hub import Hub
from coterie.log.watchers import Watchers
from coterie.permissions.context import ActionContext
from coterie.permissions.keys import CollectionKeys
from coterie.settings.record import Settings

Declared = TypeVar("Declared")


@dataclass(frozen=True, slots=True)
class AuditAction:
    """What the audit log of a server records, and the kind of thing that it is done to."""

    name: str
    target: str


@dataclass(frozen=True, slots=True)
class RowLifetime:
    """How long the rows of a table live that nobody deletes, and the statement that deletes older ones."""

    table: str
    age: timedelta | Callable[[Settings], timedelta | None]
    forget: Forget

    def age_by(self, settings: Settings) -> timedelta | None:
        """The age at which they end; None if they are kept."""
        return self.age if isinstance(self.age, timedelta) else self.age(settings)


@dataclass(frozen=True, slots=True)
class Trace:
    """What is kept that names a deleted account.

    `find` returns a topic that keeps something of the account, or None. `forget` takes the account out of at least some
    of that, under the topic's lock, and returns the changes.
    """

    find: Callable[[Connection, UUID], Awaitable[UUID | None]]
    forget: Callable[[Connection, UUID, UUID], Awaitable[list[Change]]]


@dataclass(frozen=True, kw_only=True)
class Core:
    """What lies below every package with a feature: all that a feature works with on its own."""

    settings: Settings
    database: Database
    context: ActionContext
    hub: Hub
    bus: Bus
    watchers: Watchers
    limits: Limits


Open: TypeAlias = Callable[[Core], AbstractAsyncContextManager[object]]
"""Opens a service for as long as the process serves."""


def nothing(core: Core) -> Sequence[Any]:
    """No work."""
    return ()


@dataclass(frozen=True, kw_only=True)
class Feature:
    """One feature of the server.

    `root_routes` are served at the root of the site, as they are written. Routes can have the `services` injected under
    these names. Each process does `works` as long as it serves. One process at a time does what is in `repeats`, does
    each of the `jobs`, and reads a part of the log for the `consumers`. After their `row_lifetimes`, rows are deleted
    that nobody else deletes. Deleted accounts are taken out of `traces`.
    """

    name: str
    routes: Sequence[HTTPRouteHandler] = ()
    root_routes: Sequence[HTTPRouteHandler] = ()
    limits: Sequence[Limit] = ()
    errors: Sequence[Entry] = ()
    audit: Sequence[AuditAction] = ()
    keys: Sequence[CollectionKeys] = ()
    row_lifetimes: Sequence[RowLifetime] = ()
    traces: Sequence[Trace] = ()
    services: Mapping[str, Open] = field(default_factory=dict)
    works: Callable[[Core], Sequence[Recurring]] = nothing
    jobs: Callable[[Core], Sequence[JobRun]] = nothing
    consumers: Callable[[Core], Sequence[Consumer]] = nothing
    repeats: Callable[[Core], Sequence[Repeated]] = nothing


def check_names(features: Sequence[Feature]) -> None:
    """Raises ValueError if two features, or two things that they declare, have the same name."""
    keys = [keys for feature in features for keys in feature.keys]
    named: dict[str, list[str]] = {
        "feature": [feature.name for feature in features],
        "limit": [limit.name for feature in features for limit in feature.limits],
        "error": [entry.code for feature in features for entry in feature.errors],
        "audit action": [action.name for feature in features for action in feature.audit],
        "key": [f"{topic}: {kind}" for each in keys for topic in each.topics for kind in each.kinds],
        "service": [name for feature in features for name in feature.services],
    }
    for what, names in named.items():
        if twice := [name for name, count in Counter(names).items() if count > 1]:
            raise ValueError(f"declared twice as {what}: {twice[0]}")


def declared(module: ModuleType, kind: type[Declared]) -> list[Declared]:
    """What a module declares of a kind, in order."""
    return [each for each in vars(module).values() if isinstance(each, kind)]
