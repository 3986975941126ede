"""What channels allowed and denied: to roles and to single people."""

from typing import Final
from uuid import UUID

from msgspec.structs import replace

from coterie.database.connection import OneConnection, Row
from coterie.importing.comparing import by_id
from coterie.importing.engine import Stage
from coterie.importing.source import Query, Table
from coterie.importing.together.structure import CHANNELS, ROLES, known_roles, servers_of, tell
from coterie.importing.work import Work
from coterie.log.append import Change
from coterie.permissions.bits import EVERY
from coterie.permissions.models import Override

OVERRIDES: Final = "channel_permission_overrides"


def overrides(table: Table) -> Stage | None:
    if not table:
        return None
    columns = (
        f"{table.id()} AS id",
        f"{table.id('channel_id', CHANNELS)} AS channel_id",
        f"{table.id('role_id', ROLES)} AS role_id",
        f"{table.id('user_id', 'users')} AS user_id",
        f"{table.value('allow', '0')}::bigint AS allow",
        f"{table.value('deny', '0')}::bigint AS deny",
    )
    query = Query(columns, table.name, ((table.id(), "uuid"),))
    return Stage(OVERRIDES, query, _store_overrides, by_id(OVERRIDES, _overrides_there))


async def _overrides_there(connection: OneConnection, ids: list[UUID]) -> list[Row]:
    return await connection.fetch("SELECT id FROM channel_permission_overrides WHERE id = ANY($1)", ids)


async def _store_overrides(work: Work, rows: list[Row]) -> None:
    known = await work.known(OVERRIDES, [row["id"] for row in rows])
    new = [row for row in rows if str(row["id"]) not in known]
    places = await work.channels(CHANNELS, [row["channel_id"] for row in new])
    servers = await servers_of(work, places.values())
    people = await work.accounts([row["user_id"] for row in new])
    roles = await known_roles(work, [row["role_id"] for row in new])
    made: dict[UUID, Override] = {}
    targets: set[tuple[UUID, UUID]] = set()
    for row in new:
        override = _override(work, row, places, people, {role: id for role, (id, _) in roles.items()})
        if override is None:
            continue
        if override.role_id and roles[row["role_id"]][1] != servers[override.channel_id]:
            work.leave(OVERRIDES, row["id"], "its role is of another server")
        elif (override.channel_id, override.target) in targets:
            work.leave(OVERRIDES, row["id"], "another is for the same")
        else:
            targets.add((override.channel_id, override.target))
            made[row["id"]] = override
    taken = {row["id"] for row in await _overrides_there(work.connection, list(made))}
    ids = work.ids_for(OVERRIDES, made, taken)
    await _insert_overrides(work, [replace(made[old], id=id) for old, id in ids.items()], servers)
    await work.remember(OVERRIDES, {str(old): id for old, id in ids.items()})


def _override(
    work: Work, row: Row, places: dict[UUID, UUID], people: dict[UUID, UUID], roles: dict[UUID, UUID]
) -> Override | None:
    """What was both allowed and denied was allowed."""
    role_id, user_id = roles.get(row["role_id"]), people.get(row["user_id"])
    if row["channel_id"] not in places or (role_id is None) == (user_id is None):
        work.leave(OVERRIDES, row["id"], "its channel, role or account is not there")
        return None
    allow, deny = row["allow"] & int(EVERY), row["deny"] & int(EVERY) & ~row["allow"]
    if (allow, deny) != (row["allow"], row["deny"]):
        work.change(OVERRIDES, row["id"], "its permissions made to fit", f"allow {row['allow']}, deny {row['deny']}")
    return Override(row["id"], places[row["channel_id"]], role_id, user_id, allow, deny)


async def _insert_overrides(work: Work, made: list[Override], servers: dict[UUID, UUID]) -> None:
    await work.connection.execute(
        """
        INSERT INTO channel_permission_overrides (id, channel_id, role_id, user_id, allow, deny)
        SELECT id, channel_id, role_id, user_id, allow, deny
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::bigint[], $6::bigint[])
            AS given (id, channel_id, role_id, user_id, allow, deny)
        """,
        [each.id for each in made],
        [each.channel_id for each in made],
        [each.role_id for each in made],
        [each.user_id for each in made],
        [each.allow for each in made],
        [each.deny for each in made],
    )
    await tell(
        work,
        [Change(servers[each.channel_id], f"overrides/{each.id}", "CHANNEL_OVERRIDE_UPDATE", each) for each in made],
    )
