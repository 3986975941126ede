"""Requests of moderation, and what a server shows about its members."""

from typing import Any

from tests.people import Answer, Person
from tests.roles.ranks import Ranks


def member_path(ranks: Ranks, person: Person, operation: str) -> str:
    return f"/api/servers/{ranks.server}/members/{person.id}/{operation}"


def bans_path(ranks: Ranks, person: Person | None = None) -> str:
    return f"/api/servers/{ranks.server}/bans" + (f"/{person.id}" if person else "")


async def against(actor: Person, ranks: Ranks, person: Person, operation: str, body: Any = None) -> Answer:
    return await actor.post(member_path(ranks, person, operation), body)


async def is_in(ranks: Ranks, person: Person) -> bool:
    members = await ranks.owner.expect(200, "GET", f"/api/servers/{ranks.server}/members")
    return person.id in [member["user_id"] for member in members]


async def audited(ranks: Ranks) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await ranks.owner.expect(200, "GET", f"/api/servers/{ranks.server}/audit-logs")
    return found
