"""Fills a development instance with the demo community.

It uses the same actions as all other requests.
"""

from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from typing import Final
from uuid import UUID

from coterie.accounts import demo_queries
from coterie.accounts import queries as accounts
from coterie.accounts.actions import Accounts
from coterie.channels import actions as channels
from coterie.channels import queries as channel_queries
from coterie.channels.models import ChannelCreation
from coterie.database.connection import Connection
from coterie.demo.transcript import Line, lines
from coterie.documents import actions as documents
from coterie.documents import queries as document_queries
from coterie.documents.models import DocumentChange, DocumentCreation
from coterie.identifiers import new_id
from coterie.messages import actions as messages
from coterie.messages.changing.request import MessagePlace
from coterie.messages.models import Draft
from coterie.messages.sending.attempt import Sending
from coterie.permissions.bits import Permission
from coterie.permissions.cache import PermissionCache
from coterie.permissions.context import ActionContext
from coterie.permissions.models import RoleCreation
from coterie.registration.actions import create_user
from coterie.roles import actions as roles
from coterie.roles import queries as role_queries
from coterie.servers import actions as servers
from coterie.servers import queries as server_queries
from coterie.servers.models import ServerCreation
from coterie.usage.counting import Usage

SERVER: Final = "Gaming Squad"
PASSWORD: Final = "password123"  # noqa: S105  (published on purpose, and only for this machine)
PEOPLE: Final = ("alice", "bob", "charlie", "diana", "eve")
MODERATION: Final = (
    Permission.MANAGE_MESSAGES
    | Permission.MUTE_MEMBERS
    | Permission.KICK_MEMBERS
    | Permission.BAN_MEMBERS
    | Permission.CREATE_INVITES
)
CHANNELS: Final = (
    ChannelCreation("announcements", "text", "What everybody should know", "Information"),
    ChannelCreation("general", "text", "Anything and everything", "Talk"),
    ChannelCreation("strategy", "text", "Plans for Friday", "Talk"),
    ChannelCreation("random", "text", "Cats, clips and coffee", "Talk"),
    ChannelCreation("Lobby", "voice", None, "Voice"),
    ChannelCreation("Game night", "voice", None, "Voice"),
    ChannelCreation("Quiet corner", "voice", None, "Voice"),
)

PLAN: Final = "Plan for Friday"
"""The title of a pinned document in #strategy: plan.md."""

ROLES: Final = {
    RoleCreation("Admin", int(Permission.ADMINISTRATOR), "#e5484d", 3): ("alice",),
    RoleCreation("Moderator", int(MODERATION), "#3e63dd", 2): ("bob", "diana"),
    RoleCreation("Member", 0, "#30a46c", 1): PEOPLE,
}
"""Each role with its members."""


@dataclass(frozen=True)
class Seeded:
    """How much was new."""

    people: int
    messages: int


async def seed(everyone: Accounts, now: datetime) -> Seeded:
    """Create what is missing of the demo community."""
    database = everyone.database
    context = ActionContext(database, PermissionCache())
    before = await _count(database)
    people = await _people(everyone)
    server_id = await _server(context, people)
    places = await _channels(context, server_id, people["alice"])
    await _roles(context, server_id, people)
    await _messages(context, lines(now), places, people)
    await _plan(context, places["strategy"], people["bob"])
    after = await _count(database)
    return Seeded(after.people - before.people, after.messages - before.messages)


async def _count(connection: Connection) -> Seeded:
    row = await connection.fetchrow(
        "SELECT (SELECT count(*) FROM users) AS people, (SELECT count(*) FROM messages) AS messages"
    )
    assert row is not None, "it is an aggregate"
    return Seeded(row["people"], row["messages"])


async def _people(everyone: Accounts) -> dict[str, UUID]:
    found = {name: await accounts.find_by_username(everyone.database, name) for name in PEOPLE}
    return {name: found[name] or await _person(everyone, name) for name in PEOPLE}


async def _person(everyone: Accounts, name: str) -> UUID:
    password_hash = await everyone.passwords.hash(PASSWORD)
    async with everyone.database.acquire() as connection, connection.transaction():
        is_admin = await accounts.become_first(connection)
        email = f"{name}@example.org"
        user = await create_user(connection, name, email, password_hash, is_admin=is_admin)
        await demo_queries.mark_demo(connection, user.id)
        return user.id


async def _server(context: ActionContext, people: dict[str, UUID]) -> UUID:
    database = context.database
    owned = await server_queries.servers_of(database, people["alice"])
    found = next((each.id for each in owned if (each.name, each.owner_id) == (SERVER, people["alice"])), None)
    server_id = found or (await servers.create(database, people["alice"], ServerCreation(SERVER, is_public=True))).id
    for user_id in people.values():
        if not await server_queries.is_member(database, server_id, user_id):
            await servers.join(context, server_id, user_id)
    return server_id


async def _channels(context: ActionContext, server_id: UUID, owner_id: UUID) -> dict[str, UUID]:
    places = {each.name: each.id for each in await channel_queries.channels(context.database, server_id)}
    for creation in CHANNELS:
        if creation.name not in places:
            places[creation.name] = (await channels.create(context, server_id, owner_id, creation)).id
    return places


async def _roles(context: ActionContext, server_id: UUID, people: dict[str, UUID]) -> None:
    owner_id = people["alice"]
    known = {role.name: role for role in await role_queries.roles(context.database, server_id)}
    for creation, names in ROLES.items():
        role = known.get(creation.name) or await roles.create_role(context, server_id, owner_id, creation)
        for name in names:
            await roles.give_role(context, server_id, role.id, owner_id, people[name])


async def _messages(
    context: ActionContext, spoken: list[Line], places: dict[str, UUID], people: dict[str, UUID]
) -> None:
    gate = messages.Messages(context.database, context.permissions, Usage(context.database))
    known: dict[int, UUID] = {}
    for line in spoken:
        stored = await messages.create(gate, Sending(_draft(line, places, people, known)))
        known[line.number] = stored.id
        for emoji, name in line.reactions:
            await messages.react(gate, MessagePlace(stored.channel_id, stored.id), people[name], emoji)
    await gate.close()


def _draft(line: Line, places: dict[str, UUID], people: dict[str, UUID], known: dict[int, UUID]) -> Draft:
    return Draft(
        id=new_id(),
        channel_id=places[line.channel],
        author_id=people[line.author],
        nonce=f"demo-{line.number}",
        content=line.text,
        type="text",
        type_details=None,
        reply_to=None if line.answers is None else known[line.answers],
        created_at=line.said_at,
    )


async def _plan(context: ActionContext, channel_id: UUID, user_id: UUID) -> None:
    if any(each.title == PLAN for each in await document_queries.documents_in(context.database, [channel_id])):
        return
    text = resources.files("coterie.demo").joinpath("plan.md").read_text("utf-8")
    work = documents.Documents(context, Usage(context.database), len(text))
    made = await documents.create(work, channel_id, user_id, DocumentCreation(PLAN, text))
    await documents.edit(context, made.id, user_id, DocumentChange(is_pinned=True))
