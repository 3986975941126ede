"""The routes of the messenger's wire: what each is answered with. Written from the contract."""

from dataclasses import dataclass
from typing import Final

from tests.shapes import Shape, is_flag, is_integer, is_text, is_uuid, list_of, nullable, one_of, shaped

USER: Final[Shape] = {
    "id": is_uuid,
    "username": is_text,
    "email": is_text,
    "subscription_status": nullable(is_text),
}
FRIEND_REQUEST: Final[Shape] = {
    "id": is_uuid,
    "from_user_id": is_uuid,
    "to_user_id": is_uuid,
    "from_username": is_text,
    "from_email": is_text,
    "to_email": is_text,
    "message": nullable(is_text),
    "status": one_of("pending", "accepted", "rejected", "blocked"),
    "created_at": is_text,
    "responded_at": nullable(is_text),
}
CONTACT: Final[Shape] = {
    "id": is_uuid,
    "user_id": is_uuid,
    "contact_user_id": is_uuid,
    "username": is_text,
    "email": is_text,
    "display_name": nullable(is_text),
    "avatar_url": nullable(is_text),
    "last_seen": is_text,
    "is_online": is_flag,
    "created_at": is_text,
}
MESSAGE_TYPE: Final[Shape] = {"type": one_of("text", "image", "file", "system")}
CHAT_MESSAGE: Final[Shape] = {
    "id": is_uuid,
    "conversation_id": is_uuid,
    "sender_id": is_uuid,
    "content": is_text,
    "message_type": shaped(MESSAGE_TYPE),
    "timestamp": is_text,
    "is_read": is_flag,
    "is_delivered": is_flag,
    "crdt_timestamp": is_integer,
    "braid_version": is_text,
    "braid_parents": list_of(is_text),
    "version_vector": shaped({"versions": lambda value: isinstance(value, dict)}),
}
CONVERSATION: Final[Shape] = {
    "id": is_uuid,
    "participants": list_of(is_uuid),
    "other_username": nullable(is_text),
    "last_message": nullable(shaped(CHAT_MESSAGE)),
    "last_message_preview": is_text,
    "last_message_time": nullable(is_text),
    "unread_count": is_integer,
    "created_at": is_text,
}
ROOM_MESSAGE: Final[Shape] = {
    "text": is_text,
    "author": is_text,
    "timestamp": is_text,
    "version": nullable(is_text),
}
REALTIME: Final[Shape] = {
    "event_type": lambda value: isinstance(value, str) or (isinstance(value, dict) and set(value) == {"custom"}),
    "payload": lambda value: isinstance(value, dict),
    "timestamp": is_text,
    "version": nullable(is_text),
}
TYPING: Final[Shape] = {"user": is_text, "is_typing": is_flag}
ERROR: Final[Shape] = {"error": is_text, "code": is_text}


@dataclass(frozen=True, slots=True)
class Expected:
    """The status of a success, the shape of the body or of what is streamed, and the statuses of refusals."""

    status: int
    shape: Shape
    refusals: tuple[int, ...] = ()
    streamed: bool = False


_login: Final[Shape] = {"token": is_text, "user": shaped(USER)}

ROUTES: Final[dict[str, Expected]] = {
    "POST /api/auth/signup": Expected(200, _login, (400, 409)),
    "POST /api/auth/login": Expected(200, _login, (401,)),
    "GET /api/auth/me": Expected(200, USER, (401,)),
    "GET /api/usage": Expected(
        200,
        {
            "messages_sent": is_integer,
            "documents_created": is_integer,
            "total_users": is_integer,
            "storage_used": is_integer,
            "limit_exceeded": is_flag,
        },
        (401,),
    ),
    "POST /api/friends/request": Expected(
        200, {"success": is_flag, "request_id": nullable(is_uuid), "error": nullable(is_text)}, (401,)
    ),
    "GET /api/friends/requests": Expected(200, {"requests": list_of(shaped(FRIEND_REQUEST))}, (401,)),
    "POST /api/friends/respond": Expected(200, {"success": is_flag, "error": nullable(is_text)}, (401, 404)),
    "GET /api/contacts": Expected(200, {"contacts": list_of(shaped(CONTACT))}, (401,)),
    "GET /api/conversations": Expected(200, {"conversations": list_of(shaped(CONVERSATION))}, (401,)),
    "GET /api/conversations/:id/messages": Expected(
        200, {"messages": list_of(shaped(CHAT_MESSAGE)), "has_more": is_flag}, (401, 404)
    ),
    "PATCH /api/messages/:id/read": Expected(200, {}, (401, 404)),
    "GET /sync/conversations/:id/messages": Expected(200, CHAT_MESSAGE, (401, 404), streamed=True),
    "PUT /sync/conversations/:id/messages/:message": Expected(
        200,
        {"success": is_flag, "message_id": is_uuid, "version": is_text, "error": nullable(is_text)},
        (401, 404, 409),
    ),
    "GET /chat": Expected(209, ROOM_MESSAGE, (400, 401), streamed=True),
    "PUT /chat": Expected(200, {}, (400, 401)),
    "POST /typing": Expected(200, {}, (400, 401)),
    "GET /realtime": Expected(200, REALTIME, (400, 401), streamed=True),
}
"""Every route of the contract but `/collab`, which is no JSON: `tests/documents` has it."""
