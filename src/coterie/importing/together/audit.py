"""The audit logs of servers, for those who may read them here."""

import json
import re
from typing import Any, Final
from uuid import UUID

from coterie.database.connection import OneConnection, Row
from coterie.importing.comparing import by_id
from coterie.importing.engine import Stage
from coterie.importing.source import Query, Table
from coterie.importing.together.structure import CHANNELS, ROLES, SERVERS, servers_there
from coterie.importing.work import Work

AUDIT: Final = "audit_logs"
KINDS: Final = {"user": "users", "server": SERVERS, "channel": CHANNELS, "role": ROLES}
FOREIGN: Final = re.compile(r"[^a-z]+")


def audit_logs(table: Table) -> Stage | None:
    if not table:
        return None
    created = table.moment("created_at")
    columns = (
        f"{table.id()} AS id",
        f"{table.id('server_id', SERVERS)} AS server_id",
        f"{table.id('actor_id', 'users')} AS actor_id",
        f"{table.text('action')} AS action",
        f"{table.text('target_type')} AS target_type",
        f"{table.value('target_id')}::uuid AS target_id",
        f"{table.text('details')} AS details",
        f"{created} AS created_at",
    )
    query = Query(columns, table.name, ((created, "timestamptz"), (table.id(), "uuid")))
    return Stage(AUDIT, query, _store, by_id(AUDIT, _there))


async def _there(connection: OneConnection, ids: list[UUID]) -> list[Row]:
    return await connection.fetch("SELECT id FROM audit_logs WHERE id = ANY($1)", ids)


async def _store(work: Work, rows: list[Row]) -> None:
    known = await work.known(AUDIT, [row["id"] for row in rows])
    new = [row for row in rows if str(row["id"]) not in known]
    servers = await servers_there(work, [row["server_id"] for row in new])
    people = await work.accounts([row["actor_id"] for row in new])
    targets = await _targets(work, new)
    kept = []
    for row in new:
        if row["server_id"] in servers:
            kept.append(row)
        else:
            work.leave(AUDIT, row["id"], "its server is not there, and only its members read it here")
    taken = {row["id"] for row in await _there(work.connection, [row["id"] for row in kept])}
    ids = work.ids_for(AUDIT, [row["id"] for row in kept], taken)
    await work.connection.execute(
        """
        INSERT INTO audit_logs (id, server_id, actor_id, action, target_type, target_id, details, created_at)
        SELECT id, server_id, actor_id, action, target_type, target_id, details::json, created_at
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::uuid[], $7::text[],
                    $8::timestamptz[])
            AS given (id, server_id, actor_id, action, target_type, target_id, details, created_at)
        """,
        [ids[row["id"]] for row in kept],
        [servers[row["server_id"]] for row in kept],
        [people.get(row["actor_id"]) for row in kept],
        [_word(row["action"], 64) or "unknown" for row in kept],
        [_word(row["target_type"], 32) for row in kept],
        [targets.get(row["target_id"], row["target_id"]) for row in kept],
        [_details(row["details"]) for row in kept],
        [row["created_at"] for row in kept],
    )
    await work.remember(AUDIT, {str(old): id for old, id in ids.items()})


async def _targets(work: Work, rows: list[Row]) -> dict[UUID, UUID]:
    found: dict[UUID, UUID] = {}
    for target_type, kind in KINDS.items():
        of_kind = [row["target_id"] for row in rows if row["target_type"] == target_type]
        found |= {UUID(old): new for old, new in (await work.known(kind, of_kind)).items()}
    return found


def _word(text: str | None, length: int) -> str | None:
    return FOREIGN.sub("_", (text or "").lower())[:length] or None


def _details(text: str | None) -> str:
    """An object, as it is here always."""
    details: Any = json.loads(text or "{}")
    return json.dumps(details if isinstance(details, dict) else {"value": details})
