"""What actions on servers and their contents need."""

from dataclasses import dataclass

from coterie.database.connection import Database
from coterie.permissions.cache import PermissionCache


@dataclass(frozen=True, slots=True)
class ActionContext:
    """The database, and who may do what."""

    database: Database
    permissions: PermissionCache
