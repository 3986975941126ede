"""Every REST route, and how it answers each of the cast: the tables of all packages, in the order of the features."""

from importlib import import_module
from typing import Final

from coterie.features import FEATURES
from tests.permissions.table import Row

TABLES: Final[list[dict[str, Row]]] = [
    import_module(f"tests.{feature.name}.routes_table").ROUTES for feature in FEATURES if feature.routes
]
ROUTES: Final[dict[str, Row]] = dict(
    sorted((row for table in TABLES for row in table.items()), key=lambda row: row[1].is_last)
)
