"""How the routes of this package answer each of the cast (`tests/permissions/table.py`)."""

from typing import Final

from tests.permissions.cast import MODERATORS, SPEAKERS, Club
from tests.permissions.table import CHANNEL, CONVERSATION, SERVER, Row, account, given, inside, members, talkers


async def in_voice(club: Club) -> dict[str, str]:
    """Those who can are in the voice channel."""
    for name in SPEAKERS:
        await club.cast[name].call("POST", f"/api/channels/{club.ids['voice_id']}/voice")
    await club.cast.victim.call("POST", f"/api/channels/{club.ids['voice_id']}/voice")
    return {}


async def live(club: Club) -> dict[str, str]:
    """The member shows something in the voice channel."""
    await in_voice(club)
    path = f"/api/channels/{club.ids['voice_id']}/go-live"
    await club.cast["member"].expect(201, "POST", path, {})
    return {}


ROUTES: Final[dict[str, Row]] = {
    f"PUT {CONVERSATION}/call/declined": talkers(204),
    f"GET {SERVER}/voice": members(200),
    f"GET {CHANNEL}/voice": inside(200, where="voice_id"),
    f"POST {CHANNEL}/voice": inside(201, SPEAKERS, where="voice_id"),
    f"PATCH {CHANNEL}/voice": inside(
        200, SPEAKERS, where="voice_id", body=given(self_mute=True), prepare=in_voice, also={"timed_out": 404}
    ),
    f"PATCH {CHANNEL}/voice/{{user_id}}": inside(
        200, MODERATORS, where="voice_id", body=given(server_mute=True), prepare=in_voice
    ),
    f"DELETE {CHANNEL}/voice/{{user_id}}": inside(204, MODERATORS, where="voice_id", prepare=in_voice),
    f"GET {CHANNEL}/go-live": inside(404, where="voice_id"),
    f"POST {CHANNEL}/go-live": inside(
        201, SPEAKERS, where="voice_id", body=given(), prepare=in_voice, also={"timed_out": 400}
    ),
    f"DELETE {CHANNEL}/go-live": inside(204, ("member",), where="voice_id", prepare=live),
    f"DELETE {CHANNEL}/voice": inside(204, SPEAKERS, where="voice_id", prepare=in_voice, also={"timed_out": 404}),
    "GET /api/ice-servers": account(200),
}
