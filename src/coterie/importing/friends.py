"""Friends and requests that are brought along: friends know each other, and two people have one open request."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from coterie.database.connection import OneConnection, Row
from coterie.friends.models import Friend, FriendRequest
from coterie.friends.queries import FRIEND, PARTIES, REQUEST
from coterie.importing import texts
from coterie.importing.comparing import by_id
from coterie.importing.engine import Compared, Stage
from coterie.importing.source import Query, Table
from coterie.importing.work import Work
from coterie.log.append import Change, append, lock

CONTACTS: Final = "contacts"
REQUESTS: Final = "friend_requests"
MESSAGE_LENGTH: Final = 500
NOBODY: Final = (UUID(int=0), UUID(int=0))


class Request(Struct, frozen=True):
    """A request between two accounts of here."""

    id: UUID
    from_user_id: UUID
    to_user_id: UUID
    message: str | None
    status: str
    created_at: datetime
    responded_at: datetime | None


def contacts(table: Table) -> Stage | None:
    if not table:
        return None
    one, other = table.id("user_id", "users"), table.id("contact_user_id", "users")
    created = table.moment("created_at")
    back = (
        f"EXISTS (SELECT FROM {table.name} AS back WHERE back.user_id = {table.value('contact_user_id')} "
        f"AND back.contact_user_id = {table.value('user_id')})"
    )
    columns = (f"{one} AS user_id", f"{other} AS contact_id", f"{created} AS created_at", f"{back} AS has_back")
    keys = ((created, "timestamptz"), (one, "uuid"), (other, "uuid"))
    return Stage(CONTACTS, Query(columns, table.name, keys), _store_contacts, _compare_contacts)


def requests(table: Table) -> Stage | None:
    if not table:
        return None
    created = table.moment("created_at")
    columns = (
        f"{table.id()} AS id",
        f"{table.id('from_user_id', 'users')} AS from_id",
        f"{table.id('to_user_id', 'users')} AS to_id",
        f"{table.text('message')} AS message",
        f"{table.text('status')} AS status",
        f"{created} AS created_at",
        f"{table.optional_moment('responded_at')} AS responded_at",
    )
    keys = ((created, "timestamptz"), (table.id(), "uuid"))
    return Stage(REQUESTS, Query(columns, table.name, keys), _store_requests, by_id(REQUESTS, _requests_there))


async def _store_contacts(work: Work, rows: list[Row]) -> None:
    """Each pair once: what was one-sided there is mutual here."""
    known = await work.known(CONTACTS, [_pair_id(row["user_id"], row["contact_id"]) for row in rows])
    people = await work.accounts([each for row in rows for each in (row["user_id"], row["contact_id"])])
    wanted: dict[tuple[UUID, UUID], datetime] = {}
    ids: dict[str, UUID] = {}
    for row in rows:
        old_id = _pair_id(row["user_id"], row["contact_id"])
        one, other = people.get(row["user_id"]), people.get(row["contact_id"])
        if one is None or other is None:
            work.leave(CONTACTS, old_id, "there is no such account")
        elif one == other:
            work.leave(CONTACTS, old_id, "nobody is their own friend")
        else:
            if not row["has_back"]:
                work.change(CONTACTS, old_id, "mutual now: only one of the two had the other")
            if old_id not in known:
                wanted.setdefault((min(one, other), max(one, other)), row["created_at"])
                ids[old_id] = other
    await lock(work.connection, {each for pair in wanted for each in pair})
    there = await _states(work, wanted)
    new = {pair: moment for pair, moment in wanted.items() if pair not in there}
    await _befriend(work, new)
    await work.remember(CONTACTS, ids)


async def _states(work: Work, pairs: Iterable[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], str]:
    """What pairs, the lower id first, are to each other already: friend, or blocked by at least one."""
    given = list(pairs)
    rows = await work.connection.fetch(
        """
        SELECT given.low, given.high, held.state FROM unnest($1::uuid[], $2::uuid[]) AS given (low, high)
        CROSS JOIN LATERAL (
            (SELECT state FROM contacts WHERE user_id = given.low AND contact_user_id = given.high LIMIT 1)
            UNION ALL (SELECT state FROM contacts WHERE user_id = given.high AND contact_user_id = given.low LIMIT 1)
        ) AS held ORDER BY held.state DESC
        """,
        [low for low, _ in given],
        [high for _, high in given],
    )
    return {(row["low"], row["high"]): row["state"] for row in rows}


async def _befriend(work: Work, pairs: dict[tuple[UUID, UUID], datetime]) -> None:
    """Both directions of each pair, as after a request by address: that is how all there were made."""
    rows = await work.connection.fetch(
        f"""
        WITH given AS (
            SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) AS given (low, high, moment)
        ), contacts AS (
            INSERT INTO contacts (user_id, contact_user_id, state, knows_email, created_at)
            SELECT low, high, 'friend', TRUE, moment FROM given
            UNION ALL SELECT high, low, 'friend', TRUE, moment FROM given
            RETURNING user_id, contact_user_id, knows_email, created_at
        )
        SELECT {FRIEND} FROM contacts JOIN users ON users.id = contact_user_id
        """,
        [low for low, _ in pairs],
        [high for _, high in pairs],
        list(pairs.values()),
    )
    friends = [Friend(**row) for row in rows]
    if friends:
        await append(
            work.connection,
            *(Change(each.user_id, f"contacts/{each.contact_user_id}", "CONTACT_CREATE", each) for each in friends),
        )


async def _compare_contacts(work: Work, rows: list[Row]) -> list[Compared]:
    people = await work.known("users", [each for row in rows for each in (row["user_id"], row["contact_id"])])
    pairs = {
        (row["user_id"], row["contact_id"]): (min(one, other), max(one, other))
        for row in rows
        if (one := people.get(str(row["user_id"]))) and (other := people.get(str(row["contact_id"])))
    }
    states = await _states(work, pairs.values())
    return [
        Compared(
            old_id := _pair_id(row["user_id"], row["contact_id"]),
            (old_id,),
            (old_id,) if states.get(pairs.get((row["user_id"], row["contact_id"]), NOBODY)) == "friend" else None,
        )
        for row in rows
    ]


async def _store_requests(work: Work, rows: list[Row]) -> None:
    known = await work.known(REQUESTS, [row["id"] for row in rows])
    new = [row for row in rows if str(row["id"]) not in known]
    people = await work.accounts([each for row in new for each in (row["from_id"], row["to_id"])])
    await lock(work.connection, people.values())
    pairs = {
        (min(one, other), max(one, other))
        for row in new
        if (one := people.get(row["from_id"])) and (other := people.get(row["to_id"])) and one != other
    }
    states, open_pairs = await _states(work, pairs), await _open(work, pairs)
    made = [request for row in new if (request := _request(work, row, people, states, open_pairs)) is not None]
    taken = {row["id"] for row in await _requests_there(work.connection, [each.id for each in made])}
    ids = work.ids_for(REQUESTS, [each.id for each in made], taken)
    await _insert(work, [replace(each, id=ids[each.id]) for each in made])
    await work.remember(REQUESTS, {str(old): id for old, id in ids.items()})


def _request(
    work: Work,
    row: Row,
    people: dict[UUID, UUID],
    states: dict[tuple[UUID, UUID], str],
    open_pairs: set[tuple[UUID, UUID]],
) -> Request | None:
    """A request as it can be here, where two people have one open request at most; None leaves it out."""
    sender, recipient = people.get(row["from_id"]), people.get(row["to_id"])
    if sender is None or recipient is None or sender == recipient:
        work.leave(
            REQUESTS, row["id"], "is to oneself" if sender and sender == recipient else "there is no such account"
        )
        return None
    pair, status, answered = (min(sender, recipient), max(sender, recipient)), row["status"], row["responded_at"]
    if status == "pending" and states.get(pair) == "friend":
        status = "accepted"
        work.change(REQUESTS, row["id"], "was open, and the two are friends")
    elif status == "pending" and (pair in open_pairs or pair in states):
        work.leave(REQUESTS, row["id"], "the two have another open request, or one blocks the other")
        return None
    elif status not in ("pending", "accepted", "rejected"):
        work.change(REQUESTS, row["id"], "was neither open, accepted nor rejected: counts as rejected", status)
        status = "rejected"
    if status == "pending":
        open_pairs.add(pair)
    answered = None if status == "pending" else answered or row["created_at"]
    message = texts.cut((row["message"] or "").strip(), MESSAGE_LENGTH)
    if len((row["message"] or "").strip()) > MESSAGE_LENGTH:
        work.change(
            REQUESTS, row["id"], f"its message cut to {MESSAGE_LENGTH} characters", row["message"][MESSAGE_LENGTH:]
        )
    return Request(row["id"], sender, recipient, message, status, row["created_at"], answered)


async def _open(work: Work, pairs: Iterable[tuple[UUID, UUID]]) -> set[tuple[UUID, UUID]]:
    """Of these pairs those with an open request."""
    given = list(pairs)
    rows = await work.connection.fetch(
        """
        SELECT given.low, given.high FROM unnest($1::uuid[], $2::uuid[]) AS given (low, high)
        CROSS JOIN LATERAL (
            SELECT TRUE FROM friend_requests
            WHERE least(from_user_id, to_user_id) = given.low AND greatest(from_user_id, to_user_id) = given.high
              AND status = 'pending' LIMIT 1
        ) AS found
        """,
        [low for low, _ in given],
        [high for _, high in given],
    )
    return {(row["low"], row["high"]) for row in rows}


async def _insert(work: Work, made: Sequence[Request]) -> None:
    await work.connection.execute(
        """
        INSERT INTO friend_requests (
            id, from_user_id, to_user_id, message, status, is_by_email, created_at, responded_at)
        SELECT id, from_user_id, to_user_id, message, status, TRUE, created_at, responded_at
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[])
            AS given (id, from_user_id, to_user_id, message, status, created_at, responded_at)
        """,
        [each.id for each in made],
        [each.from_user_id for each in made],
        [each.to_user_id for each in made],
        [each.message for each in made],
        [each.status for each in made],
        [each.created_at for each in made],
        [each.responded_at for each in made],
    )
    rows = await work.connection.fetch(
        f"""
        SELECT {REQUEST} FROM friend_requests {PARTIES}
        WHERE friend_requests.id = ANY($1) AND friend_requests.status = 'pending'
        """,
        [each.id for each in made],
    )
    told = [FriendRequest(**row) for row in rows]
    if told:
        await append(
            work.connection,
            *(
                Change(user, f"friend_requests/{each.id}", "FRIEND_REQUEST_CREATE", each)
                for each in told
                for user in (each.from_user_id, each.to_user_id)
            ),
        )


async def _requests_there(connection: OneConnection, ids: list[UUID]) -> list[Row]:
    return await connection.fetch("SELECT id FROM friend_requests WHERE id = ANY($1)", ids)


def _pair_id(one: UUID, other: UUID) -> str:
    return f"{one}/{other}"
