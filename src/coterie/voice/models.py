"""Voice as it goes over the wire.

A voice state is under the key `voice_states/<channel>/<user>` of the server's topic, so that only users who may see
that channel receive it; moving ends one and begins another. The voice states of a conversation's call are in the
conversation's own topic.
"""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Raw, Struct, UnsetType

Quality = Annotated[str, Meta(pattern="^(480p|720p|1080p)$")]


class VoiceState(Struct, frozen=True):
    """That a user is in a voice channel, or that they left: then `channel_id` and `joined_at` are null.

    For a call in a conversation, `channel_id` is the conversation, and there is no server.
    `server_mute` is true if a moderator muted them, and also if they may not speak; `can_speak` distinguishes the two.
    `previous_channel_id` is set only when they left: a client that already has them in another channel ignores it.
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
        """The topic it belongs to: the server, or the conversation."""
        found = self.server_id or self.channel_id or self.previous_channel_id
        assert found is not None, "it is, or was, somewhere"
        return found


class OwnVoiceChange(Struct, frozen=True, forbid_unknown_fields=True):
    """What users change about their own voice state; a missing field keeps its value."""

    self_mute: bool | UnsetType = UNSET
    self_deaf: bool | UnsetType = UNSET
    self_video: bool | UnsetType = UNSET
    self_screen: bool | UnsetType = UNSET


class VoiceModeration(Struct, frozen=True, forbid_unknown_fields=True):
    """What a moderator does to a user in a channel: mute, deafen, or move to another channel of the server."""

    server_mute: bool | UnsetType = UNSET
    server_deaf: bool | UnsetType = UNSET
    channel_id: UUID | UnsetType = UNSET


class GoLive(Struct, frozen=True, forbid_unknown_fields=True):
    quality: Quality = "720p"


class GoLiveSession(Struct, frozen=True):
    """A user shows a channel their screen or camera."""

    channel_id: UUID
    broadcaster_id: UUID
    quality: str
    started_at: datetime


class GoLiveEnd(Struct, frozen=True):
    channel_id: UUID
    broadcaster_id: UUID


class Call(Struct, frozen=True):
    """A call in a conversation, from the first participant who joins it to the last one who leaves it.

    `ringing` are the participants whose clients ring, until each of them joins or declines, or for 45 seconds at most;
    those who declined are in `declined` until they join. `caller_id` is null if that account is deleted, `answered_at`
    until somebody else has joined.
    """

    conversation_id: UUID
    caller_id: UUID | None
    started_at: datetime
    answered_at: datetime | None
    ringing: list[UUID]
    declined: list[UUID]


class CallEnd(Struct, frozen=True):
    conversation_id: UUID


IceKind = Literal["stun", "turn"]


class IceServer(Struct, frozen=True, omit_defaults=True):
    """A STUN server, or a TURN server with a name and a password for it."""

    urls: str
    username: str | UnsetType = UNSET
    credential: str | UnsetType = UNSET


class IceServers(Struct, frozen=True, rename={"ice_servers": "iceServers"}):
    """`ttl` is how long the credentials are valid, in seconds.

    A TURN server is listed only for users who are in a call, or could join one that is under way. `missing` names what
    the operator has not set up; without TURN, users behind strict firewalls reach nobody. With `relay_only`, the
    operator asks clients to connect through the TURN server alone, so that users do not learn each other's addresses.
    """

    ice_servers: list[IceServer]
    ttl: int
    missing: list[IceKind]
    relay_only: bool


class SignalIn(Struct, frozen=True):
    """What a browser sends another one to connect with it; Coterie does not interpret it."""

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
