"""How the routes of this package answer each of the cast (`tests/permissions/table.py`)."""

from typing import Final

from tests.people import PASSWORD
from tests.permissions.table import Row, account, given, public

ROUTES: Final[dict[str, Row]] = {
    "POST /api/auth/register": public(409, body=lambda club: {"username": club.owner.username, "password": PASSWORD}),
    "POST /api/auth/signup": public(
        409,
        body=lambda club: {"username": club.owner.username, "email": "taken@example.org", "password": PASSWORD},
    ),
    "GET /api/instance/registration-mode": public(200),
    "GET /api/instance": public(200),
    "PATCH /api/instance": account(403, body=given(name="Ours")),
}
