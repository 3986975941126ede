"""The routes of voice channels."""

import time
from uuid import UUID

from litestar import delete, get, patch, post
from litestar.params import FromPath, JSONBody

from coterie.guards import VOICE, Asking, Here
from coterie.voice import access, actions, ice, queries
from coterie.voice.models import GoLive, GoLiveSession, IceServers, OwnVoiceChange, VoiceModeration, VoiceState


@post("/channels/{channel_id:str}/voice", opt=VOICE)
async def join(services: Here, viewer: Asking, channel_id: FromPath[UUID]) -> VoiceState:
    """Join a voice channel, leaving the one that one is in. The place stays while the session has a gateway socket."""
    return await actions.join(services.community, services.voice, channel_id, viewer)


@delete("/channels/{channel_id:str}/voice")
async def leave(services: Here, viewer: Asking, channel_id: FromPath[UUID]) -> None:
    """Leave a voice channel."""
    await actions.leave(services.community, channel_id, viewer.user_id)


@patch("/channels/{channel_id:str}/voice", opt=VOICE)
async def change(
    services: Here, viewer: Asking, channel_id: FromPath[UUID], data: JSONBody[OwnVoiceChange]
) -> VoiceState:
    """Mute or deafen oneself, or say that one's camera or screen is on; at least one field."""
    return await actions.change(services.community, channel_id, viewer.user_id, data)


@get("/channels/{channel_id:str}/voice")
async def listing(services: Here, viewer: Asking, channel_id: FromPath[UUID]) -> list[VoiceState]:
    """Who is in a voice channel, in the order in which they joined."""
    await access.seen(services.rights, services.database, channel_id, viewer.user_id)
    return await queries.states_in(services.database, [channel_id])


@get("/servers/{server_id:str}/voice")
async def everywhere(services: Here, viewer: Asking, server_id: FromPath[UUID]) -> list[VoiceState]:
    """Who is in any voice channel of a server that one may see."""
    return await access.visible_states(services.rights, services.database, server_id, viewer.user_id)


@patch("/channels/{channel_id:str}/voice/{user_id:str}", opt=VOICE)
async def moderate(
    services: Here,
    viewer: Asking,
    channel_id: FromPath[UUID],
    user_id: FromPath[UUID],
    data: JSONBody[VoiceModeration],
) -> VoiceState:
    """Mute or deafen somebody for everybody, or move them to another channel of the server; at least one field.

    Needs MUTE_MEMBERS, and a higher place in the hierarchy than theirs. Muting outlasts their leaving.
    """
    return await actions.moderate(services.community, channel_id, viewer.user_id, user_id, data)


@delete("/channels/{channel_id:str}/voice/{user_id:str}")
async def disconnect(services: Here, viewer: Asking, channel_id: FromPath[UUID], user_id: FromPath[UUID]) -> None:
    """Put somebody out of a voice channel. Needs MUTE_MEMBERS, and a higher place in the hierarchy than theirs."""
    await actions.disconnect(services.community, channel_id, viewer.user_id, user_id)


@post("/channels/{channel_id:str}/go-live", opt=VOICE)
async def go_live(services: Here, viewer: Asking, channel_id: FromPath[UUID], data: JSONBody[GoLive]) -> GoLiveSession:
    """Say that one shows screen or camera to the voice channel that one is in; again to change the quality."""
    return await actions.go_live(services.community, channel_id, viewer.user_id, data)


@delete("/channels/{channel_id:str}/go-live")
async def stop_live(services: Here, viewer: Asking, channel_id: FromPath[UUID]) -> None:
    """Stop showing."""
    await actions.stop_live(services.community, channel_id, viewer.user_id)


@get("/channels/{channel_id:str}/go-live")
async def live(services: Here, viewer: Asking, channel_id: FromPath[UUID]) -> GoLiveSession:
    """Who is live in a voice channel."""
    await access.seen(services.rights, services.database, channel_id, viewer.user_id)
    return await actions.live_in(services.database, channel_id)


@get("/ice-servers")
async def ice_servers(services: Here, viewer: Asking) -> IceServers:
    """The STUN and TURN servers for connecting with others, with credentials that count for `ttl` seconds."""
    return ice.servers(services.settings, viewer.username, time.time())


ROUTES = [join, leave, change, listing, everywhere, moderate, disconnect, go_live, stop_live, live, ice_servers]
