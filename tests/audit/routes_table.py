"""How the routes of this package answer each of the cast (`tests/rights/table.py`)."""

from typing import Final

from tests.rights.cast import ADMINS
from tests.rights.table import SERVER, Row, members

ROUTES: Final[dict[str, Row]] = {
    f"GET {SERVER}/audit-logs": members(200, ADMINS),
}
