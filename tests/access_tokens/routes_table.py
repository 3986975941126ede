"""How the routes of this package answer each of the cast (`tests/permissions/table.py`)."""

from typing import Final

from tests.permissions.table import Row, account, given

ROUTES: Final[dict[str, Row]] = {
    "POST /api/auth/access-tokens": account(
        403, body=given(name="script", scopes=["read"], current_password="wrong one")
    ),
}
