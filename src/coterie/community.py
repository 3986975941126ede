"""What the actions on servers and all that is in them work with."""

from dataclasses import dataclass

from coterie.database.connection import Database
from coterie.permissions.rights import Rights


@dataclass(frozen=True, slots=True)
class Community:
    """The database, and who may do what."""

    database: Database
    rights: Rights
