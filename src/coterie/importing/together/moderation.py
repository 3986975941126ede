"""How servers are moderated: bans, timeouts, invites (with the same codes), and the audit log."""

import json
import re
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

from coterie.audit import queries as audit
from coterie.audit.queries import AuditRow
from coterie.importing.mappings import PERSON, Reference, SourceRow, TableMapping, inserting, one_by_one
from coterie.importing.tables import Table, number, read
from coterie.importing.together.members import IN_SERVER, PAIR
from coterie.importing.together.servers import CHANNELS, ROLES, SERVER, SERVERS, find_servers
from coterie.importing.work import ImportWork
from coterie.invites import queries as invite_queries
from coterie.invites.models import ServerInvite
from coterie.log.append import Change, lock
from coterie.moderation import queries
from coterie.moderation.models import ServerBan, Timeout
from coterie.servers import queries as servers

REASON_LENGTH: Final = 512
CODE: Final = re.compile(r"[A-Za-z0-9]{8}")
FOREIGN: Final = re.compile(r"[^a-z]+")
TARGETS: Final = {"user": "users", "server": SERVERS, "channel": CHANNELS, "role": ROLES}
"""The types of targets in the audit log, and the kinds of rows that they are."""


def _ban(row: SourceRow) -> ServerBan:
    return row.become(ServerBan, reason=row.cut("reason", REASON_LENGTH))


async def _store_bans(work: ImportWork, made: list[ServerBan]) -> list[Change]:
    new = {(each.server_id, each.user_id): each for each in made}
    banned = await queries.insert_bans(work.connection, list(new.values()))
    return [Change(each.server_id, f"bans/{each.user_id}", "BAN_CREATE", each) for each in banned]


def _timeout(row: SourceRow) -> Timeout | None:
    if row["expires_at"] <= datetime.now(UTC):
        row.leave("is over")
        return None
    return row.become(Timeout, reason=row.cut("reason", REASON_LENGTH))


async def _store_timeouts(work: ImportWork, made: list[Timeout]) -> list[Change]:
    """Timeouts are stored before the members are; for a user who is a member already, the log announces it."""
    await lock(work.connection, {each.server_id for each in made})
    await queries.insert_timeouts(work.connection, made)
    pairs = dict.fromkeys((each.server_id, each.user_id) for each in made)
    members = await servers.members_among(work.connection, list(pairs))
    return [Change(each.server_id, f"members/{each.user_id}", "MEMBER_UPDATE", each) for each in members]


bans: Final = TableMapping[ServerBan](
    "server_bans",
    reads={"reason": Table.text, "created_at": Table.moment},
    refers={**IN_SERVER, "banned_by": PERSON},
    make=one_by_one(_ban),
    store=_store_bans,
    find=lambda here, servers, people: here.fetch(
        "SELECT server_id, user_id FROM server_bans WHERE server_id = ANY($1) AND user_id = ANY($2)", servers, people
    ),
    ids=PAIR,
    became=attrgetter("user_id"),
    keys=PAIR,
)
timeouts: Final = TableMapping[Timeout](
    "automod_timeouts",
    reads={"reason": Table.text, **read(Table.moment, "expires_at", "created_at")},
    refers={**IN_SERVER, "created_by": PERSON},
    make=one_by_one(_timeout),
    store=_store_timeouts,
    find=lambda here, servers, people: here.fetch(
        "SELECT server_id, user_id FROM member_timeouts WHERE server_id = ANY($1) AND user_id = ANY($2)",
        servers,
        people,
    ),
    ids=PAIR,
    became=attrgetter("user_id"),
    keys=PAIR,
)


async def _invites(work: ImportWork, rows: list[SourceRow]) -> list[ServerInvite | None]:
    codes = await work.connection.fetch(
        "SELECT code FROM server_invites WHERE code = ANY($1)", [each["code"] for each in rows]
    )
    taken = {row["code"] for row in codes}
    return [_invite(each, taken) for each in rows]


def _invite(row: SourceRow, taken: set[str]) -> ServerInvite | None:
    """An invite used more often than allowed is used up."""
    code, uses, limit = row["code"], max(row["uses"], 0), row["max_uses"]
    if not CODE.fullmatch(code or "") or code in taken:
        row.leave("its code is taken here or invalid", code)
        return None
    taken.add(code)
    most = max(limit, 1) if limit is not None else None
    kept = uses if most is None else min(uses, most)
    if (kept, most) != (row["uses"], limit):
        row.change("its uses adapted", f"{row['uses']} of {limit}")
    return row.become(ServerInvite, max_uses=most, uses=kept)


invites: Final = TableMapping[ServerInvite](
    "server_invites",
    reads={
        "code": Table.text,
        "max_uses": lambda table, column: f"{table.value(column)}::bigint",
        "uses": number,
        "expires_at": Table.optional_moment,
    },
    refers={"server_id": SERVER, "created_by": PERSON},
    make=_invites,
    store=inserting(
        invite_queries.insert, lambda invite: Change(invite.server_id, f"invites/{invite.id}", "INVITE_CREATE", invite)
    ),
    find=lambda here, ids: here.fetch("SELECT id FROM server_invites WHERE id = ANY($1)", ids),
)


async def _audited(work: ImportWork, rows: list[SourceRow]) -> list[AuditRow]:
    targets: dict[str, UUID] = {}
    for type, kind in TARGETS.items():
        targets |= await work.known(kind, [each["target_id"] for each in rows if each["target_type"] == type])
    return [
        each.become(
            AuditRow,
            action=_word(each["action"], 64) or "unknown",
            target_type=_word(each["target_type"], 32),
            target_id=targets.get(str(each["target_id"]), each["target_id"]),
            details=_details(each["details"]),
        )
        for each in rows
    ]


def _word(text: str | None, length: int) -> str | None:
    return FOREIGN.sub("_", (text or "").lower())[:length] or None


def _details(text: str | None) -> str:
    """An object, as details always are here."""
    details: Any = json.loads(text or "{}")
    return json.dumps(details if isinstance(details, dict) else {"value": details})


audit_logs: Final = TableMapping[AuditRow](
    "audit_logs",
    reads={
        **read(Table.text, "action", "target_type", "details"),
        "target_id": lambda table, column: f"{table.value(column)}::uuid",
    },
    refers={
        "server_id": Reference(SERVERS, find_servers, "its server does not exist, and only its members can read it"),
        "actor_id": PERSON,
    },
    make=_audited,
    store=inserting(audit.insert_rows),
    find=lambda here, ids: here.fetch("SELECT id FROM audit_logs WHERE id = ANY($1)", ids),
)
