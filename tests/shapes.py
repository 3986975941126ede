"""The shapes of the objects on the wire: each has at least these keys, and each value is of its kind."""

import re
from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

Kind = Callable[[Any], bool]
Shape = dict[str, Kind]

TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")


def is_uuid(value: Any) -> bool:
    """In lower case and with hyphens, as the stock client compares them."""
    return isinstance(value, str) and str(UUID(value)) == value


def is_time(value: Any) -> bool:
    return isinstance(value, str) and TIME.fullmatch(value) is not None


def is_text(value: Any) -> bool:
    return isinstance(value, str)


def is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def nullable(kind: Kind) -> Kind:
    return lambda value: value is None or kind(value)


def one_of(*values: Any) -> Kind:
    return lambda value: value in values


def list_of(kind: Kind) -> Kind:
    return lambda value: isinstance(value, list) and all(kind(each) for each in value)


def shaped(shape: Shape) -> Kind:
    return lambda value: not faults(value, shape)


def faults(value: Any, shape: Shape) -> list[str]:
    """What is missing or of another kind; further keys are allowed."""
    if not isinstance(value, dict):
        return [f"not an object: {value!r}"]
    missing = [f"{key} is missing" for key in shape if key not in value]
    return missing + [
        f"{key} is {value[key]!r}" for key, kind in shape.items() if key in value and not kind(value[key])
    ]


def assert_shape(value: Any, shape: Shape) -> None:
    assert faults(value, shape) == []


STATUS: Final = one_of("online", "away", "dnd", "offline")
USER: Final[Shape] = {
    "id": is_uuid,
    "username": is_text,
    "email": nullable(is_text),
    "avatar_url": nullable(is_text),
    "display_name": nullable(is_text),
    "bio": nullable(is_text),
    "pronouns": nullable(is_text),
    "status": STATUS,
    "custom_status": nullable(is_text),
    "activity": nullable(is_text),
    "created_at": is_time,
    "is_admin": is_flag,
}
PROFILE: Final[Shape] = {key: kind for key, kind in USER.items() if key not in {"email", "is_admin"}}
ACCOUNT: Final[Shape] = {**USER, "subscription_status": nullable(is_text)}
LOGIN: Final[Shape] = {
    "access_token": is_text,
    "refresh_token": is_text,
    "token": nullable(is_text),
    "user": shaped(ACCOUNT),
}
FRIEND_REQUEST: Final[Shape] = {
    "id": is_uuid,
    "from_user_id": is_uuid,
    "to_user_id": is_uuid,
    "from_username": is_text,
    "to_username": is_text,
    "from_email": is_text,
    "to_email": is_text,
    "message": nullable(is_text),
    "status": one_of("pending"),
    "created_at": is_time,
    "responded_at": nullable(is_time),
}
FRIEND: Final[Shape] = {
    "id": is_uuid,
    "user_id": is_uuid,
    "contact_user_id": is_uuid,
    "username": is_text,
    "email": is_text,
    "display_name": nullable(is_text),
    "avatar_url": nullable(is_text),
    "created_at": is_time,
}
CONTACT: Final[Shape] = {
    **FRIEND,
    "is_online": is_flag,
    "last_seen": is_time,
    "status": STATUS,
    "custom_status": nullable(is_text),
    "activity": nullable(is_text),
}
BLOCK: Final[Shape] = {
    "user_id": is_uuid,
    "username": is_text,
    "avatar_url": nullable(is_text),
    "created_at": is_time,
}
SESSION: Final[Shape] = {
    "id": is_uuid,
    "user_agent": is_text,
    "created_at": is_time,
    "refreshed_at": is_time,
    "expires_at": is_time,
    "is_current": is_flag,
    "is_lasting": is_flag,
}
SERVER: Final[Shape] = {
    "id": is_uuid,
    "name": is_text,
    "owner_id": is_uuid,
    "icon_url": nullable(is_text),
    "is_public": is_flag,
    "require_invite": is_flag,
    "retention_days": nullable(is_integer),
    "retention_keeps_pins": is_flag,
    "member_count": is_integer,
    "created_at": is_time,
    "updated_at": is_time,
    "description": nullable(is_text),
}
ROLE_OF_MEMBER: Final[Shape] = {
    "id": is_uuid,
    "name": is_text,
    "color": nullable(is_text),
    "position": is_integer,
}
MEMBER: Final[Shape] = {
    "user_id": is_uuid,
    "username": is_text,
    "avatar_url": nullable(is_text),
    "status": STATUS,
    "custom_status": nullable(is_text),
    "nickname": nullable(is_text),
    "display_name": nullable(is_text),
    "joined_at": is_time,
    "roles": list_of(shaped(ROLE_OF_MEMBER)),
}
CHANNEL: Final[Shape] = {
    "id": is_uuid,
    "server_id": is_uuid,
    "name": is_text,
    "type": one_of("text", "voice"),
    "position": is_integer,
    "category": nullable(is_text),
    "topic": nullable(is_text),
    "created_at": is_time,
    "retention_days": nullable(is_integer),
    "on_hold": is_flag,
}
TEMPLATE: Final[Shape] = {
    "id": is_uuid,
    "name": is_text,
    "description": is_text,
    "category": one_of("gaming", "community", "study", "custom"),
    "channels": list_of(
        shaped({"name": is_text, "type": one_of("text", "voice"), "category": is_text, "position": is_integer})
    ),
    "is_builtin": is_flag,
    "created_at": is_time,
}
POLL: Final[Shape] = {
    "id": is_uuid,
    "question": is_text,
    "options": list_of(shaped({"id": is_uuid, "text": is_text, "votes": is_integer})),
    "total_votes": is_integer,
    "total_voters": is_integer,
    "user_vote": nullable(is_uuid),
    "user_votes": list_of(is_uuid),
    "is_multiple": is_flag,
    "is_anonymous": is_flag,
    "ends_at": nullable(is_time),
    "version": is_integer,
}
EVENT: Final[Shape] = {
    "id": is_uuid,
    "name": is_text,
    "description": nullable(is_text),
    "starts_at": is_time,
    "created_by": nullable(is_uuid),
    "created_at": is_time,
    "channel_id": is_uuid,
    "ends_at": nullable(is_time),
    "place": nullable(is_text),
    "voice_channel_id": nullable(is_uuid),
    "time_zone": is_text,
    "repeat": nullable(one_of("daily", "weekly", "biweekly", "monthly")),
    "reminder_minutes": nullable(is_integer),
    "is_cancelled": is_flag,
    "interested": is_integer,
    "coming": is_integer,
    "declined": is_integer,
    "user_answer": nullable(one_of("interested", "coming", "declined")),
    "version": is_integer,
}
REACTION: Final[Shape] = {"emoji": is_text, "count": is_integer, "me": is_flag}
MESSAGE: Final[Shape] = {
    "id": is_uuid,
    "channel_id": is_uuid,
    "author_id": nullable(is_uuid),
    "content": is_text,
    "reply_to": nullable(is_uuid),
    "mention_user_ids": list_of(is_uuid),
    "mention_everyone": is_flag,
    "thread_id": nullable(is_uuid),
    "thread_reply_count": is_integer,
    "edited_at": nullable(is_time),
    "deleted": is_flag,
    "created_at": is_time,
    "pinned": is_flag,
    "pinned_by": nullable(is_uuid),
    "pinned_at": nullable(is_time),
    "poll": nullable(shaped(POLL)),
    "event": nullable(shaped(EVENT)),
    "attachments": list_of(shaped({"id": is_uuid})),
    "reactions": list_of(shaped(REACTION)),
    "seq": is_integer,
    "version": is_integer,
}
ERROR: Final[Shape] = {"error": is_text, "code": is_text}
ROLE: Final[Shape] = {
    "id": is_uuid,
    "server_id": is_uuid,
    "name": is_text,
    "permissions": is_integer,
    "color": nullable(is_text),
    "position": is_integer,
    "created_at": is_time,
    "hoist": is_flag,
    "auto_assign": is_flag,
}
OVERRIDE: Final[Shape] = {
    "id": is_uuid,
    "channel_id": is_uuid,
    "role_id": nullable(is_uuid),
    "user_id": nullable(is_uuid),
    "allow": is_integer,
    "deny": is_integer,
}
NAMED_USER: Final[Shape] = {
    "id": is_uuid,
    "username": is_text,
    "display_name": nullable(is_text),
    "avatar_url": nullable(is_text),
}
AUDIT_LOG: Final[Shape] = {
    "id": is_uuid,
    "server_id": nullable(is_uuid),
    "actor_id": nullable(is_uuid),
    "action": is_text,
    "target_type": nullable(is_text),
    "target_id": nullable(is_uuid),
    "details": lambda value: isinstance(value, dict),
    "ip_address": lambda value: value is None,
    "created_at": is_time,
    "actor": nullable(shaped(NAMED_USER)),
    "target_user": nullable(shaped(NAMED_USER)),
}
VOICE_STATE: Final[Shape] = {
    "user_id": is_uuid,
    "username": is_text,
    "channel_id": nullable(is_uuid),
    "self_mute": is_flag,
    "self_deaf": is_flag,
    "self_video": is_flag,
    "self_screen": is_flag,
    "server_mute": is_flag,
    "server_deaf": is_flag,
    "joined_at": nullable(is_time),
}
GO_LIVE: Final[Shape] = {
    "channel_id": is_uuid,
    "broadcaster_id": is_uuid,
    "quality": one_of("480p", "720p", "1080p"),
    "started_at": is_time,
}
INVITE: Final[Shape] = {
    "id": is_uuid,
    "server_id": is_uuid,
    "code": lambda value: re.fullmatch("[A-Za-z0-9]{8}", value) is not None,
    "created_by": nullable(is_uuid),
    "max_uses": nullable(is_integer),
    "uses": is_integer,
    "expires_at": nullable(is_time),
    "created_at": is_time,
}
INVITE_PREVIEW: Final[Shape] = {
    "code": is_text,
    "server_name": is_text,
    "server_icon_url": nullable(is_text),
    "member_count": is_integer,
    "expires_at": nullable(is_time),
}
BAN: Final[Shape] = {
    "user_id": is_uuid,
    "server_id": is_uuid,
    "banned_by": nullable(is_uuid),
    "reason": nullable(is_text),
    "created_at": is_time,
}
LISTED_BAN: Final[Shape] = {
    **BAN,
    "user": shaped(NAMED_USER),
    "banned_by_user": nullable(shaped(NAMED_USER)),
    "can_restore_messages": is_flag,
}
TIMEOUT: Final[Shape] = {
    "user_id": is_uuid,
    "server_id": is_uuid,
    "expires_at": is_time,
    "reason": nullable(is_text),
    "created_by": nullable(is_uuid),
    "created_at": is_time,
}
