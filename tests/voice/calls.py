"""What the tests of voice share: joining, and checking who receives what."""

from typing import Any

from tests.people import Community, Person, Socket

FLAGS = ("self_mute", "self_deaf", "self_video", "self_screen", "server_mute", "server_deaf")


def voice(channel: str, user: str = "") -> str:
    return f"/api/channels/{channel}/voice" + (f"/{user}" if user else "")


def live(channel: str) -> str:
    return f"/api/channels/{channel}/go-live"


async def join(person: Person, channel: str) -> dict[str, Any]:
    state: dict[str, Any] = await person.expect(201, "POST", voice(channel))
    return state


async def present(person: Person, channel: str) -> list[str]:
    """Who is in a channel, as this user sees it."""
    return [state["user_id"] for state in await person.expect(200, "GET", voice(channel))]


async def new_channel(community: Community, **fields: Any) -> str:
    """One more voice channel in the community's server."""
    body = {"name": "Kitchen", "type": "voice", **fields}
    made = await community.owner.expect(201, "POST", f"/api/servers/{community.server}/channels", body)
    return str(made["id"])


async def in_voice(socket: Socket, person: Person, channel: str | None, **fields: Any) -> dict[str, Any]:
    """Wait until the socket receives that a user is in a channel, or (None) in none."""

    def matches(frame: dict[str, Any]) -> bool:
        state = frame.get("d") or {}
        return (
            frame.get("t") == "VOICE_STATE_UPDATE"
            and (state["user_id"], state["channel_id"]) == (person.id, channel)
            and fields.items() <= state.items()
        )

    frame = await socket.wait_for(matches)
    state: dict[str, Any] = frame["d"]
    return state


async def structure(person: Person, server: str) -> dict[str, Any]:
    """The server's collection, fetched again."""
    state: dict[str, Any] = await person.expect(200, "GET", f"/sync/servers/{server}")
    return {key: value for key, value in state.items() if key.startswith(("voice_states/", "go_live/"))}
