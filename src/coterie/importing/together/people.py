"""Who is in a server, and with which roles."""

from typing import Final
from uuid import UUID

from coterie.database.connection import OneConnection, Row
from coterie.importing import texts
from coterie.importing.engine import Compared, Stage
from coterie.importing.source import Query, Table
from coterie.importing.together.structure import SERVERS, compare_pairs, known_roles, servers_there, tell
from coterie.importing.work import Work
from coterie.log.append import Change, lock
from coterie.servers.models import Member, Membership
from coterie.servers.queries import MEMBER

MEMBERS: Final = "server_members"
NICKNAME_LENGTH: Final = 32


def members(table: Table, servers: Table, held: Table) -> Stage | None:
    """Members with their roles; an owner who was no member is one from now on."""
    if not table or not servers:
        return None
    roles = "ARRAY[]::uuid[]"
    if held:
        roles = (
            f"ARRAY(SELECT {held.id('role_id', 'roles')} FROM {held.name} WHERE {held.value('user_id')} = "
            f"{table.value('user_id')} AND {held.value('server_id')} = {table.value('server_id')})"
        )
    owners = (
        f"SELECT {servers.id('id')}, {servers.id('owner_id', 'users')}, NULL, {servers.moment('created_at')}, "
        f"ARRAY[]::uuid[], TRUE FROM {servers.name} WHERE NOT EXISTS (SELECT FROM {table.name} WHERE "
        f"{table.value('server_id')} = {servers.value('id')} "
        f"AND {table.value('user_id')} = {servers.value('owner_id')})"
    )
    people = (
        f"(SELECT {table.id('server_id', SERVERS)}, {table.id('user_id', 'users')}, {table.text('nickname')}, "
        f"{table.moment('joined_at')}, {roles}, FALSE FROM {table.name} UNION ALL {owners}) "
        "AS people (server_id, user_id, nickname, joined_at, role_ids, is_added)"
    )
    columns = ("server_id", "user_id", "nickname", "joined_at", "role_ids", "is_added")
    query = Query(columns, people, (("server_id", "uuid"), ("user_id", "uuid")))
    return Stage(MEMBERS, query, _store_members, _compare_members)


async def _store_members(work: Work, rows: list[Row]) -> None:
    new = await of_servers(work, MEMBERS, rows)
    people = {(server, user): row for row, server, user in new}
    servers = [server for server, _ in people]
    users = [user for _, user in people]
    await lock(work.connection, {*servers, *users})
    await work.connection.execute(
        """
        WITH joined AS (
            INSERT INTO server_members (server_id, user_id, nickname, joined_at)
            SELECT server_id, user_id, nickname, joined_at
            FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[])
                AS given (server_id, user_id, nickname, joined_at)
            ON CONFLICT (server_id, user_id) DO NOTHING
            RETURNING server_id
        ), counted AS (
            SELECT server_id, count(*) AS count FROM joined GROUP BY server_id
        )
        UPDATE servers SET member_count = member_count + counted.count FROM counted
        WHERE servers.id = counted.server_id AND servers.id = ANY($1)
        """,
        servers,
        users,
        [_nickname(work, row) for row in people.values()],
        [row["joined_at"] for row in people.values()],
    )
    await _give_roles(work, people)
    await work.remember(MEMBERS, {f"{row['server_id']}/{row['user_id']}": user for row, _, user in new})
    await tell(work, await _joined(work, list(people)))


async def _give_roles(work: Work, people: dict[tuple[UUID, UUID], Row]) -> None:
    roles = await known_roles(work, [role for row in people.values() for role in row["role_ids"]])
    given = []
    for (server, user), row in people.items():
        for old in row["role_ids"]:
            id, home = roles.get(old, (None, None))
            if id is not None and home == server:
                given.append((server, user, id))
            else:
                work.change(MEMBERS, pair_id(row), "without a role that is not one of the server", old)
    await work.connection.execute(
        """
        INSERT INTO member_roles (server_id, user_id, role_id)
        SELECT server_id, user_id, role_id FROM unnest($1::uuid[], $2::uuid[], $3::uuid[])
            AS given (server_id, user_id, role_id)
        ON CONFLICT (server_id, user_id, role_id) DO NOTHING
        """,
        [server for server, _, _ in given],
        [user for _, user, _ in given],
        [role for _, _, role in given],
    )


async def _joined(work: Work, people: list[tuple[UUID, UUID]]) -> list[Change]:
    return [
        change
        for member in await members_as_told(work.connection, people)
        for change in (
            Change(member.server_id, f"members/{member.user_id}", "MEMBER_JOIN", member),
            Change(
                member.user_id,
                f"servers/{member.server_id}",
                "SERVER_CREATE",
                Membership(member.server_id, member.joined_at),
            ),
        )
    ]


async def members_as_told(connection: OneConnection, people: list[tuple[UUID, UUID]]) -> list[Member]:
    """These members as the log tells of them."""
    rows = await connection.fetch(
        f"""
        SELECT {MEMBER} FROM unnest($1::uuid[], $2::uuid[]) AS given (server_id, user_id)
        JOIN server_members ON server_members.server_id = given.server_id AND server_members.user_id = given.user_id
        JOIN users ON users.id = given.user_id
        WHERE server_members.server_id = ANY($1) AND users.id = ANY($2)
        """,
        [server for server, _ in people],
        [user for _, user in people],
    )
    return [Member(**row) for row in rows]


async def _compare_members(work: Work, rows: list[Row]) -> list[Compared]:
    return await compare_pairs(work, rows, _server_members)


async def _server_members(connection: OneConnection, servers: list[UUID], people: list[UUID]) -> list[Row]:
    return await connection.fetch(
        "SELECT server_id, user_id FROM server_members WHERE server_id = ANY($1) AND user_id = ANY($2)", servers, people
    )


async def of_servers(work: Work, kind: str, rows: list[Row]) -> list[tuple[Row, UUID, UUID]]:
    """The rows of pairs of server and account that were not brought before, with what both became."""
    known = await work.known(kind, [pair_id(row) for row in rows])
    new = [row for row in rows if pair_id(row) not in known]
    servers = await servers_there(work, [row["server_id"] for row in new])
    people = await work.accounts([row["user_id"] for row in new])
    found = []
    for row in new:
        if row["server_id"] not in servers:
            work.leave(kind, pair_id(row), "its server is not there")
        elif row["user_id"] not in people:
            work.leave(kind, pair_id(row), "there is no such account")
        else:
            found.append((row, servers[row["server_id"]], people[row["user_id"]]))
    return found


def _nickname(work: Work, row: Row) -> str | None:
    nickname = texts.title(texts.without_controls(row["nickname"]), NICKNAME_LENGTH)
    if (nickname or "") != (row["nickname"] or ""):
        work.change(MEMBERS, pair_id(row), "its nickname made to fit", row["nickname"])
    if row["is_added"]:
        work.change(MEMBERS, pair_id(row), "owned the server without being in it")
    return nickname


def pair_id(row: Row) -> str:
    """How a row of a server and an account is named in notes."""
    return f"{row['server_id']}/{row['user_id']}"
