"""The calls and events of the wire contract: what each is answered with, as far as it is built."""

from dataclasses import dataclass
from typing import Final

from tests.shapes import (
    AUDIT_LOG,
    BAN,
    CHANNEL,
    EVENT,
    INVITE,
    INVITE_PREVIEW,
    LOGIN,
    MEMBER,
    MESSAGE,
    OVERRIDE,
    POLL,
    PROFILE,
    REACTION,
    ROLE,
    SERVER,
    STATUS,
    TEMPLATE,
    TIMEOUT,
    USER,
    Kind,
    Shape,
    is_flag,
    is_integer,
    is_text,
    is_time,
    is_uuid,
    list_of,
    nullable,
    one_of,
    shaped,
)


@dataclass(frozen=True, slots=True)
class Expected:
    """A status; the shape of the body (none for no body or a file), and whether it is a list of such."""

    status: int
    shape: Shape
    is_list: bool = False


def one(status: int, shape: Shape) -> Expected:
    return Expected(status, shape)


def many(shape: Shape) -> Expected:
    return Expected(200, shape, is_list=True)


NOTHING: Final = Expected(204, {})

ADMIN_USER: Final[Shape] = {
    "id": is_uuid,
    "username": is_text,
    "email": nullable(is_text),
    "avatar_url": nullable(is_text),
    "status": is_text,
    "is_admin": is_flag,
    "disabled": is_flag,
    "disabled_at": nullable(is_time),
    "created_at": is_time,
    "server_count": is_integer,
    "message_count": is_integer,
    "is_bot": is_flag,
    "last_seen_at": nullable(is_time),
    "session_count": is_integer,
}
ADMIN_SERVER: Final[Shape] = {
    "id": is_uuid,
    "name": is_text,
    "owner_id": is_uuid,
    "owner_username": is_text,
    "icon_url": nullable(is_text),
    "is_public": is_flag,
    "member_count": is_integer,
    "channel_count": is_integer,
    "message_count": is_integer,
    "created_at": is_time,
}
PAGED: Final[Shape] = {"total": is_integer, "page": is_integer, "per_page": is_integer}
SETTINGS: Final[Shape] = {
    "id": one_of(1),
    "registration_mode": one_of("open", "invite_only", "closed"),
    "updated_at": is_time,
    "updated_by": nullable(is_uuid),
}
STATS: Final[Shape] = dict.fromkeys(
    (
        "total_users",
        "total_servers",
        "total_messages",
        "total_channels",
        "active_ws_connections",
        "uptime_secs",
        "db_latency_ms",
        "storage_bytes",
    ),
    is_integer,
)
FILE: Final = Expected(200, {})

OWN_REPORT: Final[Shape] = {
    "id": is_uuid,
    "kind": one_of("message", "user", "server"),
    "target_id": is_uuid,
    "server_id": nullable(is_uuid),
    "category": is_text,
    "reason": nullable(is_text),
    "state": one_of("open", "resolved", "dismissed"),
    "answer": nullable(is_text),
    "created_at": is_time,
    "closed_at": nullable(is_time),
}
_person: Final[Kind] = nullable(shaped({"id": is_uuid, "username": is_text}))
REPORT: Final[Shape] = {
    **OWN_REPORT,
    "channel_id": nullable(is_uuid),
    "user": _person,
    "reporter": _person,
    "closed_by": _person,
    "escalated_at": nullable(is_time),
    "message": nullable(shaped({"id": is_uuid, "content": is_text, "created_at": is_time})),
}

_action: Final[Kind] = one_of("delete", "timeout", "kick", "ban")
RETENTION_PREVIEW: Final[Shape] = {
    "messages": is_integer,
    "has_more": is_flag,
    "file_bytes": is_integer,
    "oldest_at": nullable(is_time),
}
AUTOMOD: Final[Shape] = {
    "server_id": is_uuid,
    "enabled": is_flag,
    "spam_enabled": is_flag,
    "spam_max_messages": is_integer,
    "spam_window_secs": is_integer,
    "spam_action": _action,
    "duplicate_enabled": is_flag,
    "word_filter_enabled": is_flag,
    "word_filter_action": _action,
    "timeout_minutes": is_integer,
    "updated_at": is_time,
}
AUTOMOD_WORD: Final[Shape] = {
    "id": is_uuid,
    "server_id": is_uuid,
    "word": is_text,
    "created_by": nullable(is_uuid),
    "created_at": is_time,
}
AUTOMOD_LOG: Final[Shape] = {
    "id": is_uuid,
    "server_id": is_uuid,
    "channel_id": nullable(is_uuid),
    "user_id": nullable(is_uuid),
    "username": is_text,
    "rule_type": one_of(
        "word_filter", "duplicate", "spam", "mentions", "links", "invites", "capitals", "files", "new_account"
    ),
    "action_taken": _action,
    "matched_term": nullable(is_text),
    "message_content": nullable(is_text),
    "created_at": is_time,
}

ATTACHMENT: Final[Shape] = {
    "id": is_uuid,
    "message_id": is_uuid,
    "filename": is_text,
    "file_size": is_integer,
    "mime_type": is_text,
    "url": is_text,
    "width": nullable(is_integer),
    "height": nullable(is_integer),
    "created_at": is_time,
}
EMOJI: Final[Shape] = {
    "id": is_uuid,
    "server_id": is_uuid,
    "created_by": is_uuid,
    "name": is_text,
    "url": is_text,
    "content_type": is_text,
    "file_size": is_integer,
    "created_at": is_time,
}
BOT: Final[Shape] = {
    "id": is_uuid,
    "user_id": is_uuid,
    "name": is_text,
    "description": nullable(is_text),
    "created_by": is_uuid,
    "revoked_at": nullable(is_time),
    "created_at": is_time,
}
NEW_BOT: Final[Shape] = {"bot": shaped(BOT), "token": is_text}
BOT_LOG: Final[Shape] = {
    "timestamp": is_time,
    "event": one_of("bot_created", "message_sent", "bot_revoked"),
    "detail": nullable(is_text),
}
WEBHOOK: Final[Shape] = {
    "id": is_uuid,
    "server_id": is_uuid,
    "created_by": is_uuid,
    "name": is_text,
    "url": is_text,
    "event_types": list_of(is_text),
    "enabled": is_flag,
    "delivery_failures": is_integer,
    "last_used_at": nullable(is_time),
    "created_at": is_time,
    "updated_at": is_time,
}
VOICE_STATE: Final[Shape] = {
    "user_id": is_uuid,
    "channel_id": nullable(is_uuid),
    "self_mute": is_flag,
    "self_deaf": is_flag,
    "self_video": is_flag,
    "self_screen": is_flag,
    "server_mute": is_flag,
    "server_deaf": is_flag,
    "joined_at": nullable(is_time),
}
NAMED_VOICE_STATE: Final[Shape] = {**VOICE_STATE, "username": is_text}
GO_LIVE: Final[Shape] = {"broadcaster_id": is_uuid, "quality": one_of("480p", "720p", "1080p"), "started_at": is_time}
NAMED_GO_LIVE: Final[Shape] = {**GO_LIVE, "channel_id": is_uuid}
FOUND: Final[Shape] = {
    "id": is_uuid,
    "channel_id": is_uuid,
    "author_id": nullable(is_uuid),
    "author_username": nullable(is_text),
    "content": is_text,
    "highlight": lambda value: isinstance(value, str) and "<mark>" in value,
    "created_at": is_time,
    "rank": lambda value: isinstance(value, int | float),
}
SEARCH: Final[Shape] = {
    "results": list_of(shaped(FOUND)),
    "total": is_integer,
    "has_more": is_flag,
    "next_cursor": nullable(is_uuid),
}
MESSAGE_ONLY: Final[Shape] = {"message": is_text}
HEALTH: Final[Shape] = {
    "status": one_of("ok", "degraded"),
    "service": is_text,
    "version": is_text,
    "uptime_secs": nullable(is_integer),
    "database": shaped(
        {"status": one_of("ok", "unavailable", "timeout"), "latency_ms": lambda value: isinstance(value, int | float)}
    ),
    "connections": shaped({"websocket": is_integer}),
}
READY_CHECKS: Final[Shape] = {"ready": is_flag, "checks": shaped({"database": shaped({"ok": is_flag})})}

CALLS: Final[dict[str, Expected]] = {
    "POST /auth/register": one(201, LOGIN),
    "POST /auth/login": one(200, LOGIN),
    "POST /auth/refresh": one(200, LOGIN),
    "POST /auth/forgot-password": one(
        200, {"message": is_text, "token": is_text, "expires_in_seconds": one_of(3600), "note": is_text}
    ),
    "POST /auth/reset-password": one(200, MESSAGE_ONLY),
    "GET /instance/registration-mode": one(200, {"registration_mode": one_of("open", "invite_only", "closed")}),
    "GET /users/@me": one(200, USER),
    "PATCH /users/@me": one(200, USER),
    "GET /users/:user": one(200, PROFILE),
    "POST /servers": one(201, SERVER),
    "GET /servers": many(SERVER),
    "GET /servers/browse": many(SERVER),
    "GET /servers/:id": one(200, SERVER),
    "PATCH /servers/:id": one(200, SERVER),
    "DELETE /servers/:id": NOTHING,
    "POST /servers/:id/join": one(201, MESSAGE_ONLY),
    "DELETE /servers/:id/leave": NOTHING,
    "GET /servers/:id/members": many(MEMBER),
    "GET /server-templates": many(TEMPLATE),
    "POST /servers/:id/channels": one(201, CHANNEL),
    "GET /servers/:id/channels": many(CHANNEL),
    "GET /servers/:id/channels/:cid": one(200, CHANNEL),
    "PATCH /servers/:id/channels/:cid": one(200, CHANNEL),
    "DELETE /servers/:id/channels/:cid": NOTHING,
    "GET /channels/:cid/overrides": many(OVERRIDE),
    "PUT /channels/:cid/overrides": one(200, OVERRIDE),
    "DELETE /channels/:cid/overrides/:oid": NOTHING,
    "POST /channels/:cid/messages": one(201, MESSAGE),
    "GET /channels/:cid/messages": many(MESSAGE),
    "GET /channels/:cid/messages/:mid": one(200, MESSAGE),
    "PATCH /messages/:mid": one(200, MESSAGE),
    "DELETE /messages/:mid": NOTHING,
    "POST /channels/:cid/messages/:mid/thread": one(201, MESSAGE),
    "GET /channels/:cid/messages/:mid/thread": many(MESSAGE),
    "PUT /channels/:cid/messages/:mid/reactions/:emoji": NOTHING,
    "DELETE /channels/:cid/messages/:mid/reactions/:emoji": NOTHING,
    "GET /channels/:cid/messages/:mid/reactions": many(REACTION),
    "POST /channels/:cid/polls": one(201, MESSAGE),
    "GET /polls/:pid": one(200, POLL),
    "POST /polls/:pid/vote": one(200, POLL),
    "POST /channels/:cid/events": one(201, MESSAGE),
    "GET /servers/:id/events": many(EVENT),
    "POST /channels/:cid/messages/:mid/pin": NOTHING,
    "DELETE /channels/:cid/messages/:mid/pin": NOTHING,
    "GET /channels/:cid/pinned-messages": many(MESSAGE),
    "POST /channels/:cid/ack": NOTHING,
    "POST /messages/:mid/attachments": Expected(201, ATTACHMENT, is_list=True),
    "GET /messages/:mid/attachments": many(ATTACHMENT),
    "GET /files/:mid/:name": FILE,
    "GET /servers/:id/emojis": many(EMOJI),
    "POST /servers/:id/emojis": one(201, EMOJI),
    "DELETE /servers/:id/emojis/:eid": NOTHING,
    "GET /emojis/:eid": FILE,
    "GET /servers/:id/export": FILE,
    "GET /servers/:id/search": one(200, SEARCH),
    "POST /bots": one(201, NEW_BOT),
    "GET /bots": one(200, {"bots": list_of(shaped(BOT))}),
    "GET /bots/:id": one(200, BOT),
    "PATCH /bots/:id": one(200, BOT),
    "DELETE /bots/:id": NOTHING,
    "GET /bots/:id/logs": one(200, {"logs": list_of(shaped(BOT_LOG))}),
    "POST /bots/:id/token/regenerate": one(200, NEW_BOT),
    "POST /bots/connect": one(200, {"access_token": is_text}),
    "POST /servers/:id/webhooks": one(201, {"webhook": shaped(WEBHOOK), "secret": is_text}),
    "GET /servers/:id/webhooks": one(200, {"webhooks": list_of(shaped(WEBHOOK))}),
    "GET /servers/:id/webhooks/:wid": one(200, WEBHOOK),
    "PATCH /servers/:id/webhooks/:wid": one(200, WEBHOOK),
    "DELETE /servers/:id/webhooks/:wid": NOTHING,
    "POST /servers/:id/webhooks/:wid/test": one(202, {}),
    "POST /servers/:id/invites": one(201, INVITE),
    "GET /servers/:id/invites": many(INVITE),
    "DELETE /servers/:id/invites/:iid": NOTHING,
    "GET /invites/:code": one(200, INVITE_PREVIEW),
    "POST /invites/:code/accept": one(201, {**MESSAGE_ONLY, "server_id": is_uuid}),
    "POST /servers/:id/members/:uid/kick": NOTHING,
    "POST /servers/:id/members/:uid/ban": NOTHING,
    "POST /servers/:id/members/:uid/timeout": one(200, TIMEOUT),
    "DELETE /servers/:id/members/:uid/timeout": NOTHING,
    "GET /servers/:id/bans": many(BAN),
    "DELETE /servers/:id/bans/:uid": NOTHING,
    "POST /messages/:mid/report": one(201, OWN_REPORT),
    "POST /users/:uid/report": one(201, OWN_REPORT),
    "POST /servers/:id/report": one(201, OWN_REPORT),
    "GET /users/@me/reports": many(OWN_REPORT),
    "GET /servers/:id/reports": many(REPORT),
    "GET /servers/:id/reports/:rid": one(200, REPORT),
    "PATCH /servers/:id/reports/:rid": one(200, REPORT),
    "GET /admin/stats": one(200, STATS),
    "GET /admin/settings": one(200, SETTINGS),
    "PATCH /admin/settings": one(200, SETTINGS),
    "GET /admin/users": one(200, {"users": list_of(shaped(ADMIN_USER)), **PAGED}),
    "PATCH /admin/users/:uid": one(200, {}),
    "DELETE /admin/users/:uid": NOTHING,
    "GET /admin/servers": one(200, {"servers": list_of(shaped(ADMIN_SERVER)), **PAGED}),
    "DELETE /admin/servers/:id": NOTHING,
    "GET /admin/reports": many(REPORT),
    "GET /admin/reports/:rid": one(200, REPORT),
    "PATCH /admin/reports/:rid": one(200, REPORT),
    "GET /servers/:id/retention-preview": one(200, RETENTION_PREVIEW),
    "GET /servers/:id/automod": one(200, AUTOMOD),
    "PATCH /servers/:id/automod": one(200, AUTOMOD),
    "GET /servers/:id/automod/words": many(AUTOMOD_WORD),
    "POST /servers/:id/automod/words": one(201, AUTOMOD_WORD),
    "DELETE /servers/:id/automod/words/:word": NOTHING,
    "GET /servers/:id/automod/logs": many(AUTOMOD_LOG),
    "POST /servers/:id/roles": one(201, ROLE),
    "GET /servers/:id/roles": many(ROLE),
    "PATCH /servers/:id/roles/:rid": one(200, ROLE),
    "DELETE /servers/:id/roles/:rid": NOTHING,
    "PUT /servers/:id/members/:uid/roles/:rid": NOTHING,
    "DELETE /servers/:id/members/:uid/roles/:rid": NOTHING,
    "POST /channels/:cid/voice": one(201, VOICE_STATE),
    "DELETE /channels/:cid/voice": NOTHING,
    "PATCH /channels/:cid/voice": one(200, VOICE_STATE),
    "GET /channels/:cid/voice": many(NAMED_VOICE_STATE),
    "POST /channels/:cid/go-live": one(201, GO_LIVE),
    "GET /channels/:cid/go-live": one(200, NAMED_GO_LIVE),
    "DELETE /channels/:cid/go-live": NOTHING,
    "GET /ice-servers": one(200, {"iceServers": list_of(shaped({"urls": is_text})), "ttl": one_of(3600)}),
    "GET /servers/:id/audit-logs": many(AUDIT_LOG),
    "GET /health": one(200, HEALTH),
    "GET /health/ready": one(200, READY_CHECKS),
    "GET /health/live": one(200, {"alive": one_of(True)}),
}
"""Each call that the walk makes. Link previews are tried where they have a page to look at."""

_place: Final[Shape] = {"server_id": is_uuid, "user_id": is_uuid}
_reacted: Final[Shape] = {"message_id": is_uuid, "channel_id": is_uuid, "user_id": is_uuid, "emoji": is_text}
_role_of: Final[Shape] = {**_place, "role_id": is_uuid, "role_name": is_text, "role_color": nullable(is_text)}
_counts: Final[Kind] = list_of(shaped({"channel_id": is_uuid}))

EVENTS: Final[dict[str, Shape]] = {
    "READY": {
        "user": shaped(USER),
        "servers": list_of(shaped({key: kind for key, kind in SERVER.items() if key != "member_count"})),
        "dm_channels": list_of(shaped({})),
        "unread_counts": _counts,
        "mention_counts": _counts,
        "server_roles": lambda value: isinstance(value, dict),
        "channel_overrides": lambda value: isinstance(value, dict),
    },
    "MESSAGE_CREATE": MESSAGE,
    "MESSAGE_UPDATE": MESSAGE,
    "MESSAGE_DELETE": {"id": is_uuid, "channel_id": is_uuid},
    "THREAD_MESSAGE_CREATE": MESSAGE,
    "POLL_VOTE": {"poll_id": is_uuid, "channel_id": is_uuid, "updated_poll": shaped(POLL)},
    "REACTION_ADD": _reacted,
    "REACTION_REMOVE": _reacted,
    "MESSAGE_PIN": {"message_id": is_uuid, "channel_id": is_uuid, "pinned_by": is_uuid},
    "MESSAGE_UNPIN": {"message_id": is_uuid, "channel_id": is_uuid, "unpinned_by": is_uuid},
    "TYPING_START": {
        "user_id": is_uuid,
        "username": nullable(is_text),
        "channel_id": is_uuid,
        "timestamp": is_text,
    },
    "PRESENCE_UPDATE": {
        "user_id": is_uuid,
        "status": STATUS,
        "custom_status": nullable(is_text),
        "activity": nullable(is_text),
    },
    "VOICE_STATE_UPDATE": NAMED_VOICE_STATE,
    "GO_LIVE_START": NAMED_GO_LIVE,
    "GO_LIVE_STOP": {"channel_id": is_uuid, "broadcaster_id": is_uuid},
    "CUSTOM_EMOJI_CREATE": EMOJI,
    "CUSTOM_EMOJI_DELETE": {"server_id": is_uuid, "emoji_id": is_uuid},
    "MEMBER_KICK": {**_place, "reason": nullable(is_text)},
    "MEMBER_BAN": {**_place, "reason": nullable(is_text)},
    "MEMBER_UNBAN": _place,
    "REPORTS_UPDATE": {"server_id": nullable(is_uuid), "updated_at": is_time},
    "REPORT_ANSWER": OWN_REPORT,
    "MEMBER_TIMEOUT": {**_place, "expires_at": is_time, "reason": nullable(is_text)},
    "MEMBER_TIMEOUT_REMOVE": _place,
    "ROLE_CREATE": ROLE,
    "ROLE_UPDATE": ROLE,
    "ROLE_DELETE": {"server_id": is_uuid, "role_id": is_uuid},
    "MEMBER_ROLE_ADD": _role_of,
    "MEMBER_ROLE_REMOVE": _role_of,
    "INVITE_CREATE": INVITE,
    "INVITE_DELETE": {"server_id": is_uuid, "invite_id": is_uuid},
    "CHANNEL_OVERRIDE_UPDATE": OVERRIDE,
    "CHANNEL_OVERRIDE_DELETE": {"channel_id": is_uuid, "override_id": is_uuid},
}
"""What the owner's socket receives during the walk. VOICE_SIGNAL reaches only its addressee."""
