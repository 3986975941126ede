"""A server with ranks: below the owner an admin, a moderator and a member, each outranked by the one before."""

from dataclasses import dataclass, field
from typing import Any

from coterie.database.pool import OwnConnection
from coterie.permissions.bits import Permission
from tests.people import Community, Person
from tests.serving import Register

MODERATION = int(
    Permission.MANAGE_ROLES
    | Permission.MANAGE_CHANNELS
    | Permission.MANAGE_MESSAGES
    | Permission.MUTE_MEMBERS
    | Permission.KICK_MEMBERS
    | Permission.BAN_MEMBERS
)


@dataclass
class Ranks:
    """`roles` by name: admin (position 20), moderator (10), helper (5, which nobody has)."""

    community: Community
    admin: Person
    moderator: Person
    roles: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def server(self) -> str:
        return self.community.server

    @property
    def channel(self) -> str:
        return self.community.channel

    @property
    def owner(self) -> Person:
        return self.community.owner

    @property
    def member(self) -> Person:
        return self.community.member

    @property
    def path(self) -> str:
        return f"/api/servers/{self.server}/roles"

    def one(self, role: dict[str, Any]) -> str:
        return f"{self.path}/{role['id']}"

    def held(self, person: Person, role: dict[str, Any]) -> str:
        return f"/api/servers/{self.server}/members/{person.id}/roles/{role['id']}"

    @property
    def overrides(self) -> str:
        return f"/api/channels/{self.channel}/overrides"

    async def role(self, name: str, permissions: int = 0, position: int = 1, *people: Person) -> dict[str, Any]:
        """Created by the owner, and given to these users."""
        body = {"name": name, "permissions": permissions, "position": position}
        role: dict[str, Any] = await self.owner.expect(201, "POST", self.path, body)
        for person in people:
            await self.owner.expect(204, "PUT", self.held(person, role))
        return role

    async def override(self, allow: int = 0, deny: int = 0, **target: str) -> dict[str, Any]:
        """Set by the owner in the community's channel."""
        body = {"allow": allow, "deny": deny, **target}
        override: dict[str, Any] = await self.owner.expect(200, "PUT", self.overrides, body)
        return override

    async def reread(self, rows: OwnConnection) -> None:
        """Make writes past the log known: the process forgets the server, and reads everything again."""
        await self.owner.expect(200, "PATCH", f"/api/servers/{self.server}", {"name": "moved"})
        await rows.execute("UPDATE topics SET floor = position WHERE id = $1", self.server)

    async def can(self, person: Person) -> int:
        """A user's permissions in the community's channel; none if they cannot view it."""
        answer = await person.get(f"/api/channels/{self.channel}/permissions")
        return int(answer.body["permissions"]) if answer.status == 200 else 0


async def rank(community: Community, register: Register) -> Ranks:
    """Make an admin, a moderator and a role below them."""
    admin, moderator = await register("admin"), await register("moderator")
    ranks = Ranks(community, admin, moderator)
    for person in (admin, moderator):
        await person.expect(201, "POST", f"/api/servers/{community.server}/join")
    ranks.roles["admin"] = await ranks.role("Admin", int(Permission.ADMINISTRATOR), 20, admin)
    ranks.roles["moderator"] = await ranks.role("Moderator", MODERATION, 10, moderator)
    ranks.roles["helper"] = await ranks.role("Helper", int(Permission.MUTE_MEMBERS), 5)
    return ranks
