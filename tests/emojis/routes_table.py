"""How the routes of this package answer each of the cast (`tests/permissions/table.py`)."""

from typing import Final

from tests.permissions.cast import ADMINS, PICTURE, Club, form
from tests.permissions.table import SERVER, Row, given, members, public

ROUTES: Final[dict[str, Row]] = {
    f"GET {SERVER}/emojis": members(200),
    f"POST {SERVER}/emojis": members(
        201, ADMINS, form=lambda: form(name="smile", image=PICTURE), is_fresh=True, also={"owner": 400}
    ),
    f"PATCH {SERVER}/emojis/{{emoji_id}}": members(200, ADMINS, body=given(name="wave_again")),
    f"DELETE {SERVER}/emojis/{{emoji_id}}": members(204, ADMINS, prepare=Club.emoji),
    "GET /api/emojis/{emoji_id}": public(200),
}
