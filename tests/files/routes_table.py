"""How the routes of this package answer each of the cast (`tests/permissions/table.py`)."""

from typing import Final

from tests.permissions.cast import PICTURE, Club, form
from tests.permissions.table import Row, inside

ROUTES: Final[dict[str, Row]] = {
    "GET /api/messages/{message_id}/attachments": inside(200),
    "POST /api/messages/{message_id}/attachments": inside(
        201, ("member",), form=lambda: form(files=PICTURE), prepare=Club.message
    ),
    "GET /api/files/{message_id}/{name}": inside(200),
}
