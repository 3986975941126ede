"""Every REST route, and how it answers each of the cast: whom it admits, from whom it hides; it refuses all others.

A new route needs a row. `to` names who gets the status, `hidden` who gets 404; disabled and anonymous callers get 401,
and all others 403. A bot is answered as the outsider is. `also` lists the exceptions, by name.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import FormData

from tests.people import PASSWORD
from tests.rights.cast import (
    ADMINS,
    CAST,
    MEMBERS,
    MODERATORS,
    NOBODY,
    OWNER,
    PEOPLE,
    PICTURE,
    ROBOT,
    SPEAKERS,
    STRANGERS,
    VIEWERS,
    Club,
    form,
)

Names = tuple[str, ...]
Preparing = Callable[[Club], Awaitable[dict[str, str]]]
TALKERS: Final = ("owner", "member")
NOT_OWNER: Final = tuple(name for name in PEOPLE if name not in OWNER)
FOR_PEOPLE: Final = {ROBOT: 403}
INSIDE: Final = (*STRANGERS, "denied")
"""From whom a channel is hidden."""


@dataclass(frozen=True)
class Row:
    """`prepare` creates something for each try; `is_fresh` needs a server of its own; `where` replaces the channel."""

    status: int
    to: Names
    hidden: Names = STRANGERS
    body: Callable[[Club], Any] | None = None
    form: Callable[[], FormData] | None = None
    query: str = ""
    prepare: Preparing | None = None
    is_fresh: bool = False
    where: str = "channel_id"
    also: dict[str, int] = field(default_factory=dict)

    def expected(self, name: str) -> int:
        if name in self.also:
            return self.also[name]
        if name in self.to:
            return self.status
        if name == ROBOT:
            return self.expected("outsider")
        if name in NOBODY:
            return 401
        return 404 if name in self.hidden else 403


def given(**body: Any) -> Callable[[Club], Any]:
    return lambda club: body


def public(status: int, **options: Any) -> Row:
    return Row(status, CAST, (), **options)


def account(status: int, **options: Any) -> Row:
    """For every logged-in user."""
    return Row(status, PEOPLE, (), **options)


def members(status: int, to: Names = MEMBERS, **options: Any) -> Row:
    return Row(status, to, STRANGERS, **options)


def inside(status: int, to: Names = VIEWERS, **options: Any) -> Row:
    """For a channel that the denied cannot view."""
    return Row(status, to, INSIDE, **options)


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


async def pinned(club: Club) -> dict[str, str]:
    """The message is pinned."""
    await club.made("POST", f"{MESSAGE}/pin")
    return {}


async def with_victim(club: Club) -> dict[str, str]:
    """The victim takes part in the conversation."""
    await club.made("PUT", "/api/conversations/{conversation_id}/participants/{user_id}")
    return {}


async def only_webhook(club: Club) -> dict[str, str]:
    """A webhook besides which the server has none: it can have fewer than the cast has people."""
    for each in (await club.made("GET", "/api/servers/{server_id}/webhooks"))["webhooks"]:
        await club.made("DELETE", f"/api/servers/{{server_id}}/webhooks/{each['id']}")
    return await club.webhook()


def talkers(status: int, to: Names = TALKERS, **options: Any) -> Row:
    """What the owner and the member share, such as a group that the owner created."""
    return Row(status, to, tuple(name for name in PEOPLE if name not in TALKERS), **options)


CONVERSATION, DIRECT = "/api/conversations/{conversation_id}", "/api/dm-channels/{conversation_id}"


async def friend_request(club: Club) -> dict[str, str]:
    """The owner has sent the member a friend request."""
    member = club.cast["member"]
    await club.owner.expect(204, "DELETE", f"/api/friends/{member.id}")
    answer = await club.made("POST", "/api/friends/request", {"to_user_id": member.id})
    club.ids["request_id"] = answer["request_id"]
    return {"request_id": answer["request_id"]}


SERVER, CHANNEL = "/api/servers/{server_id}", "/api/channels/{channel_id}"
MESSAGE = CHANNEL + "/messages/{message_id}"
NICKNAME = given(nickname="Nick")

ROUTES: Final[dict[str, Row]] = {
    "POST /api/auth/register": public(409, body=lambda club: {"username": club.owner.username, "password": PASSWORD}),
    "POST /api/auth/signup": public(
        409,
        body=lambda club: {"username": club.owner.username, "email": "taken@example.org", "password": PASSWORD},
    ),
    "POST /api/auth/login": public(401, body=given(username="nobody_here", password=PASSWORD)),
    "POST /api/auth/login/step": public(401, body=given(challenge="none", step="none", answer="none")),
    "POST /api/auth/refresh": public(401, body=given(refresh_token="none")),
    "POST /api/auth/change-email": account(403, body=given(current_password="wrong one", email=None)),
    "POST /api/auth/change-password": account(403, body=given(current_password="wrong one", new_password=PASSWORD)),
    "POST /api/auth/forgot-password": account(403, body=given(email="nobody@example.org")),
    "POST /api/auth/reset-password": public(401, body=given(token="none", new_password=PASSWORD)),
    "POST /api/auth/reset-link": public(404, body=given(email="nobody@example.org")),
    "GET /api/auth/email": account(200, also=FOR_PEOPLE),
    "POST /api/auth/email/verification": account(404, also=FOR_PEOPLE),
    "GET /api/users/@me/email-notifications": account(200, also=FOR_PEOPLE),
    "PATCH /api/users/@me/email-notifications": account(200, body=given(frequency="daily"), also=FOR_PEOPLE),
    "POST /api/email-notifications/unsubscribe/{token}": public(404),
    "POST /api/auth/verify-email": public(401, body=given(token="none")),
    "POST /api/auth/revert-email": public(401, body=given(token="none")),
    "GET /api/auth/second-factor": account(200, also=FOR_PEOPLE),
    "POST /api/auth/second-factor": account(403, body=given(current_password="wrong one")),
    "POST /api/auth/second-factor/confirm": account(404, body=given(code="000000"), also=FOR_PEOPLE),
    "POST /api/auth/second-factor/recovery-codes": account(403, body=given(current_password="wrong one")),
    "POST /api/auth/second-factor/remove": account(403, body=given(current_password="wrong one")),
    "POST /api/auth/access-tokens": account(
        403, body=given(name="script", scopes=["read"], current_password="wrong one")
    ),
    "GET /api/auth/me": account(200),
    "GET /api/auth/sessions": account(200),
    "DELETE /api/auth/sessions/{session_id}": account(404),
    "GET /api/users/@me/security-events": account(200),
    "GET /api/admin/security-events": account(403),
    "GET /api/admin/stats": account(403),
    "GET /api/admin/statistics": account(403),
    "GET /api/admin/health": account(403),
    "GET /api/admin/settings": account(403),
    "PATCH /api/admin/settings": account(403, body=given(registration_mode="open")),
    "GET /api/admin/users": account(403),
    "PATCH /api/admin/users/{user_id}": account(403, body=given(disabled=True)),
    "DELETE /api/admin/users/{user_id}": account(403),
    "DELETE /api/admin/users/{user_id}/sessions": account(403),
    "POST /api/admin/users/{user_id}/reset-link": account(403),
    "GET /api/admin/servers": account(403),
    "DELETE /api/admin/servers/{server_id}": account(403),
    "GET /api/users/@me/reports": account(200),
    "GET /api/admin/reports": account(403),
    "GET /api/admin/reports/{report_id}": account(403),
    "PATCH /api/admin/reports/{report_id}": account(403, body=given(state="resolved")),
    "GET /api/instance/registration-mode": public(200),
    "GET /api/instance": public(200),
    "PATCH /api/instance": account(403, body=given(name="Ours")),
    "GET /api/users/@me": account(200),
    "PATCH /api/users/@me": account(200, body=given(bio="me")),
    "GET /api/users/@me/unread": account(200),
    "GET /api/inbox": account(200),
    "POST /api/inbox/read": account(204),
    "GET /api/users/@me/notifications": account(200),
    f"POST {SERVER}/ack": members(204, body=given()),
    f"PUT {SERVER}/notifications": members(200, body=given(level="mentions")),
    f"PUT {CHANNEL}/notifications": inside(200, body=given(level="nothing")),
    "GET /api/users/@me/privacy": account(200),
    "PATCH /api/users/@me/privacy": account(200, body=given(send_read_receipts=True)),
    "GET /api/usage": account(200),
    "GET /api/conversations": account(200),
    "POST /api/conversations": account(
        201, body=lambda club: {"participant_ids": [club.cast.victim.id], "name": "Another"}
    ),
    f"GET {CONVERSATION}": talkers(200),
    f"PATCH {CONVERSATION}": talkers(200, body=given(name="Renamed")),
    f"GET {CONVERSATION}/participants": talkers(200),
    f"PUT {CONVERSATION}/participants/{{user_id}}": talkers(204),
    f"DELETE {CONVERSATION}/participants/{{user_id}}": talkers(204, OWNER, prepare=with_victim),
    f"PUT {CONVERSATION}/hidden": talkers(204),
    f"PUT {CONVERSATION}/notifications": talkers(200, body=given(level="nothing")),
    f"DELETE {CONVERSATION}/hidden": talkers(204),
    f"PUT {CONVERSATION}/call/declined": talkers(204),
    f"GET {CONVERSATION}/messages": talkers(200),
    f"GET {CONVERSATION}/receipts": talkers(200),
    f"PUT {CONVERSATION}/receipt": talkers(204, body=given()),
    f"GET {CONVERSATION}/search": talkers(200, query="?q=hello"),
    "GET /api/dm-channels": account(200),
    "POST /api/dm-channels": account(201, body=lambda club: {"user_id": club.cast.victim.id}),
    f"POST {DIRECT}/messages": talkers(201, body=given(content="hello")),
    f"GET {DIRECT}/messages": talkers(200),
    f"POST {DIRECT}/ack": talkers(204),
    "POST /api/friends/request": account(200, body=given(to_username="nobody_here")),
    "GET /api/friends/requests": account(200),
    "POST /api/friends/respond": talkers(
        200,
        ("member",),
        body=lambda club: {"request_id": club.ids["request_id"], "accept": True},
        prepare=friend_request,
    ),
    "DELETE /api/friends/requests/{request_id}": talkers(204, OWNER, prepare=friend_request),
    "GET /api/contacts": account(200),
    "DELETE /api/friends/{user_id}": account(204),
    "GET /api/blocks": account(200),
    "PUT /api/blocks/{user_id}": account(204),
    "DELETE /api/blocks/{user_id}": account(204),
    "PUT /api/users/@me/avatar": account(200, form=lambda: form(image=PICTURE)),
    "DELETE /api/users/@me/avatar": account(204),
    "GET /api/users/{user_id}": account(200),
    "GET /api/servers": account(200),
    "POST /api/servers": account(201, body=given(name="Own"), also=FOR_PEOPLE),
    "GET /api/servers/browse": account(200),
    "GET /api/server-templates": account(200),
    f"GET {SERVER}": members(200),
    f"PATCH {SERVER}": members(200, ADMINS, body=given(name="Club")),
    f"DELETE {SERVER}": members(204, OWNER, is_fresh=True),
    f"PUT {SERVER}/owner": members(200, OWNER, body=lambda club: {"user_id": club.cast.victim.id}, is_fresh=True),
    "GET /api/pictures/{file_id}": public(200),
    f"PUT {SERVER}/icon": members(200, ADMINS, form=lambda: form(image=PICTURE)),
    f"DELETE {SERVER}/icon": members(204, ADMINS),
    f"POST {SERVER}/join": members(409, is_fresh=True, also={"outsider": 201, "banned": 403}),
    f"DELETE {SERVER}/leave": members(204, is_fresh=True, also={"owner": 400}),
    f"GET {SERVER}/members": members(200),
    f"GET {SERVER}/members/search": members(200, query="?q=a"),
    f"GET {SERVER}/members/@me": members(200),
    f"PATCH {SERVER}/members/@me": members(200, (*SPEAKERS, "denied"), body=NICKNAME),
    f"PATCH {SERVER}/members/{{user_id}}": members(200, MODERATORS, body=NICKNAME),
    f"POST {SERVER}/members/{{user_id}}/kick": members(204, MODERATORS, prepare=Club.rejoined),
    f"POST {SERVER}/members/{{user_id}}/ban": members(204, MODERATORS, prepare=Club.rejoined),
    f"DELETE {SERVER}/bans/{{user_id}}": members(204, MODERATORS),
    f"GET {SERVER}/bans": members(200, MODERATORS),
    f"POST {SERVER}/bans/{{user_id}}/restore-messages": members(200, MODERATORS, prepare=Club.cleared),
    f"GET {SERVER}/automod": members(200, ADMINS),
    f"PATCH {SERVER}/automod": members(200, ADMINS, body=given(enabled=False)),
    f"GET {SERVER}/automod/words": members(200, ADMINS),
    f"POST {SERVER}/automod/words": members(201, ADMINS, body=given(word="unheard")),
    f"DELETE {SERVER}/automod/words/{{word}}": members(204, ADMINS),
    f"GET {SERVER}/automod/logs": members(200, ADMINS),
    f"POST {SERVER}/automod/trial": members(200, ADMINS, body=given(enabled=True)),
    f"GET {SERVER}/retention-preview": members(200, ADMINS, query="?days=30"),
    f"POST {SERVER}/report": account(201, body=given(category="other"), also={"owner": 400}),
    f"GET {SERVER}/reports": members(200, MODERATORS),
    f"GET {SERVER}/reports/{{report_id}}": members(200, MODERATORS),
    f"PATCH {SERVER}/reports/{{report_id}}": members(200, MODERATORS, body=given(note="seen")),
    "POST /api/users/{user_id}/report": members(
        201, body=lambda club: {"category": "spam", "server_id": club.ids["server_id"]}, prepare=Club.rejoined
    ),
    f"POST {SERVER}/members/{{user_id}}/timeout": members(
        200, MODERATORS, body=given(duration_minutes=1), prepare=Club.rejoined
    ),
    f"DELETE {SERVER}/members/{{user_id}}/timeout": members(204, MODERATORS),
    f"GET {SERVER}/roles": members(200),
    f"POST {SERVER}/roles": members(201, MODERATORS, body=given(name="new")),
    f"PATCH {SERVER}/roles/{{role_id}}": members(200, MODERATORS, body=given(name="other")),
    f"DELETE {SERVER}/roles/{{role_id}}": members(204, MODERATORS, prepare=Club.role),
    f"PUT {SERVER}/members/{{user_id}}/roles/{{role_id}}": members(204, MODERATORS),
    f"DELETE {SERVER}/members/{{user_id}}/roles/{{role_id}}": members(204, MODERATORS),
    f"GET {SERVER}/channels": members(200),
    f"POST {SERVER}/channels": members(201, MODERATORS, body=given(name="new", type="text")),
    f"PATCH {SERVER}/channels": inside(
        200, MODERATORS, body=lambda club: {"channels": [{"id": club.ids["channel_id"]}]}
    ),
    f"GET {SERVER}/channels/{{channel_id}}": inside(200),
    f"PATCH {SERVER}/channels/{{channel_id}}": inside(200, MODERATORS, body=given(topic="words")),
    f"DELETE {SERVER}/channels/{{channel_id}}": inside(204, MODERATORS, prepare=Club.channel),
    f"GET {SERVER}/search": members(200, query="?q=hello"),
    f"GET {SERVER}/audit-logs": members(200, ADMINS),
    f"GET {SERVER}/export": Row(200, OWNER, NOT_OWNER),
    f"GET {SERVER}/export/status": Row(200, OWNER, NOT_OWNER),
    f"POST {SERVER}/export": Row(202, OWNER, NOT_OWNER),
    f"DELETE {SERVER}/export": Row(204, OWNER, NOT_OWNER),
    f"GET {SERVER}/voice": members(200),
    f"GET {SERVER}/emojis": members(200),
    f"POST {SERVER}/emojis": members(
        201, ADMINS, form=lambda: form(name="smile", image=PICTURE), is_fresh=True, also={"owner": 400}
    ),
    f"PATCH {SERVER}/emojis/{{emoji_id}}": members(200, ADMINS, body=given(name="wave_again")),
    f"DELETE {SERVER}/emojis/{{emoji_id}}": members(204, ADMINS, prepare=Club.emoji),
    f"GET {SERVER}/invites": members(200, MODERATORS),
    f"POST {SERVER}/invites": members(201, MODERATORS, body=given()),
    f"DELETE {SERVER}/invites/{{invite_id}}": members(204, MODERATORS, prepare=Club.invite),
    f"POST {SERVER}/webhooks": members(
        201, ADMINS, body=given(name="hook", url="http://127.0.0.1:1/", event_types=["message.created"]), is_fresh=True
    ),
    f"GET {SERVER}/webhooks": members(200, ADMINS),
    f"GET {SERVER}/webhooks/{{webhook_id}}": members(200, ADMINS),
    f"PATCH {SERVER}/webhooks/{{webhook_id}}": members(200, ADMINS, body=given(name="other")),
    f"DELETE {SERVER}/webhooks/{{webhook_id}}": members(204, ADMINS, prepare=only_webhook, is_fresh=True),
    f"POST {SERVER}/webhooks/{{webhook_id}}/test": members(202, ADMINS),
    "POST /api/bots": account(201, body=given(name="robot"), also=FOR_PEOPLE),
    "GET /api/bots": account(200, also=FOR_PEOPLE),
    "POST /api/bots/connect": Row(200, (ROBOT,), ()),
    "GET /api/bots/{bot_id}": Row(200, OWNER, NOT_OWNER),
    "PATCH /api/bots/{bot_id}": Row(200, OWNER, NOT_OWNER, body=given(name="other")),
    "DELETE /api/bots/{bot_id}": Row(204, OWNER, NOT_OWNER, prepare=Club.bot),
    "GET /api/bots/{bot_id}/logs": Row(200, OWNER, NOT_OWNER),
    "POST /api/bots/{bot_id}/token/regenerate": Row(200, OWNER, NOT_OWNER),
    "GET /api/invites/{code}": account(200),
    "GET /api/invites/{code}/page": public(200),
    "POST /api/invites/{code}/accept": members(409, is_fresh=True, also={"outsider": 201, "banned": 403}),
    f"GET {CHANNEL}/overrides": inside(200),
    f"PUT {CHANNEL}/overrides": inside(
        200, MODERATORS, body=lambda club: {"user_id": club.cast.victim.id, "allow": 0, "deny": 16}
    ),
    f"DELETE {CHANNEL}/overrides/{{override_id}}": inside(204, MODERATORS, prepare=Club.override),
    f"GET {CHANNEL}/permissions": inside(200),
    f"GET {CHANNEL}/messages": inside(200),
    f"POST {CHANNEL}/messages": inside(201, SPEAKERS, body=given(content="hello")),
    f"GET {MESSAGE}": inside(200),
    f"GET {MESSAGE}/thread": inside(200),
    f"POST {MESSAGE}/thread": inside(201, SPEAKERS, body=given(content="hello")),
    f"GET {CHANNEL}/threads": inside(200),
    f"GET {MESSAGE}/edits": inside(200, (*MODERATORS, "member")),
    f"GET {MESSAGE}/reactions": inside(200),
    f"GET {MESSAGE}/reactions/{{emoji}}/users": inside(200),
    f"PUT {MESSAGE}/reactions/{{emoji}}": inside(204, SPEAKERS),
    f"DELETE {MESSAGE}/reactions/{{emoji}}": inside(204, SPEAKERS, also={"timed_out": 404}),
    f"POST {MESSAGE}/pin": inside(204, MODERATORS),
    f"DELETE {MESSAGE}/pin": inside(204, MODERATORS, prepare=pinned),
    f"GET {CHANNEL}/pinned-messages": inside(200),
    f"POST {CHANNEL}/polls": inside(201, SPEAKERS, body=given(question="Tea?", options=["yes", "no"])),
    "GET /api/polls/{poll_id}": inside(200),
    "POST /api/polls/{poll_id}/vote": inside(200, SPEAKERS, body=lambda club: {"option_id": club.ids["option_id"]}),
    "DELETE /api/polls/{poll_id}/vote": inside(200, SPEAKERS),
    "POST /api/polls/{poll_id}/close": inside(200, (*MODERATORS, "member"), prepare=Club.poll),
    "GET /api/polls/{poll_id}/options/{option_id}/voters": inside(200),
    f"POST {CHANNEL}/events": inside(201, SPEAKERS, body=given(name="Tea", starts_at="2031-01-01T00:00:00Z")),
    f"GET {SERVER}/events": members(200),
    "GET /api/events/{event_id}": inside(200),
    "PATCH /api/events/{event_id}": inside(200, (*MODERATORS, "member"), body=given(name="Coffee")),
    "POST /api/events/{event_id}/cancel": inside(200, (*MODERATORS, "member"), prepare=Club.event),
    "PUT /api/events/{event_id}/answer": inside(200, SPEAKERS, body=given(answer="coming")),
    "DELETE /api/events/{event_id}/answer": inside(200, SPEAKERS),
    "GET /api/events/{event_id}/answers/{answer}": inside(200),
    f"POST {CHANNEL}/documents": inside(201, SPEAKERS, body=given(title="Notes")),
    f"GET {CHANNEL}/documents": inside(200),
    "GET /api/documents/{document_id}": inside(200),
    "PATCH /api/documents/{document_id}": inside(200, (*MODERATORS, "member"), body=given(title="Rules")),
    "DELETE /api/documents/{document_id}": inside(204, (*MODERATORS, "member"), prepare=Club.document),
    "GET /api/documents/{document_id}/history": inside(200),
    "GET /api/documents/{document_id}/text": inside(404, query="?version=none-0"),
    "POST /api/documents/{document_id}/revert": inside(
        200, (*MODERATORS, "member"), body=lambda club: {"version": club.ids["beginning"]}
    ),
    "GET /api/documents/{document_id}/authors": inside(200),
    f"POST {CHANNEL}/ack": inside(204, body=given()),
    "PATCH /api/messages/{message_id}": inside(200, ("member",), body=given(content="other words")),
    "PATCH /api/messages/{message_id}/read": inside(200),
    "POST /api/messages/{message_id}/report": inside(201, body=given(category="spam"), also={"member": 400}),
    "DELETE /api/messages/{message_id}": inside(204, (*MODERATORS, "member"), prepare=Club.message),
    "GET /api/messages/{message_id}/attachments": inside(200),
    "POST /api/messages/{message_id}/attachments": inside(
        201, ("member",), form=lambda: form(files=PICTURE), prepare=Club.message
    ),
    "GET /api/files/{message_id}/{name}": inside(200),
    "GET /api/emojis/{emoji_id}": public(200),
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
    "GET /api/link-preview": account(400, query="?url=http://127.0.0.1/"),
    "GET /api/link-preview/image": account(400, query="?url=http://127.0.0.1/"),
    "GET /api/giphy/search": account(501, query="?q=cats"),
    "GET /api/health": public(200),
    "GET /api/health/live": public(200),
    "GET /api/health/ready": public(200),
    "POST /api/auth/logout": account(204),
}
"""In the order in which they are tried; ending the session comes last."""
