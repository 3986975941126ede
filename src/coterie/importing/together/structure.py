"""Servers with their roles and channels.

Nobody is in a server before its roles, channels and overrides are there, so nothing is open for a moment that is not
meant to be.
"""

import re
from collections.abc import Awaitable, Callable, Iterable
from typing import Final
from uuid import UUID

from coterie.channels import queries as channel_queries
from coterie.channels.models import Channel
from coterie.database.connection import OneConnection, Row
from coterie.importing import texts
from coterie.importing.comparing import by_id
from coterie.importing.engine import Compared, Stage
from coterie.importing.source import Query, Table
from coterie.importing.work import Work
from coterie.log.append import Change, append
from coterie.permissions.bits import EVERY
from coterie.permissions.models import Role
from coterie.servers.models import Server

SERVERS: Final = "servers"
ROLES: Final = "roles"
CHANNELS: Final = "channels"
COLOR: Final = re.compile(r"[#A-Za-z0-9 ,.()%_-]{1,32}")
POSITION_LIMIT: Final = 1_000_000


def servers(table: Table) -> Stage | None:
    if not table:
        return None
    created = table.moment("created_at")
    columns = (
        f"{table.id()} AS id",
        f"{table.text('name')} AS name",
        f"{table.id('owner_id', 'users')} AS owner_id",
        f"{table.text('icon_url')} AS icon_url",
        f"{table.value('is_public', 'FALSE')} AS is_public",
        f"{table.value('require_invite', 'FALSE')} AS require_invite",
        f"{created} AS created_at",
        f"{table.moment('updated_at')} AS updated_at",
    )
    query = Query(columns, table.name, ((created, "timestamptz"), (table.id(), "uuid")))
    return Stage(SERVERS, query, _store_servers, by_id(SERVERS, _servers_there))


async def _store_servers(work: Work, rows: list[Row]) -> None:
    known = await work.known(SERVERS, [row["id"] for row in rows])
    owners = await work.accounts([row["owner_id"] for row in rows])
    new = []
    for row in rows:
        if str(row["id"]) in known:
            continue
        if row["owner_id"] in owners:
            new.append(row)
        else:
            work.leave(SERVERS, row["id"], "its owner's account is not there")
    ids = await work.topics_for(SERVERS, [row["id"] for row in new])
    made = [_server(work, row, ids[row["id"]], owners[row["owner_id"]]) for row in new]
    await work.connection.execute(
        """
        WITH given AS (
            SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::bool[], $6::bool[],
                                 $7::timestamptz[], $8::timestamptz[], $9::bigint[])
                AS given (id, name, owner_id, icon_url, is_public, require_invite, created_at, updated_at, permissions)
        ), opened AS (INSERT INTO topics (id, kind) SELECT id, 'server' FROM given)
        INSERT INTO servers (
            id, name, owner_id, icon_url, is_public, require_invite, created_at, updated_at, default_permissions)
        SELECT id, name, owner_id, icon_url, is_public, require_invite, created_at, updated_at, permissions FROM given
        """,
        [each.id for each in made],
        [each.name for each in made],
        [each.owner_id for each in made],
        [each.icon_url for each in made],
        [each.is_public for each in made],
        [each.require_invite for each in made],
        [each.created_at for each in made],
        [each.updated_at for each in made],
        [each.default_permissions for each in made],
    )
    await work.remember(SERVERS, {str(old): id for old, id in ids.items()})


def _server(work: Work, row: Row, id: UUID, owner_id: UUID) -> Server:
    """The set of permissions that every member had there, 123, is every server's default here."""
    name, icon = texts.title(row["name"], 100) or "Server", row["icon_url"] or None
    if name != row["name"]:
        work.change(SERVERS, row["id"], "its name made to fit", row["name"])
    if icon and not texts.is_address(icon):
        work.change(SERVERS, row["id"], "without its picture, whose address is none", icon)
        icon = None
    return Server(
        id, name, owner_id, icon, row["is_public"], row["require_invite"], row["created_at"], row["updated_at"]
    )


async def servers_there(work: Work, old_ids: Iterable[UUID | None]) -> dict[UUID, UUID]:
    """The servers that these became, of those that there are."""
    known = await work.known(SERVERS, old_ids)
    there = {row["id"] for row in await _servers_there(work.connection, list(known.values()))}
    return {UUID(old): new for old, new in known.items() if new in there}


async def _servers_there(connection: OneConnection, ids: list[UUID]) -> list[Row]:
    return await connection.fetch("SELECT id FROM servers WHERE id = ANY($1)", ids)


def roles(table: Table) -> Stage | None:
    if not table:
        return None
    created = table.moment("created_at")
    columns = (
        f"{table.id()} AS id",
        f"{table.id('server_id', SERVERS)} AS server_id",
        f"{table.text('name')} AS name",
        f"{table.value('permissions', '0')}::bigint AS permissions",
        f"{table.text('color')} AS color",
        f"{table.value('position', '0')}::bigint AS position",
        f"{created} AS created_at",
    )
    query = Query(columns, table.name, ((created, "timestamptz"), (table.id(), "uuid")))
    return Stage(ROLES, query, _store_roles, by_id(ROLES, roles_there))


async def roles_there(connection: OneConnection, ids: list[UUID]) -> list[Row]:
    """Of these roles those that there are, with their servers."""
    return await connection.fetch("SELECT id, server_id FROM roles WHERE id = ANY($1)", ids)


async def _store_roles(work: Work, rows: list[Row]) -> None:
    new = await _in_servers(work, ROLES, rows)
    taken = {row["id"] for row in await roles_there(work.connection, [row["id"] for row, _ in new])}
    ids = work.ids_for(ROLES, [row["id"] for row, _ in new], taken)
    made = [_role(work, row, ids[row["id"]], server_id) for row, server_id in new]
    await work.connection.execute(
        """
        INSERT INTO roles (id, server_id, name, permissions, color, position, created_at)
        SELECT id, server_id, name, permissions, color, position, created_at
        FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::text[], $6::int[], $7::timestamptz[])
            AS given (id, server_id, name, permissions, color, position, created_at)
        """,
        [each.id for each in made],
        [each.server_id for each in made],
        [each.name for each in made],
        [each.permissions for each in made],
        [each.color for each in made],
        [each.position for each in made],
        [each.created_at for each in made],
    )
    await work.remember(ROLES, {str(old): id for old, id in ids.items()})
    await tell(work, [Change(each.server_id, f"roles/{each.id}", "ROLE_CREATE", each) for each in made])


def _role(work: Work, row: Row, id: UUID, server_id: UUID) -> Role:
    name, permissions = texts.title(row["name"], 100) or "Role", row["permissions"] & int(EVERY)
    color = row["color"] if COLOR.fullmatch(row["color"] or "") else None
    position = min(max(row["position"], 0), POSITION_LIMIT)
    if (name, permissions, color, position) != (row["name"], row["permissions"], row["color"] or None, row["position"]):
        given = f"{row['name']!r}, permissions {row['permissions']}, {row['color']}, position {row['position']}"
        work.change(ROLES, row["id"], "its values made to fit", given)
    return Role(id, server_id, name, permissions, color, position, row["created_at"])


def channels(table: Table) -> Stage | None:
    if not table:
        return None
    created = table.moment("created_at")
    columns = (
        f"{table.id()} AS id",
        f"{table.id('server_id', SERVERS)} AS server_id",
        f"{table.text('name')} AS name",
        f"{table.text('type')} AS type",
        f"{table.text('category')} AS category",
        f"{table.value('position', '0')}::bigint AS position",
        f"{table.text('topic')} AS topic",
        f"{created} AS created_at",
    )
    query = Query(columns, table.name, ((created, "timestamptz"), (table.id(), "uuid")))
    return Stage(CHANNELS, query, _store_channels, by_id(CHANNELS, _channels_there))


async def _channels_there(connection: OneConnection, ids: list[UUID]) -> list[Row]:
    return await connection.fetch("SELECT id FROM channels WHERE id = ANY($1)", ids)


async def _store_channels(work: Work, rows: list[Row]) -> None:
    new = await _in_servers(work, CHANNELS, rows)
    ids = await work.topics_for(CHANNELS, [row["id"] for row, _ in new])
    made = [_channel(work, row, ids[row["id"]], server_id) for row, server_id in new]
    await channel_queries.insert(work.connection, *made)
    await work.remember(CHANNELS, {str(old): id for old, id in ids.items()})
    await tell(work, [Change(each.server_id, f"channels/{each.id}", "CHANNEL_CREATE", each) for each in made])


def _channel(work: Work, row: Row, id: UUID, server_id: UUID) -> Channel:
    channel = Channel(
        id=id,
        server_id=server_id,
        name=texts.title(row["name"], 100) or "channel",
        type="voice" if row["type"] == "voice" else "text",
        position=min(max(row["position"], 0), POSITION_LIMIT),
        category=texts.title(row["category"], 100),
        topic=texts.cut(row["topic"], 1024),
        created_at=row["created_at"],
    )
    for field in ("name", "type", "position", "category", "topic"):
        if getattr(channel, field) != (row[field] or None) and (row[field] or getattr(channel, field)):
            work.change(CHANNELS, row["id"], f"its {field} made to fit", row[field])
    return channel


async def known_roles(work: Work, old_ids: Iterable[UUID | None]) -> dict[UUID, tuple[UUID, UUID]]:
    """The roles that these became, of those that there are, each with its server."""
    known = await work.known(ROLES, old_ids)
    found = {row["id"]: row["server_id"] for row in await roles_there(work.connection, list(known.values()))}
    return {UUID(old): (id, found[id]) for old, id in known.items() if id in found}


async def tell(work: Work, changes: list[Change]) -> None:
    """Put changes into the log, if there are any."""
    if changes:
        await append(work.connection, *changes)


async def servers_of(work: Work, channels: Iterable[UUID]) -> dict[UUID, UUID]:
    rows = await work.connection.fetch("SELECT id, server_id FROM channels WHERE id = ANY($1)", list(channels))
    return {row["id"]: row["server_id"] for row in rows}


async def _in_servers(work: Work, kind: str, rows: list[Row]) -> list[tuple[Row, UUID]]:
    """The rows that were not brought before, each with the server that it is in."""
    known = await work.known(kind, [row["id"] for row in rows])
    new = [row for row in rows if str(row["id"]) not in known]
    servers = await servers_there(work, [row["server_id"] for row in new])
    for row in new:
        if row["server_id"] not in servers:
            work.leave(kind, row["id"], "its server is not there")
    return [(row, servers[row["server_id"]]) for row in new if row["server_id"] in servers]


Pairs = Callable[[OneConnection, list[UUID], list[UUID]], Awaitable[list[Row]]]
"""Answers the pairs of server and account that there are, of these servers and accounts."""


async def compare_pairs(work: Work, rows: list[Row], find: Pairs) -> list[Compared]:
    """Compares rows with `server_id` and `user_id` by whether the pair of what they became is there."""
    servers = await work.known(SERVERS, [row["server_id"] for row in rows])
    people = await work.known("users", [row["user_id"] for row in rows])
    found = await find(work.connection, list(servers.values()), list(people.values()))
    there = {(row["server_id"], row["user_id"]) for row in found}
    return [
        Compared(
            old_id := f"{row['server_id']}/{row['user_id']}",
            (old_id,),
            (old_id,) if (servers.get(str(row["server_id"])), people.get(str(row["user_id"]))) in there else None,
        )
        for row in rows
    ]
