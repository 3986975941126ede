"""Servers with their roles, channels and overrides.

Members are added only after these, so nothing is visible for a moment that should not be.
"""

import re
from typing import Final
from uuid import UUID

from coterie.channels import queries as channel_queries
from coterie.database.connection import OneConnection, Row
from coterie.importing import texts
from coterie.importing.mappings import PERSON, Reference, SourceRow, TableMapping, inserting, one_by_one
from coterie.importing.tables import Table, flag, number, read
from coterie.importing.work import ImportWork, find_accounts, find_channels
from coterie.log.append import Change
from coterie.permissions.bits import EVERY
from coterie.permissions.models import Channel, Override, Role
from coterie.roles import queries as role_queries
from coterie.servers import queries as server_queries
from coterie.servers.models import Server

SERVERS: Final = "servers"
ROLES: Final = "roles"
CHANNELS: Final = "channels"
COLOR: Final = re.compile(r"[#A-Za-z0-9 ,.()%_-]{1,32}")
POSITION_LIMIT: Final = 1_000_000


async def find_servers(connection: OneConnection, ids: list[UUID]) -> list[Row]:
    return await connection.fetch("SELECT id FROM servers WHERE id = ANY($1)", ids)


async def find_roles(connection: OneConnection, ids: list[UUID]) -> list[Row]:
    return await connection.fetch("SELECT id, server_id FROM roles WHERE id = ANY($1)", ids)


SERVER: Final = Reference(SERVERS, find_servers, "its server does not exist")


def _server(row: SourceRow) -> Server:
    """The permissions that every member had there, 123, are each server's default permissions here."""
    name = texts.title(row["name"], 100) or "Server"
    if name != row["name"]:
        row.change("its name adapted", row["name"])
    return row.become(Server, name=name, icon_url=row.picture("icon_url"))


def _role(row: SourceRow) -> Role:
    role = row.become(
        Role,
        name=texts.title(row["name"], 100) or "Role",
        permissions=row["permissions"] & int(EVERY),
        color=row["color"] if COLOR.fullmatch(row["color"] or "") else None,
        position=_position(row),
    )
    before = (row["name"], row["permissions"], row["color"] or None, row["position"])
    if (role.name, role.permissions, role.color, role.position) != before:
        told = f"{row['name']!r}, permissions {row['permissions']}, {row['color']}, position {row['position']}"
        row.change("its values adapted", told)
    return role


def _channel(row: SourceRow) -> Channel:
    channel = row.become(
        Channel,
        name=texts.title(row["name"], 100) or "channel",
        type="voice" if row["type"] == "voice" else "text",
        position=_position(row),
        category=texts.title(row["category"], 100),
        topic=texts.cut(row["topic"], 1024),
    )
    for field in ("name", "type", "position", "category", "topic"):
        if (getattr(channel, field) or None) != (row[field] or None):
            row.change(f"its {field} adapted", row[field])
    return channel


def _position(row: SourceRow) -> int:
    position: int = row["position"]
    return min(max(position, 0), POSITION_LIMIT)


async def _overrides(work: ImportWork, rows: list[SourceRow]) -> list[Override | None]:
    roles = await work.found(ROLES, [each["role_id"] for each in rows], find_roles)
    places = await find_channels(work.connection, [each.here["channel_id"] for each in rows])
    servers = {row["id"]: row["server_id"] for row in [*places, *roles.values()]}
    targets: set[tuple[UUID, UUID]] = set()
    return [_override(each, servers, targets) for each in rows]


def _override(row: SourceRow, servers: dict[UUID, UUID], targets: set[tuple[UUID, UUID]]) -> Override | None:
    """What was both allowed and denied was allowed. `targets` are the channels and targets of earlier overrides."""
    channel_id, role_id, user_id = (row.here[name] for name in ("channel_id", "role_id", "user_id"))
    if channel_id is None or (role_id is None) == (user_id is None):
        row.leave("its channel, role or account does not exist")
        return None
    if role_id and servers[role_id] != servers[channel_id]:
        row.leave("its role belongs to another server")
        return None
    allow, deny = row["allow"] & int(EVERY), row["deny"] & int(EVERY) & ~row["allow"]
    made = row.become(Override, allow=allow, deny=deny)
    if (made.channel_id, made.target) in targets:
        row.leave("another one is for the same role or member")
        return None
    targets.add((made.channel_id, made.target))
    if (allow, deny) != (row["allow"], row["deny"]):
        row.change("its permissions adapted", f"allow {row['allow']}, deny {row['deny']}")
    return made


async def _store_overrides(work: ImportWork, made: list[Override]) -> list[Change]:
    await channel_queries.insert_overrides(work.connection, made)
    places = await find_channels(work.connection, [each.channel_id for each in made])
    servers = {row["id"]: row["server_id"] for row in places}
    return [Change(servers[each.channel_id], f"overrides/{each.id}", "CHANNEL_OVERRIDE_UPDATE", each) for each in made]


servers: Final = TableMapping[Server](
    SERVERS,
    reads={
        **read(Table.text, "name", "icon_url"),
        **read(flag, "is_public", "require_invite"),
        "updated_at": Table.moment,
    },
    refers={"owner_id": Reference("users", find_accounts, "the account of its owner does not exist")},
    make=one_by_one(_server),
    store=inserting(server_queries.insert),
    find=find_servers,
    has_topic=True,
)
roles: Final = TableMapping[Role](
    ROLES,
    reads={**read(Table.text, "name", "color"), **read(number, "permissions", "position")},
    refers={"server_id": SERVER},
    make=one_by_one(_role),
    store=inserting(role_queries.insert, lambda role: Change(role.server_id, f"roles/{role.id}", "ROLE_CREATE", role)),
    find=find_roles,
)
channels: Final = TableMapping[Channel](
    CHANNELS,
    reads={**read(Table.text, "name", "type", "category", "topic"), "position": number},
    refers={"server_id": SERVER},
    make=one_by_one(_channel),
    store=inserting(
        channel_queries.insert, lambda made: Change(made.server_id, f"channels/{made.id}", "CHANNEL_CREATE", made)
    ),
    find=find_channels,
    has_topic=True,
)
overrides: Final = TableMapping[Override](
    "channel_permission_overrides",
    reads=read(number, "allow", "deny"),
    refers={
        "channel_id": Reference(CHANNELS, find_channels),
        "role_id": Reference(ROLES, find_roles),
        "user_id": PERSON,
    },
    make=_overrides,
    store=_store_overrides,
    find=lambda here, ids: here.fetch("SELECT id FROM channel_permission_overrides WHERE id = ANY($1)", ids),
    keys=("id",),
)
