"""Voice as it goes over the wire.

A place in a voice channel is told under `voice_states/<channel>/<user>` of the server's topic, so that it is shown to
those who may see that channel and to nobody else; moving ends one and begins another. A conversation's call is told in
the conversation's own topic.
"""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Raw, Struct, UnsetType

Quality = Annotated[str, Meta(pattern="^(480p|720p|1080p)$")]


class VoiceState(Struct, frozen=True):
    """Somebody's place in a voice channel, or that they left: then `channel_id` and `joined_at` are null.

    A call in a conversation is in the channel that the conversation is, and of no server.
    `server_mute` is true for who was muted by a moderator and for who may not speak; `can_speak` tells the two apart.
    `previous_channel_id` is set only when they left: a client that knows them elsewhere by then keeps what it knows.
    """

    user_id: UUID
    username: str
    server_id: UUID | None
    channel_id: UUID | None
    joined_at: datetime | None
    self_mute: bool = False
    self_deaf: bool = False
    self_video: bool = False
    self_screen: bool = False
    server_mute: bool = False
    server_deaf: bool = False
    can_speak: bool = True
    previous_channel_id: UUID | None = None

    @property
    def topic(self) -> UUID:
        """Where it is told: the server, or the conversation."""
        found = self.server_id or self.channel_id or self.previous_channel_id
        assert found is not None, "it is, or was, somewhere"
        return found


class OwnVoiceChange(Struct, frozen=True, forbid_unknown_fields=True):
    """What one says of oneself; a missing field keeps its value."""

    self_mute: bool | UnsetType = UNSET
    self_deaf: bool | UnsetType = UNSET
    self_video: bool | UnsetType = UNSET
    self_screen: bool | UnsetType = UNSET


class VoiceModeration(Struct, frozen=True, forbid_unknown_fields=True):
    """What a moderator does to somebody in a channel: mute, deafen, or move to another channel of the server."""

    server_mute: bool | UnsetType = UNSET
    server_deaf: bool | UnsetType = UNSET
    channel_id: UUID | UnsetType = UNSET


class GoLive(Struct, frozen=True, forbid_unknown_fields=True):
    quality: Quality = "720p"


class GoLiveSession(Struct, frozen=True):
    """Somebody shows a channel their screen or camera."""

    channel_id: UUID
    broadcaster_id: UUID
    quality: str
    started_at: datetime


class GoLiveEnd(Struct, frozen=True):
    channel_id: UUID
    broadcaster_id: UUID


class IceServer(Struct, frozen=True, omit_defaults=True):
    """A STUN server, or a TURN server with the name and the password for it."""

    urls: str
    username: str | UnsetType = UNSET
    credential: str | UnsetType = UNSET


class IceServers(Struct, frozen=True, rename={"ice_servers": "iceServers"}):
    """`ttl` is for how many seconds they may be used."""

    ice_servers: list[IceServer]
    ttl: int


class SignalIn(Struct, frozen=True):
    """What a browser says to another one to connect with it; for Coterie it has no meaning."""

    to_user_id: UUID
    type: Literal["offer", "answer", "candidate"]
    sdp: str | None = None
    candidate: str | None = None
    stream_type: Raw = Raw(b"null")


class Signal(Struct, frozen=True):
    from_user_id: UUID
    type: str
    sdp: str | None
    candidate: str | None
    stream_type: Raw
