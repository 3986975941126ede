"""A walk through the whole wire contract, as a stock client would make it: every call once, every event once.

Each step names the call that it makes, and checks status and shape of the answer; so what was walked is what is
covered. `python -m tests.contract` writes the table in the docs from the same lists.
"""

import contextlib
import re
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

import aiohttp

from tests.contract.shapes import CALLS, EVENTS
from tests.people import Answer, Browser, Person, Socket, receiving
from tests.shapes import assert_shape, faults

PIXEL: Final = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360f8cf50cf000004010181d5d8b1a30000000049454e44ae426082"
)
"""A PNG of one pixel."""


CAUSES: Final = {
    "POST /channels/:cid/messages": "MESSAGE_CREATE",
    "PATCH /messages/:mid": "MESSAGE_UPDATE",
    "DELETE /messages/:mid": "MESSAGE_DELETE",
    "POST /channels/:cid/messages/:mid/pin": "MESSAGE_PIN",
    "DELETE /channels/:cid/messages/:mid/pin": "MESSAGE_UNPIN",
    "POST /channels/:cid/messages/:mid/thread": "THREAD_MESSAGE_CREATE",
    "PUT /channels/:cid/messages/:mid/reactions/:emoji": "REACTION_ADD",
    "DELETE /channels/:cid/messages/:mid/reactions/:emoji": "REACTION_REMOVE",
    "POST /channels/:cid/polls": "MESSAGE_CREATE",
    "POST /polls/:pid/vote": "POLL_VOTE",
    "POST /servers/:id/emojis": "CUSTOM_EMOJI_CREATE",
    "DELETE /servers/:id/emojis/:eid": "CUSTOM_EMOJI_DELETE",
    "POST /servers/:id/roles": "ROLE_CREATE",
    "PATCH /servers/:id/roles/:rid": "ROLE_UPDATE",
    "DELETE /servers/:id/roles/:rid": "ROLE_DELETE",
    "PUT /servers/:id/members/:uid/roles/:rid": "MEMBER_ROLE_ADD",
    "DELETE /servers/:id/members/:uid/roles/:rid": "MEMBER_ROLE_REMOVE",
    "PUT /channels/:cid/overrides": "CHANNEL_OVERRIDE_UPDATE",
    "DELETE /channels/:cid/overrides/:oid": "CHANNEL_OVERRIDE_DELETE",
    "POST /channels/:cid/voice": "VOICE_STATE_UPDATE",
    "PATCH /channels/:cid/voice": "VOICE_STATE_UPDATE",
    "POST /channels/:cid/go-live": "GO_LIVE_START",
    "DELETE /channels/:cid/go-live": "GO_LIVE_STOP",
    "POST /messages/:mid/report": "REPORTS_UPDATE",
    "PATCH /servers/:id/reports/:rid": "REPORT_ANSWER",
    "POST /servers/:id/invites": "INVITE_CREATE",
    "DELETE /servers/:id/invites/:iid": "INVITE_DELETE",
    "POST /servers/:id/members/:uid/timeout": "MEMBER_TIMEOUT",
    "DELETE /servers/:id/members/:uid/timeout": "MEMBER_TIMEOUT_REMOVE",
    "POST /servers/:id/members/:uid/kick": "MEMBER_KICK",
    "POST /servers/:id/members/:uid/ban": "MEMBER_BAN",
    "DELETE /servers/:id/bans/:uid": "MEMBER_UNBAN",
}
"""The event that the owner's socket receives for a call. The next call comes after it, and may undo it."""


@dataclass
class Walk:
    """What was called so far, and the owner's socket, which listens."""

    ears: Socket
    calls: set[str] = field(default_factory=set)

    async def call(
        self,
        person: Browser,
        call: str,
        body: Any = None,
        *,
        query: str = "",
        form: aiohttp.FormData | None = None,
        **ids: Any,
    ) -> Any:
        """Make a call of the contract: `:name` in it is filled from `ids`. Returns the body."""
        expected = CALLS[call]
        method, _, path = call.partition(" ")
        for name, value in ids.items():
            path = path.replace(f":{name}", str(value))
        root = "" if path.startswith(("/emojis", "/health")) else "/api"
        options: dict[str, Any] = {"data": form} if form is not None else {"json": body} if body is not None else {}
        async with receiving(CAUSES[call], self.ears) if call in CAUSES else contextlib.nullcontext():
            answer = await person.call(method, root + path + query, **options)
        assert answer.status == expected.status, f"{call} answered {answer.status}: {answer.body}"
        if expected.is_list:
            assert isinstance(answer.body, list), call
            assert answer.body, f"{call} answered an empty list, which shows nothing"
            for each in answer.body:
                assert faults(each, expected.shape) == [], call
        elif expected.shape:
            assert faults(answer.body, expected.shape) == [], call
        self.calls.add(call)
        return answer.body


def file_form(field: str, content: bytes, filename: str, **texts: str) -> aiohttp.FormData:
    """A multipart body with one file."""
    form = aiohttp.FormData(quote_fields=False)
    for key, value in texts.items():
        form.add_field(key, value)
    form.add_field(field, content, filename=filename, content_type="application/octet-stream")
    return form


class RobotOfWalk(Browser):
    """A program with the token of a bot."""

    async def call(self, method: str, path: str, **options: Any) -> Answer:
        return await super().call(method, path, headers={"Authorization": f"Bot {self.token}"}, **options)


@dataclass
class Cast:
    """An owner with a server, a friend who is a member, and a user who is not."""

    walk: Walk
    nobody: Browser
    owner: Person
    friend: Person
    guest: Person
    ears: Socket
    friends_ears: Socket
    server: str = ""
    channel: str = ""
    voice: str = ""

    async def all(self) -> None:
        """The whole walk."""
        parts = (
            self.accounts,
            self.servers,
            self.channels,
            self.messages,
            self.threads_and_reactions,
            self.polls,
            self.events,
        )
        for part in (
            *parts,
            self.files,
            self.export,
            self.roles,
            self.voices,
            self.reports,
            self.automod,
            self.moderation,
            self.webhooks,
            self.bots,
            self.administration,
            self.endings,
        ):
            await part()

    async def accounts(self) -> None:
        walk, name = self.walk, f"walker_{uuid4().hex[:8]}"
        password = "a password of the walk"
        await walk.call(self.nobody, "GET /instance/registration-mode")
        body = {"username": name, "email": f"{name}@example.org", "password": password}
        login = await walk.call(self.nobody, "POST /auth/register", body)
        await walk.call(self.nobody, "POST /auth/login", {"username": name, "password": password})
        await walk.call(self.nobody, "POST /auth/refresh", {"refresh_token": login["refresh_token"]})
        reset = await walk.call(self.owner, "POST /auth/forgot-password", {"email": body["email"]})
        await walk.call(
            self.nobody, "POST /auth/reset-password", {"token": reset["token"], "new_password": "another password"}
        )
        await walk.call(self.owner, "GET /users/@me")
        await walk.call(self.owner, "PATCH /users/@me", {"bio": "I walk", "custom_status": "walking"})
        await walk.call(self.owner, "GET /users/:user", user=self.friend.id)

    async def servers(self) -> None:
        walk = self.walk
        await walk.call(self.owner, "GET /server-templates")
        created = await walk.call(self.owner, "POST /servers", {"name": "Walkers", "is_public": True})
        self.server = created["id"]
        await walk.call(self.owner, "GET /servers")
        await walk.call(self.friend, "POST /servers/:id/join", id=self.server)
        await walk.call(self.owner, "GET /servers/browse")
        await walk.call(self.friend, "GET /servers/:id", id=self.server)
        await walk.call(self.owner, "PATCH /servers/:id", {"name": "The Walkers"}, id=self.server)
        await walk.call(self.friend, "GET /servers/:id/members", id=self.server)

    async def channels(self) -> None:
        walk = self.walk
        ids: dict[str, Any] = {"id": self.server}
        text = await walk.call(self.owner, "POST /servers/:id/channels", {"name": "path", "type": "text"}, **ids)
        self.channel = text["id"]
        voice = await self.owner.expect(
            201, "POST", f"/api/servers/{self.server}/channels", {"name": "talk", "type": "voice"}
        )
        self.voice = voice["id"]
        await walk.call(self.friend, "GET /servers/:id/channels", **ids)
        await walk.call(self.friend, "GET /servers/:id/channels/:cid", cid=self.channel, **ids)
        await walk.call(self.owner, "PATCH /servers/:id/channels/:cid", {"topic": "On"}, cid=self.channel, **ids)

    async def messages(self) -> None:
        walk, cid = self.walk, self.channel
        sent = await walk.call(self.friend, "POST /channels/:cid/messages", {"content": "hello walkers"}, cid=cid)
        self.message = sent["id"]
        await walk.call(self.owner, "GET /channels/:cid/messages", cid=cid)
        await walk.call(self.owner, "GET /channels/:cid/messages/:mid", cid=cid, mid=self.message)
        await walk.call(self.friend, "PATCH /messages/:mid", {"content": "hello dear walkers"}, mid=self.message)
        await walk.call(self.owner, "POST /channels/:cid/messages/:mid/pin", cid=cid, mid=self.message)
        await walk.call(self.friend, "GET /channels/:cid/pinned-messages", cid=cid)
        await walk.call(self.owner, "DELETE /channels/:cid/messages/:mid/pin", cid=cid, mid=self.message)
        await walk.call(self.owner, "POST /channels/:cid/ack", cid=cid)
        await walk.call(self.owner, "GET /servers/:id/search", query="?q=walkers", id=self.server)
        async with receiving("MESSAGE_CREATE", self.ears):
            gone = await self.friend.send(cid, "gone soon")
        await walk.call(self.friend, "DELETE /messages/:mid", mid=gone["id"])

    async def threads_and_reactions(self) -> None:
        walk = self.walk
        ids: dict[str, Any] = {"cid": self.channel, "mid": self.message}
        await walk.call(self.owner, "POST /channels/:cid/messages/:mid/thread", {"content": "a reply"}, **ids)
        await walk.call(self.friend, "GET /channels/:cid/messages/:mid/thread", **ids)
        await walk.call(self.owner, "PUT /channels/:cid/messages/:mid/reactions/:emoji", emoji="%F0%9F%91%8D", **ids)
        await walk.call(self.owner, "GET /channels/:cid/messages/:mid/reactions", **ids)
        await walk.call(self.owner, "DELETE /channels/:cid/messages/:mid/reactions/:emoji", emoji="%F0%9F%91%8D", **ids)

    async def polls(self) -> None:
        walk, body = self.walk, {"question": "Which way?", "options": ["left", "right"]}
        asked = await walk.call(self.friend, "POST /channels/:cid/polls", body, cid=self.channel)
        poll = await walk.call(self.owner, "GET /polls/:pid", pid=asked["poll"]["id"])
        choice = {"option_id": poll["options"][0]["id"]}
        voted = await walk.call(self.owner, "POST /polls/:pid/vote", choice, pid=poll["id"])
        assert voted["user_vote"] == choice["option_id"]

    async def events(self) -> None:
        walk, body = self.walk, {"name": "Walk", "starts_at": "2031-05-04T18:30:00+02:00"}
        sent = await walk.call(self.friend, "POST /channels/:cid/events", body, cid=self.channel)
        assert sent["content"].startswith("\N{CALENDAR} **Event** Walk")
        assert await walk.call(self.owner, "GET /servers/:id/events", id=self.server) == [sent["event"]]

    async def files(self) -> None:
        walk, mid = self.walk, self.message
        form = file_form("files", b"a note of the way", "way.txt")
        [stored] = await walk.call(self.friend, "POST /messages/:mid/attachments", form=form, mid=mid)
        await walk.call(self.owner, "GET /messages/:mid/attachments", mid=mid)
        name = stored["url"].rpartition("/")[2]
        assert await walk.call(self.owner, "GET /files/:mid/:name", mid=mid, name=name) == "a note of the way"
        form = file_form("image", PIXEL, "dot.png", name="dot")
        emoji = await walk.call(self.owner, "POST /servers/:id/emojis", form=form, id=self.server)
        await walk.call(self.friend, "GET /servers/:id/emojis", id=self.server)
        await self._binary(self.nobody, "GET /emojis/:eid", emoji["url"])
        await walk.call(self.owner, "DELETE /servers/:id/emojis/:eid", id=self.server, eid=emoji["id"])

    async def export(self) -> None:
        """The archive in one request, named as clients read it."""
        url = f"{self.owner.url}/api/servers/{self.server}/export"
        async with self.owner.http.get(url, headers={"Authorization": f"Bearer {self.owner.token}"}) as response:
            assert (response.status, response.content_type) == (200, "application/zip")
            assert len(await response.read()) == int(response.headers["content-length"])
            named = response.headers["content-disposition"]
            assert re.fullmatch(r'attachment; filename="[a-z0-9_-]+-export-\d{8}\.zip"', named), named
        self.walk.calls.add("GET /servers/:id/export")

    async def _binary(self, person: Browser, call: str, path: str) -> None:
        async with person.http.get(person.url + path) as response:
            assert (response.status, response.headers["cache-control"]) == (200, "public, max-age=86400")
            assert response.content_type.startswith("image/")
        self.walk.calls.add(call)

    async def roles(self) -> None:
        walk = self.walk
        ids: dict[str, Any] = {"id": self.server}
        role = await walk.call(
            self.owner, "POST /servers/:id/roles", {"name": "Guide", "permissions": 4, "color": "#00aa00"}, **ids
        )
        rid = role["id"]
        await walk.call(self.friend, "GET /servers/:id/roles", **ids)
        await walk.call(self.owner, "PATCH /servers/:id/roles/:rid", {"name": "Leader"}, rid=rid, **ids)
        of_friend: dict[str, Any] = {"uid": self.friend.id, "rid": rid, **ids}
        await walk.call(self.owner, "PUT /servers/:id/members/:uid/roles/:rid", **of_friend)
        body = {"role_id": rid, "allow": 16, "deny": 8}
        override = await walk.call(self.owner, "PUT /channels/:cid/overrides", body, cid=self.channel)
        await walk.call(self.friend, "GET /channels/:cid/overrides", cid=self.channel)
        await walk.call(self.owner, "DELETE /channels/:cid/overrides/:oid", cid=self.channel, oid=override["id"])
        await walk.call(self.owner, "DELETE /servers/:id/members/:uid/roles/:rid", **of_friend)
        await walk.call(self.owner, "DELETE /servers/:id/roles/:rid", rid=rid, **ids)

    async def voices(self) -> None:
        walk, cid = self.walk, self.voice
        await walk.call(self.owner, "GET /ice-servers")
        await walk.call(self.owner, "POST /channels/:cid/voice", cid=cid)
        await self.friend.expect(201, "POST", f"/api/channels/{cid}/voice")
        await walk.call(self.friend, "GET /channels/:cid/voice", cid=cid)
        await walk.call(self.owner, "PATCH /channels/:cid/voice", {"self_mute": True}, cid=cid)
        offer = {"to_user_id": self.friend.id, "type": "offer", "sdp": "v=0"}
        await self.ears.say("VOICE_SIGNAL", offer)
        await walk.call(self.owner, "POST /channels/:cid/go-live", {"quality": "720p"}, cid=cid)
        await walk.call(self.friend, "GET /channels/:cid/go-live", cid=cid)
        await walk.call(self.owner, "DELETE /channels/:cid/go-live", cid=cid)
        await self.friends_ears.wait_for_type("VOICE_SIGNAL")
        await walk.call(self.owner, "DELETE /channels/:cid/voice", cid=cid)

    async def reports(self) -> None:
        walk = self.walk
        ids: dict[str, Any] = {"id": self.server}
        category = {"category": "spam"}
        sent = await self.friend.send(self.channel, "rude words")
        made = await walk.call(self.owner, "POST /messages/:mid/report", category, mid=sent["id"])
        await walk.call(
            self.friend, "POST /users/:uid/report", {**category, "server_id": self.server}, uid=self.owner.id
        )
        asked = await walk.call(self.friend, "POST /servers/:id/report", category, **ids)
        await walk.call(self.owner, "GET /servers/:id/reports", **ids)
        await walk.call(self.owner, "GET /servers/:id/reports/:rid", rid=made["id"], **ids)
        await walk.call(self.owner, "PATCH /servers/:id/reports/:rid", {"state": "resolved"}, rid=made["id"], **ids)
        await walk.call(self.owner, "GET /users/@me/reports")
        admin = self.guest  # who decides about what concerns the owner
        await walk.call(admin, "GET /admin/reports")
        await walk.call(admin, "GET /admin/reports/:rid", rid=asked["id"])
        await walk.call(admin, "PATCH /admin/reports/:rid", {"state": "dismissed"}, rid=asked["id"])

    async def automod(self) -> None:
        walk = self.walk
        ids: dict[str, Any] = {"id": self.server}
        on = {"enabled": True, "word_filter_enabled": True}
        await walk.call(self.owner, "PATCH /servers/:id/automod", on, **ids)
        await walk.call(self.owner, "GET /servers/:id/automod", **ids)
        await walk.call(self.owner, "GET /servers/:id/retention-preview", query="?days=30", **ids)
        await walk.call(self.owner, "POST /servers/:id/automod/words", {"word": " Rascal "}, **ids)
        await walk.call(self.owner, "GET /servers/:id/automod/words", **ids)
        refused = await self.friend.post(f"/api/channels/{self.channel}/messages", {"content": "You rascals!"})
        assert refused.status == 403
        await walk.call(self.owner, "GET /servers/:id/automod/logs", **ids)
        await walk.call(self.owner, "DELETE /servers/:id/automod/words/:word", word="rascal", **ids)
        await self.owner.expect(200, "PATCH", f"/api/servers/{self.server}/automod", {"enabled": False})

    async def administration(self) -> None:
        walk, admin = self.walk, self.guest
        person = await Person.register(self.nobody, "passing")
        server = await person.expect(201, "POST", "/api/servers", {"name": "Passing"})
        await walk.call(admin, "GET /admin/stats")
        await walk.call(admin, "GET /admin/settings")
        await walk.call(admin, "PATCH /admin/settings", {"registration_mode": "open"})
        found = await walk.call(
            admin, "GET /admin/users", query=f"?page=1&per_page=20&sort_by=message_count&search={person.username}"
        )
        assert [each["id"] for each in found["users"]] == [person.id]
        found = await walk.call(admin, "GET /admin/servers", query="?per_page=20&search=passing")
        assert [each["id"] for each in found["servers"]] == [server["id"]]
        await walk.call(admin, "PATCH /admin/users/:uid", {"disabled": True}, uid=person.id)
        await walk.call(admin, "DELETE /admin/servers/:id", id=server["id"])
        await walk.call(admin, "DELETE /admin/users/:uid", uid=person.id)

    async def moderation(self) -> None:
        walk = self.walk
        ids: dict[str, Any] = {"id": self.server}
        invite = await walk.call(self.owner, "POST /servers/:id/invites", {"max_uses": 5}, **ids)
        await walk.call(self.owner, "GET /servers/:id/invites", **ids)
        await walk.call(self.guest, "GET /invites/:code", code=invite["code"])
        await walk.call(self.guest, "POST /invites/:code/accept", code=invite["code"])
        await walk.call(self.owner, "DELETE /servers/:id/invites/:iid", iid=invite["id"], **ids)
        of_guest: dict[str, Any] = {"uid": self.guest.id, **ids}
        await walk.call(
            self.owner, "POST /servers/:id/members/:uid/timeout", {"duration_minutes": 5, "reason": "rest"}, **of_guest
        )
        await walk.call(self.owner, "DELETE /servers/:id/members/:uid/timeout", **of_guest)
        await walk.call(self.owner, "POST /servers/:id/members/:uid/kick", {"reason": "lost"}, **of_guest)
        await self.guest.expect(201, "POST", f"/api/servers/{self.server}/join")
        await walk.call(self.owner, "POST /servers/:id/members/:uid/ban", {"reason": "again"}, **of_guest)
        await walk.call(self.owner, "GET /servers/:id/bans", **ids)
        await walk.call(self.owner, "DELETE /servers/:id/bans/:uid", **of_guest)
        await walk.call(self.owner, "GET /servers/:id/audit-logs", **ids)
        await self.friends_ears.say("TYPING_START", {"channel_id": self.channel})
        await self.ears.wait_for_type("TYPING_START")
        await self.friends_ears.say("PRESENCE_UPDATE", {"status": "away"})
        await self.ears.wait_for(lambda frame: frame.get("t") == "PRESENCE_UPDATE" and frame["d"]["status"] == "away")

    async def bots(self) -> None:
        walk = self.walk
        made = await walk.call(self.owner, "POST /bots", {"name": "Robot", "description": "Helps"})
        ids: dict[str, Any] = {"id": made["bot"]["id"]}
        await walk.call(self.owner, "GET /bots")
        await walk.call(self.owner, "GET /bots/:id", **ids)
        await walk.call(self.owner, "PATCH /bots/:id", {"name": "Helper"}, **ids)
        renewed = await walk.call(self.owner, "POST /bots/:id/token/regenerate", **ids)
        await walk.call(RobotOfWalk(self.owner.url, self.owner.http, renewed["token"]), "POST /bots/connect")
        await walk.call(self.owner, "GET /bots/:id/logs", **ids)
        await walk.call(self.owner, "DELETE /bots/:id", **ids)

    async def webhooks(self) -> None:
        walk = self.walk
        ids: dict[str, Any] = {"id": self.server}
        body = {"name": "Hook", "url": "http://127.0.0.1:1/hook", "event_types": ["message.created", "member.left"]}
        made = await walk.call(self.owner, "POST /servers/:id/webhooks", body, **ids)
        ids["wid"] = made["webhook"]["id"]
        await walk.call(self.owner, "PATCH /servers/:id/webhooks/:wid", {"enabled": False}, **ids)
        await walk.call(self.owner, "GET /servers/:id/webhooks", **ids)
        await walk.call(self.owner, "GET /servers/:id/webhooks/:wid", **ids)
        await walk.call(self.owner, "POST /servers/:id/webhooks/:wid/test", **ids)
        await walk.call(self.owner, "DELETE /servers/:id/webhooks/:wid", **ids)

    async def endings(self) -> None:
        walk = self.walk
        for path in ("/health", "/health/ready", "/health/live"):
            await walk.call(self.nobody, f"GET {path}")
        await walk.call(self.friend, "DELETE /servers/:id/leave", id=self.server)
        await walk.call(self.owner, "DELETE /servers/:id/channels/:cid", id=self.server, cid=self.channel)
        await self.ears.settle()
        await walk.call(self.owner, "DELETE /servers/:id", id=self.server)


def check_events(frames: list[dict[str, Any]]) -> None:
    """Every event of the contract came, and each has its shape."""
    came = {frame["t"] for frame in frames if frame["op"] == "DISPATCH"}
    missing = EVENTS.keys() - came
    assert not missing, f"did not come: {missing}"
    for frame in frames:
        if frame.get("t") in EVENTS:
            assert_shape(frame["d"], EVENTS[frame["t"]])
