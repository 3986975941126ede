"""The ways into servers, by the same codes."""

import re
from typing import Final
from uuid import UUID

from coterie.database.connection import OneConnection, Row
from coterie.importing.comparing import by_id
from coterie.importing.engine import Stage
from coterie.importing.source import Query, Table
from coterie.importing.together.structure import SERVERS, servers_there, tell
from coterie.importing.work import Work
from coterie.invites.models import ServerInvite
from coterie.log.append import Change

INVITES: Final = "server_invites"
CODE: Final = re.compile(r"[A-Za-z0-9]{8}")


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
