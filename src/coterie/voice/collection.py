"""What this package has in the collections of topics."""

from typing import Final

from coterie.database.connection import Connection
from coterie.permissions.keys import CollectionKeys, Extract
from coterie.voice import queries


async def _voice(connection: Connection, extract: Extract) -> dict[str, object]:
    """Who is in the calls, and who is sharing something."""
    among = list(extract.channels)
    states, shared = await queries.states_in(connection, among), await queries.live_in(connection, among)
    return {
        **{f"voice_states/{state.channel_id}/{state.user_id}": state for state in states},
        **{f"go_live/{live.channel_id}": live for live in shared},
    }


VOICE: Final = CollectionKeys(("voice_states", "go_live"), ("server", "conversation"), _voice, of_channels=True)
