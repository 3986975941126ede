"""The members of servers, with their roles."""

from collections.abc import Mapping
from operator import attrgetter
from typing import Final
from uuid import UUID

from msgspec import Struct

from coterie.database.connection import Row
from coterie.importing import texts
from coterie.importing.mappings import ACCOUNT, Reference, SourceRow, Stage, TableMapping
from coterie.importing.tables import Query, Table
from coterie.importing.together.servers import ROLES, SERVER, SERVERS, find_roles
from coterie.importing.work import ImportWork
from coterie.log.append import Change, lock
from coterie.roles import queries as roles
from coterie.roles.queries import HeldRole
from coterie.servers import queries
from coterie.servers.models import Membership
from coterie.servers.queries import NewMember

MEMBERS: Final = "server_members"
NICKNAME_LENGTH: Final = 32

PAIR: Final = ("server_id", "user_id")
IN_SERVER: Final[Mapping[str, Reference]] = {"server_id": SERVER, "user_id": ACCOUNT}


class ImportedMember(Struct, frozen=True):
    """A member as created here, with their roles."""

    new: NewMember
    role_ids: list[UUID]


def members(table: Table, servers: Table, held: Table) -> Stage | None:
    """Members with their roles; an owner who was not a member becomes one."""
    if not table or not servers:
        return None
    roles = "ARRAY[]::uuid[]"
    if held:
        roles = (
            f"ARRAY(SELECT {held.id('role_id', ROLES)} FROM {held.name} WHERE {held.value('user_id')} = "
            f"{table.value('user_id')} AND {held.value('server_id')} = {table.value('server_id')})"
        )
    owners = (
        f"SELECT {servers.id('id')}, {servers.id('owner_id', 'users')}, NULL, {servers.moment('created_at')}, "
        f"ARRAY[]::uuid[], TRUE FROM {servers.name} WHERE NOT EXISTS (SELECT FROM {table.name} WHERE "
        f"{table.value('server_id')} = {servers.value('id')} "
        f"AND {table.value('user_id')} = {servers.value('owner_id')})"
    )
    columns = ("server_id", "user_id", "nickname", "joined_at", "role_ids", "is_added")
    people = (
        f"(SELECT {table.id('server_id', SERVERS)}, {table.id('user_id', 'users')}, {table.text('nickname')}, "
        f"{table.moment('joined_at')}, {roles}, FALSE FROM {table.name} UNION ALL {owners}) "
        f"AS people ({', '.join(columns)})"
    )
    return Stage(_MEMBERS, Query(columns, people, (("server_id", "uuid"), ("user_id", "uuid"))))


async def _make(work: ImportWork, rows: list[SourceRow]) -> list[ImportedMember | None]:
    known = await work.found(ROLES, [role for each in rows for role in each["role_ids"]], find_roles)
    return [_member(each, known) for each in rows]


def _member(row: SourceRow, known: dict[UUID, Row]) -> ImportedMember:
    nickname = texts.title(texts.without_controls(row["nickname"]), NICKNAME_LENGTH)
    if (nickname or "") != (row["nickname"] or ""):
        row.change("its nickname adapted", row["nickname"])
    if row["is_added"]:
        row.change("owned the server without being a member")
    roles = []
    for old in row["role_ids"]:
        if old in known and known[old]["server_id"] == row.here["server_id"]:
            roles.append(known[old]["id"])
        else:
            row.change("without a role that does not belong to the server", old)
    return ImportedMember(row.become(NewMember, nickname=nickname), roles)


async def _store(work: ImportWork, made: list[ImportedMember]) -> list[Change]:
    """If two accounts are one here, the later one is the member."""
    members = {(each.new.server_id, each.new.user_id): each for each in made}
    await lock(work.connection, {id for pair in members for id in pair})
    await queries.insert_members(work.connection, [each.new for each in members.values()])
    held = [HeldRole(*pair, role) for pair, each in members.items() for role in each.role_ids]
    await roles.give_roles(work.connection, held)
    changes: list[Change] = []
    for each in await queries.members_among(work.connection, list(members)):
        own = Membership(each.server_id, each.joined_at)
        changes.append(Change(each.server_id, f"members/{each.user_id}", "MEMBER_JOIN", each))
        changes.append(Change(each.user_id, f"servers/{each.server_id}", "SERVER_CREATE", own))
    return changes


_MEMBERS: Final = TableMapping[ImportedMember](
    MEMBERS,
    refers=IN_SERVER,
    make=_make,
    store=_store,
    find=lambda here, servers, people: here.fetch(
        "SELECT server_id, user_id FROM server_members WHERE server_id = ANY($1) AND user_id = ANY($2)",
        servers,
        people,
    ),
    ids=PAIR,
    became=attrgetter("new.user_id"),
)
