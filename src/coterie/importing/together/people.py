"""Who is in a server and with which roles, who may not come, who may only read for a while, and the ways in."""

import re
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from coterie.database.connection import OneConnection, Row
from coterie.importing import texts
from coterie.importing.comparing import by_id
from coterie.importing.engine import Compared, Stage
from coterie.importing.source import Query, Table
from coterie.importing.together.structure import SERVERS, compare_pairs, known_roles, servers_there, tell
from coterie.importing.work import Work
from coterie.invites.models import ServerInvite
from coterie.log.append import Change, lock
from coterie.moderation.models import ServerBan
from coterie.servers.models import Member, Membership
from coterie.servers.queries import MEMBER

MEMBERS: Final = "server_members"
BANS: Final = "server_bans"
TIMEOUTS: Final = "automod_timeouts"
INVITES: Final = "server_invites"
CODE: Final = re.compile(r"[A-Za-z0-9]{8}")
REASON_LENGTH: Final = 512
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
    new = await _of_servers(work, MEMBERS, rows)
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
                work.change(MEMBERS, _pair(row), "without a role that is not one of the server", old)
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
        for member in await _members(work.connection, people)
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


async def _members(connection: OneConnection, people: list[tuple[UUID, UUID]]) -> list[Member]:
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


def bans(table: Table) -> Stage | None:
    if not table:
        return None
    server, user = table.id("server_id", SERVERS), table.id("user_id", "users")
    columns = (
        f"{server} AS server_id",
        f"{user} AS user_id",
        f"{table.id('banned_by', 'users')} AS banned_by",
        f"{table.text('reason')} AS reason",
        f"{table.moment('created_at')} AS created_at",
    )
    query = Query(columns, table.name, ((server, "uuid"), (user, "uuid")))
    return Stage(BANS, query, _store_bans, _compare_bans)


async def _store_bans(work: Work, rows: list[Row]) -> None:
    new = await _of_servers(work, BANS, rows)
    people = await work.accounts([row["banned_by"] for row in rows])
    made = {
        (server, user): ServerBan(
            user, server, people.get(row["banned_by"]), texts.cut(row["reason"], REASON_LENGTH), row["created_at"]
        )
        for row, server, user in new
    }
    rows_made = await work.connection.fetch(
        """
        INSERT INTO server_bans (server_id, user_id, banned_by, reason, created_at)
        SELECT server_id, user_id, banned_by, reason, created_at
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::timestamptz[])
            AS given (server_id, user_id, banned_by, reason, created_at)
        ON CONFLICT (server_id, user_id) DO NOTHING
        RETURNING server_id, user_id
        """,
        [each.server_id for each in made.values()],
        [each.user_id for each in made.values()],
        [each.banned_by for each in made.values()],
        [each.reason for each in made.values()],
        [each.created_at for each in made.values()],
    )
    await work.remember(BANS, {_pair(row): user for row, _, user in new})
    banned = [made[row["server_id"], row["user_id"]] for row in rows_made]
    await tell(work, [Change(each.server_id, f"bans/{each.user_id}", "BAN_CREATE", each) for each in banned])


async def _compare_bans(work: Work, rows: list[Row]) -> list[Compared]:
    return await compare_pairs(work, rows, _server_bans)


async def _server_bans(connection: OneConnection, servers: list[UUID], people: list[UUID]) -> list[Row]:
    return await connection.fetch(
        "SELECT server_id, user_id FROM server_bans WHERE server_id = ANY($1) AND user_id = ANY($2)", servers, people
    )


def timeouts(table: Table) -> Stage | None:
    if not table:
        return None
    server, user = table.id("server_id", SERVERS), table.id("user_id", "users")
    columns = (
        f"{server} AS server_id",
        f"{user} AS user_id",
        f"{table.moment('expires_at')} AS expires_at",
        f"{table.id('created_by', 'users')} AS created_by",
        f"{table.text('reason')} AS reason",
        f"{table.moment('created_at')} AS created_at",
    )
    query = Query(columns, table.name, ((server, "uuid"), (user, "uuid")))
    return Stage(TIMEOUTS, query, _store_timeouts, _compare_timeouts)


async def _store_timeouts(work: Work, rows: list[Row]) -> None:
    """They are there before the members are; one of somebody who is a member already is told."""
    now = datetime.now(UTC)
    new = [each for each in await _of_servers(work, TIMEOUTS, rows) if _lasts(work, each[0], now)]
    people = await work.accounts([row["created_by"] for row in rows])
    await lock(work.connection, {server for _, server, _ in new})
    await work.connection.execute(
        """
        INSERT INTO member_timeouts (server_id, user_id, expires_at, created_by, reason, created_at)
        SELECT server_id, user_id, expires_at, created_by, reason, created_at
        FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::uuid[], $5::text[], $6::timestamptz[])
            AS given (server_id, user_id, expires_at, created_by, reason, created_at)
        ON CONFLICT (server_id, user_id) DO NOTHING
        """,
        [server for _, server, _ in new],
        [user for _, _, user in new],
        [row["expires_at"] for row, _, _ in new],
        [people.get(row["created_by"]) for row, _, _ in new],
        [texts.cut(row["reason"], REASON_LENGTH) for row, _, _ in new],
        [row["created_at"] for row, _, _ in new],
    )
    await work.remember(TIMEOUTS, {_pair(row): user for row, _, user in new})
    members = await _members(work.connection, [(server, user) for _, server, user in new])
    await tell(work, [Change(each.server_id, f"members/{each.user_id}", "MEMBER_UPDATE", each) for each in members])


def _lasts(work: Work, row: Row, now: datetime) -> bool:
    if row["expires_at"] > now:
        return True
    work.leave(TIMEOUTS, _pair(row), "is over")
    return False


async def _compare_timeouts(work: Work, rows: list[Row]) -> list[Compared]:
    return await compare_pairs(work, rows, _member_timeouts)


async def _member_timeouts(connection: OneConnection, servers: list[UUID], people: list[UUID]) -> list[Row]:
    return await connection.fetch(
        "SELECT server_id, user_id FROM member_timeouts WHERE server_id = ANY($1) AND user_id = ANY($2)",
        servers,
        people,
    )


def invites(table: Table) -> Stage | None:
    if not table:
        return None
    created = table.moment("created_at")
    columns = (
        f"{table.id()} AS id",
        f"{table.id('server_id', SERVERS)} AS server_id",
        f"{table.text('code')} AS code",
        f"{table.id('created_by', 'users')} AS created_by",
        f"{table.value('max_uses')}::bigint AS max_uses",
        f"{table.value('uses', '0')}::bigint AS uses",
        f"{table.optional_moment('expires_at')} AS expires_at",
        f"{created} AS created_at",
    )
    query = Query(columns, table.name, ((created, "timestamptz"), (table.id(), "uuid")))
    return Stage(INVITES, query, _store_invites, by_id(INVITES, _invites_there))


async def _invites_there(connection: OneConnection, ids: list[UUID]) -> list[Row]:
    return await connection.fetch("SELECT id FROM server_invites WHERE id = ANY($1)", ids)


async def _store_invites(work: Work, rows: list[Row]) -> None:
    known = await work.known(INVITES, [row["id"] for row in rows])
    servers = await servers_there(work, [row["server_id"] for row in rows])
    people = await work.accounts([row["created_by"] for row in rows])
    codes = await work.connection.fetch(
        "SELECT code FROM server_invites WHERE code = ANY($1)", [row["code"] for row in rows]
    )
    taken = {row["code"] for row in codes}
    new = []
    for row in rows:
        if str(row["id"]) in known:
            continue
        if row["server_id"] not in servers:
            work.leave(INVITES, row["id"], "its server is not there")
        elif not CODE.fullmatch(row["code"] or "") or row["code"] in taken:
            work.leave(INVITES, row["id"], "its code is taken here, or none", row["code"])
        else:
            taken.add(row["code"])
            new.append(row)
    there = {row["id"] for row in await _invites_there(work.connection, [row["id"] for row in new])}
    ids = work.ids_for(INVITES, [row["id"] for row in new], there)
    made = [_invite(work, row, ids[row["id"]], servers[row["server_id"]], people) for row in new]
    await _insert_invites(work, made)
    await work.remember(INVITES, {str(old): id for old, id in ids.items()})
    await tell(work, [Change(each.server_id, f"invites/{each.id}", "INVITE_CREATE", each) for each in made])


def _invite(work: Work, row: Row, id: UUID, server_id: UUID, people: dict[UUID, UUID]) -> ServerInvite:
    """One that was used more often than it may be is used up."""
    uses, limit = max(row["uses"], 0), row["max_uses"]
    most = max(limit, 1) if limit is not None else None
    kept = uses if most is None else min(uses, most)
    if (kept, most) != (row["uses"], limit):
        work.change(INVITES, row["id"], "its uses made to fit", f"{row['uses']} of {limit}")
    author = people.get(row["created_by"])
    return ServerInvite(id, server_id, row["code"], author, most, kept, row["expires_at"], row["created_at"])


async def _insert_invites(work: Work, made: list[ServerInvite]) -> None:
    await work.connection.execute(
        """
        INSERT INTO server_invites (id, server_id, code, created_by, max_uses, uses, expires_at, created_at)
        SELECT id, server_id, code, created_by, max_uses, uses, expires_at, created_at
        FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::int[], $6::int[], $7::timestamptz[],
                    $8::timestamptz[])
            AS given (id, server_id, code, created_by, max_uses, uses, expires_at, created_at)
        """,
        [each.id for each in made],
        [each.server_id for each in made],
        [each.code for each in made],
        [each.created_by for each in made],
        [each.max_uses for each in made],
        [each.uses for each in made],
        [each.expires_at for each in made],
        [each.created_at for each in made],
    )


async def _of_servers(work: Work, kind: str, rows: list[Row]) -> list[tuple[Row, UUID, UUID]]:
    """The rows of pairs of server and account that were not brought before, with what both became."""
    known = await work.known(kind, [_pair(row) for row in rows])
    new = [row for row in rows if _pair(row) not in known]
    servers = await servers_there(work, [row["server_id"] for row in new])
    people = await work.accounts([row["user_id"] for row in new])
    found = []
    for row in new:
        if row["server_id"] not in servers:
            work.leave(kind, _pair(row), "its server is not there")
        elif row["user_id"] not in people:
            work.leave(kind, _pair(row), "there is no such account")
        else:
            found.append((row, servers[row["server_id"]], people[row["user_id"]]))
    return found


def _nickname(work: Work, row: Row) -> str | None:
    nickname = texts.title(texts.without_controls(row["nickname"]), NICKNAME_LENGTH)
    if (nickname or "") != (row["nickname"] or ""):
        work.change(MEMBERS, _pair(row), "its nickname made to fit", row["nickname"])
    if row["is_added"]:
        work.change(MEMBERS, _pair(row), "owned the server without being in it")
    return nickname


def _pair(row: Row) -> str:
    return f"{row['server_id']}/{row['user_id']}"
