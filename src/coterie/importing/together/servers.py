"""Servers with their roles, channels and overrides.

Members are added only after these, so nothing is visible for a moment that should not be.
"""

import re
from typing import Final
from uuid import UUID

from coterie.channels import queries as channel_queries
from coterie.database.connection import OneConnection, Row
from coterie.importing import texts
from coterie.importing.kinds import PERSON, Given, Kind, Reference, inserting, one_by_one
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


def _server(given: Given) -> Server:
    """The permissions that every member had there, 123, are each server's default permissions here."""
    name = texts.title(given["name"], 100) or "Server"
    if name != given["name"]:
        given.change("its name adapted", given["name"])
    return given.become(Server, name=name, icon_url=given.picture("icon_url"))


def _role(given: Given) -> Role:
    role = given.become(
        Role,
        name=texts.title(given["name"], 100) or "Role",
        permissions=given["permissions"] & int(EVERY),
        color=given["color"] if COLOR.fullmatch(given["color"] or "") else None,
        position=_position(given),
    )
    before = (given["name"], given["permissions"], given["color"] or None, given["position"])
    if (role.name, role.permissions, role.color, role.position) != before:
        told = f"{given['name']!r}, permissions {given['permissions']}, {given['color']}, position {given['position']}"
        given.change("its values adapted", told)
    return role


def _channel(given: Given) -> Channel:
    channel = given.become(
        Channel,
        name=texts.title(given["name"], 100) or "channel",
        type="voice" if given["type"] == "voice" else "text",
        position=_position(given),
        category=texts.title(given["category"], 100),
        topic=texts.cut(given["topic"], 1024),
    )
    for field in ("name", "type", "position", "category", "topic"):
        if (getattr(channel, field) or None) != (given[field] or None):
            given.change(f"its {field} adapted", given[field])
    return channel


def _position(given: Given) -> int:
    position: int = given["position"]
    return min(max(position, 0), POSITION_LIMIT)


async def _overrides(work: ImportWork, given: list[Given]) -> list[Override | None]:
    roles = await work.found(ROLES, [each["role_id"] for each in given], find_roles)
    places = await find_channels(work.connection, [each.here["channel_id"] for each in given])
    servers = {row["id"]: row["server_id"] for row in [*places, *roles.values()]}
    targets: set[tuple[UUID, UUID]] = set()
    return [_override(each, servers, targets) for each in given]


def _override(given: Given, servers: dict[UUID, UUID], targets: set[tuple[UUID, UUID]]) -> Override | None:
    """What was both allowed and denied was allowed. `targets` are the channels and targets of earlier overrides."""
    channel_id, role_id, user_id = (given.here[name] for name in ("channel_id", "role_id", "user_id"))
    if channel_id is None or (role_id is None) == (user_id is None):
        given.leave("its channel, role or account does not exist")
        return None
    if role_id and servers[role_id] != servers[channel_id]:
        given.leave("its role belongs to another server")
        return None
    allow, deny = given["allow"] & int(EVERY), given["deny"] & int(EVERY) & ~given["allow"]
    made = given.become(Override, allow=allow, deny=deny)
    if (made.channel_id, made.target) in targets:
        given.leave("another one is for the same role or member")
        return None
    targets.add((made.channel_id, made.target))
    if (allow, deny) != (given["allow"], given["deny"]):
        given.change("its permissions adapted", f"allow {given['allow']}, deny {given['deny']}")
    return made


async def _store_overrides(work: ImportWork, made: list[Override]) -> list[Change]:
    await channel_queries.insert_overrides(work.connection, made)
    places = await find_channels(work.connection, [each.channel_id for each in made])
    servers = {row["id"]: row["server_id"] for row in places}
    return [Change(servers[each.channel_id], f"overrides/{each.id}", "CHANNEL_OVERRIDE_UPDATE", each) for each in made]


servers: Final = Kind[Server](
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
roles: Final = Kind[Role](
    ROLES,
    reads={**read(Table.text, "name", "color"), **read(number, "permissions", "position")},
    refers={"server_id": SERVER},
    make=one_by_one(_role),
    store=inserting(role_queries.insert, lambda role: Change(role.server_id, f"roles/{role.id}", "ROLE_CREATE", role)),
    find=find_roles,
)
channels: Final = Kind[Channel](
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
overrides: Final = Kind[Override](
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
