"""Requests of reports."""

from typing import Any

from coterie.database.pool import OwnConnection
from tests.people import Answer, Person
from tests.roles.ranks import Ranks


async def report(person: Person, message: dict[str, Any], category: str = "spam", **fields: Any) -> dict[str, Any]:
    """Report a message."""
    path, body = f"/api/messages/{message['id']}/report", {"category": category, **fields}
    made: dict[str, Any] = await person.expect(201, "POST", path, body)
    return made


async def report_user(person: Person, user: Person, server: str, **fields: Any) -> Answer:
    body = {"category": "harassment", "server_id": server, **fields}
    return await person.post(f"/api/users/{user.id}/report", body)


def queue(ranks: Ranks, report: dict[str, Any] | None = None) -> str:
    """The path of the server's queue, or of one report in it."""
    return f"/api/servers/{ranks.server}/reports" + (f"/{report['id']}" if report else "")


async def listed(person: Person, path: str) -> list[str]:
    """The ids of the reports in a queue."""
    return [each["id"] for each in await person.expect(200, "GET", path)]


async def own(person: Person) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await person.expect(200, "GET", "/api/users/@me/reports")
    return found


async def promote(rows: OwnConnection, person: Person) -> None:
    """Make a user an administrator of the instance."""
    await rows.execute("UPDATE users SET is_admin = TRUE WHERE id = $1", person.id)
