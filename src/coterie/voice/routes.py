"""The routes of voice channels."""

import time
from uuid import UUID

from litestar import delete, get, patch, post, put
from litestar.params import FromPath, JSONBody

from coterie.http.injection import CurrentViewer, Injected, counted
from coterie.permissions.context import ActionContext
from coterie.settings.record import Settings
from coterie.voice import access, actions, ice, queries
from coterie.voice.keeper import Keeper
from coterie.voice.limits import VOICE
from coterie.voice.models import GoLive, GoLiveSession, IceServers, OwnVoiceChange, VoiceModeration, VoiceState


@post("/channels/{channel_id:str}/voice", opt=counted(VOICE))
async def join(
    context: Injected[ActionContext], voice: Injected[Keeper], viewer: CurrentViewer, channel_id: FromPath[UUID]
) -> VoiceState:
    """Join a voice channel, leaving the one that you are in. You stay while the session has a gateway socket."""
    return await actions.join(context, voice, channel_id, viewer)


@delete("/channels/{channel_id:str}/voice")
async def leave(context: Injected[ActionContext], viewer: CurrentViewer, channel_id: FromPath[UUID]) -> None:
    """Leave a voice channel."""
    await actions.leave(context, channel_id, viewer.user_id)


@put("/conversations/{conversation_id:str}/call/declined", opt=counted(VOICE), status_code=204)
async def decline(context: Injected[ActionContext], viewer: CurrentViewer, conversation_id: FromPath[UUID]) -> None:
    """Decline the call that rings you in a conversation, on all your devices; you can still join it."""
    await actions.decline(context, conversation_id, viewer.user_id)


@patch("/channels/{channel_id:str}/voice", opt=counted(VOICE))
async def change(
    context: Injected[ActionContext], viewer: CurrentViewer, channel_id: FromPath[UUID], data: JSONBody[OwnVoiceChange]
) -> VoiceState:
    """Mute or deafen yourself, or report that your camera or screen is on; at least one field."""
    return await actions.change(context, channel_id, viewer.user_id, data)


@get("/channels/{channel_id:str}/voice")
async def listing(
    context: Injected[ActionContext], viewer: CurrentViewer, channel_id: FromPath[UUID]
) -> list[VoiceState]:
    """Who is in a voice channel, in the order in which they joined."""
    await access.authority(context.permissions, context.database, channel_id, viewer.user_id)
    return await queries.states_in(context.database, [channel_id])


@get("/servers/{server_id:str}/voice")
async def everywhere(
    context: Injected[ActionContext], viewer: CurrentViewer, server_id: FromPath[UUID]
) -> list[VoiceState]:
    """Who is in the voice channels of a server that you can view."""
    return await access.visible_states(context.permissions, context.database, server_id, viewer.user_id)


@patch("/channels/{channel_id:str}/voice/{user_id:str}", opt=counted(VOICE))
async def moderate(
    context: Injected[ActionContext],
    viewer: CurrentViewer,
    channel_id: FromPath[UUID],
    user_id: FromPath[UUID],
    data: JSONBody[VoiceModeration],
) -> VoiceState:
    """Mute or deafen a member for everyone, or move them to another channel of the server; at least one field.

    Needs MUTE_MEMBERS, and a higher role than theirs. Muting outlasts their leaving.
    """
    return await actions.moderate(context, channel_id, viewer.user_id, user_id, data)


@delete("/channels/{channel_id:str}/voice/{user_id:str}")
async def disconnect(
    context: Injected[ActionContext], viewer: CurrentViewer, channel_id: FromPath[UUID], user_id: FromPath[UUID]
) -> None:
    """Disconnect a member from a voice channel. Needs MUTE_MEMBERS, and a higher role than theirs."""
    await actions.disconnect(context, channel_id, viewer.user_id, user_id)


@post("/channels/{channel_id:str}/go-live", opt=counted(VOICE))
async def go_live(
    context: Injected[ActionContext], viewer: CurrentViewer, channel_id: FromPath[UUID], data: JSONBody[GoLive]
) -> GoLiveSession:
    """Go live with your screen or camera in the voice channel that you are in; again to change the quality."""
    return await actions.go_live(context, channel_id, viewer.user_id, data)


@delete("/channels/{channel_id:str}/go-live")
async def stop_live(context: Injected[ActionContext], viewer: CurrentViewer, channel_id: FromPath[UUID]) -> None:
    """Stop showing."""
    await actions.stop_live(context, channel_id, viewer.user_id)


@get("/channels/{channel_id:str}/go-live")
async def live(context: Injected[ActionContext], viewer: CurrentViewer, channel_id: FromPath[UUID]) -> GoLiveSession:
    """Who is live in a voice channel."""
    await access.authority(context.permissions, context.database, channel_id, viewer.user_id)
    return await actions.live_in(context.database, channel_id)


@get("/ice-servers")
async def ice_servers(
    context: Injected[ActionContext], settings: Injected[Settings], viewer: CurrentViewer
) -> IceServers:
    """The STUN and TURN servers for connecting with others, with credentials that are valid for `ttl` seconds."""
    return await ice.servers_for(context, settings, viewer, time.time())


ROUTES = [
    join,
    leave,
    decline,
    change,
    listing,
    everywhere,
    moderate,
    disconnect,
    go_live,
    stop_live,
    live,
    ice_servers,
]
