"""How the routes of this package answer each of the cast (`tests/permissions/table.py`)."""

from typing import Final

from tests.permissions.cast import OWNER
from tests.permissions.table import NOT_OWNER, SERVER, Row

ROUTES: Final[dict[str, Row]] = {
    f"GET {SERVER}/export": Row(200, OWNER, NOT_OWNER),
    f"GET {SERVER}/export/status": Row(200, OWNER, NOT_OWNER),
    f"POST {SERVER}/export": Row(202, OWNER, NOT_OWNER),
    f"DELETE {SERVER}/export": Row(204, OWNER, NOT_OWNER),
}
