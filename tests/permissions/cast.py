"""The cast of the tables: ten users with different permissions in one server, and what each call needs to be tried."""

import itertools
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import aiohttp

from coterie.accounts import actions as accounts
from coterie.database.connection import Database
from coterie.permissions.bits import Permission
from tests.people import Browser, Person
from tests.serving import Register

PICTURE: Final = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)
"""A PNG of one pixel."""

MODERATION: Final = int(
    Permission.MANAGE_MESSAGES
    | Permission.MUTE_MEMBERS
    | Permission.KICK_MEMBERS
    | Permission.BAN_MEMBERS
    | Permission.MANAGE_CHANNELS
    | Permission.MANAGE_ROLES
    | Permission.CREATE_INVITES
)

OWNER: Final = ("owner",)
ADMINS: Final = (*OWNER, "admin")
MODERATORS: Final = (*ADMINS, "moderator")
SPEAKERS: Final = (*MODERATORS, "member")
VIEWERS: Final = (*SPEAKERS, "timed_out")
MEMBERS: Final = (*VIEWERS, "denied")
STRANGERS: Final = ("outsider", "banned")
PEOPLE: Final = (*MEMBERS, *STRANGERS)
NOBODY: Final = ("disabled", "anonymous")
ROBOT: Final = "robot"
"""A bot of someone else's. It is answered as the outsider is, except where a row says otherwise."""

CAST: Final = (*PEOPLE, ROBOT, *NOBODY)


@dataclass
class Cast:
    """The users by name. `victim` is the target of their actions."""

    people: dict[str, Browser]
    victim: Person

    def __getitem__(self, name: str) -> Person:
        person = self.people[name]
        assert isinstance(person, Person)
        return person

    @classmethod
    async def gather(cls, register: Register, browser: Browser, database: Database) -> "Cast":
        await register("operator")  # the first of an instance is its administrator
        people: dict[str, Browser] = {name: await register(name) for name in (*PEOPLE, "disabled")}
        disabled, member = people["disabled"], people["member"]
        assert isinstance(disabled, Person)
        assert isinstance(member, Person)
        await accounts.disable(database, UUID(disabled.id))
        await database.execute(
            "UPDATE users SET email = username || '@example.org', email_verified_at = now() WHERE id = $1",
            UUID(member.id),
        )
        people[ROBOT] = await robot_of(await register("maker"))
        return cls({**people, "anonymous": browser}, await register("victim"))


@dataclass
class Club:
    """A server of the owner's with a channel and a voice channel, which all members but the denied can view.

    `ids` are for paths: the ids of the server, its channels, and one of everything in them.
    """

    cast: Cast
    ids: dict[str, str] = field(default_factory=dict)

    @classmethod
    async def found(cls, cast: Cast) -> "Club":
        club = cls(cast)
        body = {"name": "Club", "is_public": True}
        club.ids["server_id"] = (await club.made("POST", "/api/servers", body))["id"]
        club.ids["user_id"] = cast.victim.id
        server = f"/api/servers/{club.ids['server_id']}"
        for person in (*(cast[name] for name in (*MEMBERS[1:], "banned")), cast.victim):
            await person.expect(201, "POST", f"{server}/join")
        await club.owner.expect(204, "POST", f"{server}/members/{cast['banned'].id}/ban", {})
        await club.owner.expect(
            200, "POST", f"{server}/members/{cast['timed_out'].id}/timeout", {"duration_minutes": 9}
        )
        for name, bits, position in (("admin", int(Permission.ADMINISTRATOR), 20), ("moderator", MODERATION, 10)):
            role = await club.role(bits, position)
            await club.owner.expect(204, "PUT", f"{server}/members/{cast[name].id}/roles/{role['role_id']}")
        await club.fill()
        return club

    async def fill(self) -> None:
        self.ids.update(await self.channel())
        self.ids.update(await self.override())
        voice = await self.channel("voice")
        self.ids["voice_id"] = voice["channel_id"]
        makers = (
            self.role,
            self.message,
            self.poll,
            self.event,
            self.document,
            self.emoji,
            self.invite,
            self.webhook,
            self.bot,
        )
        for make in (*makers, self.report):
            self.ids.update(await make())
        path = f"/api/messages/{self.ids['message_id']}/attachments"
        found = await self.cast["member"].call("POST", path, data=form(files=PICTURE))
        self.ids["name"] = found.body[0]["url"].rpartition("/")[2]
        body = {"participant_ids": [self.cast["member"].id, self.cast.victim.id], "name": "Group"}
        self.ids["conversation_id"] = (await self.made("POST", "/api/conversations", body))["id"]
        await self.made("PATCH", "/api/servers/{server_id}/automod", {"word_filter_enabled": True})
        self.ids["word"] = "unheard"
        self.ids["token"] = "none"
        self.ids["passkey_id"] = self.ids["server_id"]
        icon = await self.owner.call("PUT", f"/api/servers/{self.ids['server_id']}/icon", data=form(image=PICTURE))
        self.ids["file_id"] = icon.body["icon_url"].rpartition("/")[2]

    @property
    def owner(self) -> Person:
        return self.cast["owner"]

    async def made(self, method: str, path: str, body: Any = None) -> Any:
        """Created by the owner; paths name what exists already."""
        answer = await self.owner.call(method, path.format(**self.ids), json=body)
        assert answer.status < 300, (path, answer.body)
        return answer.body

    async def document(self) -> dict[str, str]:
        """A document of the member's."""
        path = f"/api/channels/{self.ids['channel_id']}/documents"
        made = await self.cast["member"].expect(201, "POST", path, {"title": "Notes", "text": "one\n"})
        return {"document_id": made["id"], "beginning": f"0@{made['id'][-12:]}"}

    async def role(self, permissions: int = 0, position: int = 5) -> dict[str, str]:
        body = {"name": "role", "permissions": permissions, "position": position}
        return {"role_id": (await self.made("POST", "/api/servers/{server_id}/roles", body))["id"]}

    async def channel(self, kind: str = "text") -> dict[str, str]:
        """A channel that is closed to the denied."""
        body = {"name": "place", "type": kind}
        channel = (await self.made("POST", "/api/servers/{server_id}/channels", body))["id"]
        denial = {"user_id": self.cast["denied"].id, "allow": 0, "deny": 1}
        await self.made("PUT", f"/api/channels/{channel}/overrides", denial)
        return {"channel_id": channel}

    async def override(self) -> dict[str, str]:
        """For the victim."""
        body = {"user_id": self.cast.victim.id, "allow": 0, "deny": 16}
        return {"override_id": (await self.made("PUT", "/api/channels/{channel_id}/overrides", body))["id"]}

    async def bot(self) -> dict[str, str]:
        """A bot of the owner's."""
        return {"bot_id": (await self.made("POST", "/api/bots", {"name": "robot"}))["bot"]["id"]}

    async def webhook(self) -> dict[str, str]:
        """To an address to which nothing is sent."""
        body = {"name": "hook", "url": "http://127.0.0.1:1/", "event_types": ["member.left"]}
        made = await self.made("POST", "/api/servers/{server_id}/webhooks", body)
        return {"webhook_id": made["webhook"]["id"]}

    async def message(self) -> dict[str, str]:
        """A message of the member's."""
        sent = await self.cast["member"].send(self.ids["channel_id"], "hello")
        return {"message_id": sent["id"]}

    async def poll(self) -> dict[str, str]:
        """A poll of the member's."""
        path, body = f"/api/channels/{self.ids['channel_id']}/polls", {"question": "Tea?", "options": ["yes", "no"]}
        made = await self.cast["member"].expect(201, "POST", path, body)
        return {"poll_id": made["id"], "option_id": made["poll"]["options"][0]["id"]}

    async def event(self) -> dict[str, str]:
        """An event of the member's."""
        path, body = (
            f"/api/channels/{self.ids['channel_id']}/events",
            {"name": "Tea", "starts_at": "2031-01-01T00:00:00Z"},
        )
        return {"event_id": (await self.cast["member"].expect(201, "POST", path, body))["id"], "answer": "coming"}

    async def report(self) -> dict[str, str]:
        """The victim's report of the member's message."""
        path = f"/api/messages/{self.ids['message_id']}/report"
        made = await self.cast.victim.expect(201, "POST", path, {"category": "spam"})
        return {"report_id": made["id"]}

    async def emoji(self) -> dict[str, str]:
        path = f"/api/servers/{self.ids['server_id']}/emojis"
        name = f"e{next(numbers)}"
        answer = await self.owner.call("POST", path, data=form(name=name, image=PICTURE))
        assert answer.status == 201, answer.body
        return {"emoji_id": answer.body["id"], "emoji": "x"}

    async def invite(self) -> dict[str, str]:
        invite = await self.made("POST", "/api/servers/{server_id}/invites", {})
        return {"invite_id": invite["id"], "code": invite["code"]}

    async def rejoined(self) -> dict[str, str]:
        """The victim is a member."""
        await self.made("DELETE", "/api/servers/{server_id}/bans/{user_id}")
        answer = await self.cast.victim.post(f"/api/servers/{self.ids['server_id']}/join")
        assert answer.status in (201, 409), answer.body
        return {}

    async def cleared(self) -> dict[str, str]:
        """The victim is banned, and their messages are removed."""
        await self.rejoined()
        await self.made("POST", "/api/servers/{server_id}/members/{user_id}/ban", {"delete_message_hours": 1})
        return {}


async def robot_of(maker: Person) -> Person:
    """A new bot of the maker's, with an access token."""
    made = await maker.expect(201, "POST", "/api/bots", {"name": "Robot"})
    headers = {"Authorization": f"Bot {made['token']}"}
    answer = await Browser(maker.url, maker.http).call("POST", "/api/bots/connect", headers=headers)
    user = {"id": made["bot"]["user_id"], "username": made["bot"]["username"]}
    return Person(Browser(maker.url, maker.http), {**answer.body, "user": user})


def form(**fields: bytes | str) -> aiohttp.FormData:
    """Files and texts as a browser sends them."""
    data = aiohttp.FormData()
    for name, value in fields.items():
        if isinstance(value, bytes):
            data.add_field(name, value, filename="picture.png", content_type="image/png")
        else:
            data.add_field(name, value)
    return data


numbers: Final = itertools.count()
