"""How the routes of this package answer each of the cast (`tests/permissions/table.py`)."""

from typing import Final

from tests.permissions.cast import ADMINS
from tests.permissions.table import SERVER, Row, members

ROUTES: Final[dict[str, Row]] = {
    f"GET {SERVER}/audit-logs": members(200, ADMINS),
}
