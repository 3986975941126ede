"""Every event, and who of the cast receives it, in a channel that the denied cannot view.

A new event needs a row, and something in `happen` that makes it happen. `guest` is a user who joins and is removed.
"""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

import pytest

from coterie.log import transient
from tests.people import PASSWORD, Person, Socket, receiving
from tests.permissions.cast import ADMINS, MEMBERS, MODERATORS, PEOPLE, VIEWERS, Club
from tests.permissions.table import CHANNEL, MESSAGE, SERVER, TALKERS

EVERY_MEMBER: Final = (*MEMBERS, "guest")
INSIDE: Final = (*VIEWERS, "guest")
SELF: Final = ("member",)

EVENTS: Final[dict[str, tuple[str, ...]]] = {
    "READY": (*PEOPLE, "guest"),
    "MESSAGE_CREATE": INSIDE,
    "MESSAGE_UPDATE": INSIDE,
    "MESSAGE_DELETE": INSIDE,
    "THREAD_MESSAGE_CREATE": INSIDE,
    "REACTION_ADD": INSIDE,
    "REACTION_REMOVE": INSIDE,
    "POLL_VOTE": INSIDE,
    "EVENT_UPDATE": INSIDE,
    "MESSAGE_PIN": INSIDE,
    "MESSAGE_UNPIN": INSIDE,
    "TYPING_START": INSIDE,
    "TYPING_STOP": INSIDE,
    "READ_MARK_UPDATE": SELF,
    "NOTIFICATION_LEVEL_UPDATE": SELF,
    "NOTIFICATION_LEVEL_DELETE": SELF,
    "DOCUMENT_CREATE": INSIDE,
    "DOCUMENT_UPDATE": INSIDE,
    "DOCUMENT_DELETE": INSIDE,
    "CHANNEL_CREATE": EVERY_MEMBER,
    "CHANNEL_UPDATE": INSIDE,
    "CHANNEL_DELETE": INSIDE,
    "CHANNEL_OVERRIDE_UPDATE": INSIDE,
    "CHANNEL_OVERRIDE_DELETE": INSIDE,
    "VOICE_STATE_UPDATE": INSIDE,
    "VOICE_SIGNAL": ("owner",),
    "GO_LIVE_START": INSIDE,
    "GO_LIVE_STOP": INSIDE,
    "SERVER_CREATE": ("guest",),
    "SERVER_UPDATE": EVERY_MEMBER,
    "SERVER_DELETE": ("guest",),
    "ROLE_CREATE": EVERY_MEMBER,
    "ROLE_UPDATE": EVERY_MEMBER,
    "ROLE_DELETE": EVERY_MEMBER,
    "MEMBER_ROLE_ADD": EVERY_MEMBER,
    "MEMBER_ROLE_REMOVE": EVERY_MEMBER,
    "MEMBER_JOIN": MEMBERS,
    "MEMBER_UPDATE": EVERY_MEMBER,
    "MEMBER_LEAVE": EVERY_MEMBER,
    "MEMBER_KICK": EVERY_MEMBER,
    "MEMBER_BAN": EVERY_MEMBER,
    "MEMBER_UNBAN": MODERATORS,
    "BAN_CREATE": MODERATORS,
    "REPORTS_UPDATE": MODERATORS,
    "AUTOMOD_UPDATE": ADMINS,
    "REPORT_ANSWER": SELF,
    "MEMBER_TIMEOUT": EVERY_MEMBER,
    "MEMBER_TIMEOUT_REMOVE": EVERY_MEMBER,
    "CUSTOM_EMOJI_CREATE": EVERY_MEMBER,
    "CUSTOM_EMOJI_UPDATE": EVERY_MEMBER,
    "CUSTOM_EMOJI_DELETE": EVERY_MEMBER,
    "INVITE_CREATE": MODERATORS,
    "INVITE_UPDATE": MODERATORS,
    "INVITE_DELETE": MODERATORS,
    "BOT_CREATE": SELF,
    "BOT_UPDATE": SELF,
    "WEBHOOK_CREATE": ADMINS,
    "WEBHOOK_UPDATE": ADMINS,
    "WEBHOOK_DELETE": ADMINS,
    "USER_UPDATE": EVERY_MEMBER,
    "PRESENCE_UPDATE": EVERY_MEMBER,
    "PRESENCE_RESET": EVERY_MEMBER,
    "DM_CHANNEL_CREATE": ("owner", "member", "guest"),
    "DM_MESSAGE_CREATE": (*TALKERS, "guest"),
    "CONVERSATION_UPDATE": TALKERS,
    "CONVERSATION_STATE_UPDATE": SELF,
    "CONVERSATION_LEAVE": ("guest",),
    "PARTICIPANT_ADD": TALKERS,
    "PARTICIPANT_UPDATE": TALKERS,
    "PARTICIPANT_REMOVE": TALKERS,
    "RECEIPT_UPDATE": (*TALKERS, "guest"),
    "RECEIPT_DELETE": TALKERS,
    "CALL_UPDATE": TALKERS,
    "CALL_END": TALKERS,
    "SESSION_CREATE": SELF,
    "SESSION_UPDATE": SELF,
    "SESSION_DELETE": SELF,
    "PRIVACY_UPDATE": SELF,
    "FRIEND_REQUEST_CREATE": ("owner", "member"),
    "FRIEND_REQUEST_UPDATE": ("owner", "member"),
    "FRIEND_REQUEST_DELETE": ("owner", "member"),
    "CONTACT_CREATE": ("owner", "member"),
    "CONTACT_UPDATE": ("owner",),
    "CONTACT_DELETE": ("owner", "member"),
    "BLOCK_CREATE": SELF,
    "BLOCK_DELETE": SELF,
    "TOPIC_RESET": SELF,
    "TOPIC_GONE": SELF,
}

NOT_EVENTS: Final = {
    "APP_ENV",
    "COTERIE_BACKUP_DIRECTORY",
    "COTERIE_BACKUP_KEY",
    "COTERIE_DATABASE_DIRECT_URL",
    "COTERIE_FILES_URL",
    "DOCUMENT_CURSOR",
    "DOCUMENT_EDIT",
    "COTERIE_LOG_FORMAT",
    "COTERIE_PROCESSES",
    "DATABASE_URL",
    "HEARTBEAT_ACK",
    "JWT_SECRET",
    "JWT_SECRET_PREVIOUS",
    "MESSAGE_ACK",
    "MESSAGE_REFUSED",
    "MESSAGE_SEND",
    "PG_VERSION",
    "SC_PAGE_SIZE",
    "SC_PHYS_PAGES",
    "SMOKE_PASSWORD",
    "STARTUP_TIMEOUT",
    "TCP_NOTSENT_LOWAT",
    "SQL_ASCII",
    "TURN_SECRET",
    "TURN_URL",
    "UPLOAD_DIR",
    "XDG_RUNTIME_DIR",
}
"""What looks like an event's name in the source, but is a setting or a response to one socket."""


@dataclass
class Scene:
    """Everyone listens while the member and the owner cause every event."""

    club: Club
    sockets: dict[str, Socket]
    guest: Person

    async def happen(self) -> None:
        talking, leaving = (
            (self.talk, self.crowd, self.converse),
            (self.own, self.company, self.reports, self.departures),
        )
        for part in (self.arrival, *talking, self.structure, self.call, *leaving):
            await part()
        for socket in self.sockets.values():
            await socket.settle()

    async def owner(self, method: str, path: str, body: Any = None, *, told: str = "") -> Any:
        """A call of the owner's; `told` are the types of the events that it causes."""
        async with self.telling(told):
            return await self.club.made(method, path, body)

    async def member(self, method: str, path: str, body: Any = None, *, told: str = "") -> Any:
        """A call of the member's, as the owner's."""
        async with self.telling(told):
            answer = await self.club.cast["member"].call(method, path.format(**self.club.ids), json=body)
        assert answer.status < 300, (path, answer.body)
        return answer.body

    @contextlib.asynccontextmanager
    async def telling(self, types: str, without: str = "") -> AsyncIterator[None]:
        """Ends when all who receive these events have one more of each, except one who is not there yet.

        A listener who is behind is told only the latest state, so what is undone is received first.
        """
        async with contextlib.AsyncExitStack() as stack:
            for type in types.split():
                listening = [self.sockets[name] for name in EVENTS[type] if name != without]
                await stack.enter_async_context(receiving(type, *listening))
            yield

    async def arrival(self) -> None:
        async with self.telling("INVITE_CREATE"):
            invite = await self.club.invite()
        async with self.telling("MEMBER_JOIN SERVER_CREATE"):
            await self.guest.expect(201, "POST", f"/api/invites/{invite['code']}/accept")
        await self.owner("DELETE", f"{SERVER}/invites/{invite['invite_id']}", told="INVITE_DELETE")
        await self.sockets["member"].say("PRESENCE_UPDATE", {"status": "dnd"})
        await self.sockets["owner"].wait_for(lambda frame: (frame.get("d") or {}).get("status") == "dnd")

    async def talk(self) -> None:
        async with self.telling("MESSAGE_CREATE"):
            self.club.ids.update(await self.club.message())
        await self.member("PATCH", "/api/messages/{message_id}", {"content": "other words"}, told="MESSAGE_UPDATE")
        await self.member("PUT", f"{MESSAGE}/reactions/x", told="REACTION_ADD")
        await self.member("DELETE", f"{MESSAGE}/reactions/x", told="REACTION_REMOVE")
        await self.owner("POST", f"{MESSAGE}/pin", told="MESSAGE_PIN")
        await self.owner("DELETE", f"{MESSAGE}/pin", told="MESSAGE_UNPIN")
        await self.member("POST", f"{MESSAGE}/thread", {"content": "a reply"}, told="THREAD_MESSAGE_CREATE")
        await self.member("POST", f"{CHANNEL}/ack", {}, told="READ_MARK_UPDATE")
        await self.member("PUT", f"{CHANNEL}/notifications", {"level": "mentions"}, told="NOTIFICATION_LEVEL_UPDATE")
        await self.member("PUT", f"{CHANNEL}/notifications", {"level": None}, told="NOTIFICATION_LEVEL_DELETE")
        await self.member("DELETE", "/api/messages/{message_id}", told="MESSAGE_DELETE")
        async with self.telling("MESSAGE_CREATE"):
            self.club.ids.update(await self.club.poll())
        await self.member(
            "POST", "/api/polls/{poll_id}/vote", {"option_id": self.club.ids["option_id"]}, told="POLL_VOTE"
        )
        async with self.telling("MESSAGE_CREATE"):
            self.club.ids.update(await self.club.event())
        await self.member("PUT", "/api/events/{event_id}/answer", {"answer": "coming"}, told="EVENT_UPDATE")
        async with self.telling("DOCUMENT_CREATE"):
            self.club.ids.update(await self.club.document())
        await self.member("PATCH", "/api/documents/{document_id}", {"title": "Rules"}, told="DOCUMENT_UPDATE")
        await self.member("DELETE", "/api/documents/{document_id}", told="DOCUMENT_DELETE")
        await self.sockets["member"].say("TYPING_START", {"channel_id": self.club.ids["channel_id"]})
        await self.sockets["owner"].wait_for_type("TYPING_START")
        await self.member("POST", "/typing", {"is_typing": False, "channel_id": self.club.ids["channel_id"]})
        await self.sockets["owner"].wait_for_type("TYPING_STOP")

    async def crowd(self) -> None:
        """More at once than are sent one by one."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in {"FRAMES_PER_SECOND": 2.0, "BURST_SECONDS": 0.0, "WAITING_LIMIT": 0}.items():
                patch.setattr(transient, name, value)
            for name in MEMBERS:
                await self.sockets[name].say("PRESENCE_UPDATE", {"status": "away"})
            await self.sockets["owner"].wait_for_type("PRESENCE_RESET")

    async def structure(self) -> None:
        await self.owner("POST", f"{SERVER}/channels", {"name": "open to all", "type": "text"}, told="CHANNEL_CREATE")
        await self.owner("PATCH", f"{SERVER}/channels/{{channel_id}}", {"topic": "words"}, told="CHANNEL_UPDATE")
        async with self.telling("ROLE_CREATE"):
            self.club.ids.update(await self.club.role())
        await self.owner("PATCH", f"{SERVER}/roles/{{role_id}}", {"name": "other"}, told="ROLE_UPDATE")
        await self.owner("PUT", f"{SERVER}/members/{{user_id}}/roles/{{role_id}}", told="MEMBER_ROLE_ADD")
        await self.owner("DELETE", f"{SERVER}/members/{{user_id}}/roles/{{role_id}}", told="MEMBER_ROLE_REMOVE")
        await self.owner("DELETE", f"{SERVER}/roles/{{role_id}}", told="ROLE_DELETE")
        await self.owner(
            "PUT",
            f"{CHANNEL}/overrides",
            {"user_id": self.club.owner.id, "allow": 0, "deny": 16},
            told="CHANNEL_OVERRIDE_UPDATE",
        )
        await self.owner("DELETE", f"{CHANNEL}/overrides/{{override_id}}", told="CHANNEL_OVERRIDE_DELETE")
        await self.owner("PATCH", SERVER, {"name": "Society"}, told="SERVER_UPDATE")
        await self.owner("PATCH", f"{SERVER}/automod", {"enabled": True}, told="AUTOMOD_UPDATE")
        async with self.telling("CUSTOM_EMOJI_CREATE"):
            emoji = await self.club.emoji()
        await self.owner(
            "PATCH", f"{SERVER}/emojis/{emoji['emoji_id']}", {"name": "renamed"}, told="CUSTOM_EMOJI_UPDATE"
        )
        await self.owner("DELETE", f"{SERVER}/emojis/{emoji['emoji_id']}", told="CUSTOM_EMOJI_DELETE")
        async with self.telling("WEBHOOK_CREATE"):
            hook = await self.club.webhook()
        await self.owner("PATCH", f"{SERVER}/webhooks/{hook['webhook_id']}", {"name": "renamed"}, told="WEBHOOK_UPDATE")
        await self.owner("DELETE", f"{SERVER}/webhooks/{hook['webhook_id']}", told="WEBHOOK_DELETE")
        await self.member("PATCH", f"{SERVER}/members/@me", {"nickname": "Nick"}, told="MEMBER_UPDATE")
        await self.member("PATCH", "/api/users/@me", {"bio": "about me"}, told="USER_UPDATE")

    async def call(self) -> None:
        voice = f"/api/channels/{self.club.ids['voice_id']}"
        await self.owner("POST", f"{voice}/voice", told="VOICE_STATE_UPDATE")
        await self.member("POST", f"{voice}/voice", told="VOICE_STATE_UPDATE")
        in_call = {"user_id": self.club.cast["member"].id, "channel_id": self.club.ids["voice_id"]}
        await self.sockets["owner"].wait_for(
            lambda frame: frame["t"] == "VOICE_STATE_UPDATE" and in_call.items() <= frame["d"].items()
        )  # until then the process does not know of it either
        signal = {"to_user_id": self.club.owner.id, "type": "offer", "sdp": "v=0"}
        await self.sockets["member"].say("VOICE_SIGNAL", signal)
        await self.sockets["owner"].wait_for_type("VOICE_SIGNAL")
        await self.member("POST", f"{voice}/go-live", {}, told="GO_LIVE_START")
        await self.member("DELETE", f"{voice}/go-live", told="GO_LIVE_STOP")
        await self.member("DELETE", f"{voice}/voice", told="VOICE_STATE_UPDATE")

    async def own(self) -> None:
        member = self.club.cast["member"]
        bot = (await self.member("POST", "/api/bots", {"name": "robot"}, told="BOT_CREATE"))["bot"]
        await self.member("DELETE", f"/api/bots/{bot['id']}", told="BOT_UPDATE")
        login = await member.expect(200, "POST", "/api/auth/login", {"username": member.username, "password": PASSWORD})
        async with self.telling("SESSION_UPDATE"):
            await member.expect(200, "POST", "/api/auth/refresh", {"refresh_token": login["refresh_token"]})
        created = await self.sockets["member"].wait_for_type("SESSION_CREATE")
        async with self.telling("SESSION_DELETE"):
            await member.expect(204, "DELETE", f"/api/auth/sessions/{created['d']['id']}")
        await self.member("PATCH", "/api/users/@me/privacy", {"direct_messages_from": "servers"}, told="PRIVACY_UPDATE")
        positions = {self.club.ids["channel_id"]: 10**9, str(uuid4()): 1}
        await self.sockets["member"].say("RESUME", {"positions": positions})
        for type in ("TOPIC_RESET", "TOPIC_GONE"):
            await self.sockets["member"].wait_for_type(type)

    async def converse(self) -> None:
        """The owner and the member talk; the guest joins and is removed."""
        body = {"participant_ids": [self.club.cast["member"].id], "name": "Between us"}
        made = await self.owner("POST", "/api/conversations", body)
        path = f"/api/conversations/{made['id']}"
        for name in TALKERS:
            listening = self.sockets[name]
            await listening.wait_for(lambda frame: frame["t"] == "DM_CHANNEL_CREATE" and frame["d"]["id"] == made["id"])
        async with self.telling("DM_MESSAGE_CREATE", without="guest"):
            sent = await self.club.cast["member"].send(made["id"], "hello")
        await self.owner("POST", f"/api/channels/{made['id']}/voice", told="CALL_UPDATE")
        await self.owner("DELETE", f"/api/channels/{made['id']}/voice", told="CALL_END")
        await self.member("PATCH", path, {"description": "what it is about"}, told="CONVERSATION_UPDATE")
        await self.member("PUT", f"{path}/hidden", told="CONVERSATION_STATE_UPDATE")
        await self.member(
            "PATCH", "/api/users/@me", {"avatar_url": "https://example.org/me.png"}, told="PARTICIPANT_UPDATE"
        )
        await self.owner("PUT", f"{path}/participants/{self.guest.id}", told="PARTICIPANT_ADD")
        await self.sockets["guest"].wait_for_type("DM_CHANNEL_CREATE")
        async with self.telling("RECEIPT_UPDATE"):
            await self.guest.expect(204, "PUT", f"{path}/receipt", {"delivered": sent["id"]})
        await self.owner(
            "DELETE",
            f"{path}/participants/{self.guest.id}",
            told="PARTICIPANT_REMOVE RECEIPT_DELETE CONVERSATION_LEAVE",
        )

    async def company(self) -> None:
        """The member and the owner become friends, and a block ends it."""
        member, owner = self.club.cast["member"], self.club.owner
        change, address = "/api/auth/change-email", f"{member.username}@example.org"
        asked = await self.owner("POST", "/api/friends/request", {"to_email": address}, told="FRIEND_REQUEST_CREATE")
        await self.member("POST", change, {"current_password": PASSWORD, "email": None}, told="FRIEND_REQUEST_UPDATE")
        await self.member(
            "POST",
            "/api/friends/respond",
            {"request_id": asked["request_id"], "accept": True},
            told="FRIEND_REQUEST_DELETE CONTACT_CREATE",
        )
        await self.member("PATCH", "/api/users/@me", {"avatar_url": "https://example.org/a.png"}, told="CONTACT_UPDATE")
        await self.member("PUT", f"/api/blocks/{owner.id}", told="BLOCK_CREATE CONTACT_DELETE")
        await self.member("DELETE", f"/api/blocks/{owner.id}", told="BLOCK_DELETE")

    async def reports(self) -> None:
        """The member reports the victim, and the owner decides."""
        body = {"category": "spam", "server_id": self.club.ids["server_id"]}
        made = await self.member("POST", "/api/users/{user_id}/report", body, told="REPORTS_UPDATE")
        await self.owner(
            "PATCH", f"{SERVER}/reports/{made['id']}", {"state": "resolved"}, told="REPORTS_UPDATE REPORT_ANSWER"
        )

    async def departures(self) -> None:
        ids, guest = self.club.ids, self.guest
        await self.owner(
            "POST", f"{SERVER}/members/{{user_id}}/timeout", {"duration_minutes": 1}, told="MEMBER_TIMEOUT"
        )
        await self.owner("DELETE", f"{SERVER}/members/{{user_id}}/timeout", told="MEMBER_TIMEOUT_REMOVE")
        async with self.telling("MEMBER_LEAVE"):
            await self.club.cast.victim.expect(204, "DELETE", f"/api/servers/{ids['server_id']}/leave")
        await self.owner("DELETE", f"{SERVER}/channels/{{channel_id}}", told="CHANNEL_DELETE")
        await self.owner("POST", f"{SERVER}/members/{guest.id}/kick", {}, told="MEMBER_KICK")
        async with self.telling("MEMBER_JOIN SERVER_CREATE"):
            await guest.expect(201, "POST", f"/api/servers/{ids['server_id']}/join")
        await self.owner("POST", f"{SERVER}/members/{guest.id}/ban", {}, told="MEMBER_BAN BAN_CREATE")
        await self.owner("DELETE", f"{SERVER}/bans/{guest.id}", told="MEMBER_UNBAN")

    def heard(self) -> dict[str, set[str]]:
        """Who received an event of each type; of profiles only the member's, since `settle` changes all of them."""
        found: dict[str, set[str]] = {}
        for name, socket in self.sockets.items():
            for frame in socket.frames:
                if frame["op"] == "DISPATCH" and (frame["t"] != "USER_UPDATE" or self._is_members(frame)):
                    found.setdefault(frame["t"], set()).add(name)
        return found

    def _is_members(self, frame: dict[str, Any]) -> bool:
        return bool(frame["d"]["id"] == self.club.cast["member"].id)
