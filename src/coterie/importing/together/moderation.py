"""Who may not come into a server, and who may only read in it for a while."""

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from coterie.database.connection import OneConnection, Row
from coterie.importing import texts
from coterie.importing.engine import Compared, Stage
from coterie.importing.source import Query, Table
from coterie.importing.together.people import members_as_told, of_servers, pair_id
from coterie.importing.together.structure import SERVERS, compare_pairs, tell
from coterie.importing.work import Work
from coterie.log.append import Change, lock
from coterie.moderation.models import ServerBan

BANS: Final = "server_bans"
TIMEOUTS: Final = "automod_timeouts"
REASON_LENGTH: Final = 512


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
    new = await of_servers(work, BANS, rows)
    people = await work.accounts([row["banned_by"] for row in rows])
    made = {
        (server, user): ServerBan(
            user, server, people.get(row["banned_by"]), _reason(work, BANS, row), row["created_at"]
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
    await work.remember(BANS, {pair_id(row): user for row, _, user in new})
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
    new = [each for each in await of_servers(work, TIMEOUTS, rows) if _lasts(work, each[0], now)]
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
        [_reason(work, TIMEOUTS, row) for row, _, _ in new],
        [row["created_at"] for row, _, _ in new],
    )
    await work.remember(TIMEOUTS, {pair_id(row): user for row, _, user in new})
    members = await members_as_told(work.connection, [(server, user) for _, server, user in new])
    await tell(work, [Change(each.server_id, f"members/{each.user_id}", "MEMBER_UPDATE", each) for each in members])


def _reason(work: Work, kind: str, row: Row) -> str | None:
    reason: str | None = row["reason"]
    if reason and len(reason) > REASON_LENGTH:
        work.change(kind, pair_id(row), f"reason cut to {REASON_LENGTH} characters", reason[REASON_LENGTH:])
    return texts.cut(reason, REASON_LENGTH)


def _lasts(work: Work, row: Row, now: datetime) -> bool:
    if row["expires_at"] > now:
        return True
    work.leave(TIMEOUTS, pair_id(row), "is over")
    return False


async def _compare_timeouts(work: Work, rows: list[Row]) -> list[Compared]:
    return await compare_pairs(work, rows, _member_timeouts)


async def _member_timeouts(connection: OneConnection, servers: list[UUID], people: list[UUID]) -> list[Row]:
    return await connection.fetch(
        "SELECT server_id, user_id FROM member_timeouts WHERE server_id = ANY($1) AND user_id = ANY($2)",
        servers,
        people,
    )
