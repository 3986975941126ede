"""How the routes of this package answer each of the cast (`tests/permissions/table.py`)."""

from typing import Final

from tests.permissions.cast import MODERATORS, Club
from tests.permissions.table import SERVER, Row, given, inside, members

ROUTES: Final[dict[str, Row]] = {
    f"GET {SERVER}/channels": members(200),
    f"POST {SERVER}/channels": members(201, MODERATORS, body=given(name="new", type="text")),
    f"PATCH {SERVER}/channels": inside(
        200, MODERATORS, body=lambda club: {"channels": [{"id": club.ids["channel_id"]}]}
    ),
    f"GET {SERVER}/channels/{{channel_id}}": inside(200),
    f"PATCH {SERVER}/channels/{{channel_id}}": inside(200, MODERATORS, body=given(topic="words")),
    f"DELETE {SERVER}/channels/{{channel_id}}": inside(204, MODERATORS, prepare=Club.channel),
}
