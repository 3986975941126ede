"""How the routes of this package answer each of the cast (`tests/permissions/table.py`)."""

from typing import Final

from tests.permissions.cast import ADMINS, PICTURE, form
from tests.permissions.table import SERVER, Row, account, members, public

ROUTES: Final[dict[str, Row]] = {
    "PUT /api/users/@me/avatar": account(200, form=lambda: form(image=PICTURE)),
    "DELETE /api/users/@me/avatar": account(204),
    "GET /api/pictures/{file_id}": public(200),
    f"PUT {SERVER}/icon": members(200, ADMINS, form=lambda: form(image=PICTURE)),
    f"DELETE {SERVER}/icon": members(204, ADMINS),
}
