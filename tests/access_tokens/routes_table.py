"""How the routes of this package answer each of the cast (`tests/rights/table.py`)."""

from typing import Final

from tests.rights.table import Row, account, given

ROUTES: Final[dict[str, Row]] = {
    "POST /api/auth/access-tokens": account(
        403, body=given(name="script", scopes=["read"], current_password="wrong one")
    ),
}
