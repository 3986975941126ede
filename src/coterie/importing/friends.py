"""Imported friends, who are friends on both sides and see each other's addresses; and friend requests.

Two people have at most one open request.
"""

from collections.abc import Iterable
from operator import attrgetter
from typing import Final, NamedTuple
from uuid import UUID

from coterie.database.connection import OneConnection
from coterie.friends import queries
from coterie.friends.queries import Friendship, WholeRequest
from coterie.importing import texts
from coterie.importing.mappings import ACCOUNT, SourceRow, TableMapping, one_by_one
from coterie.importing.tables import Table, read
from coterie.importing.work import ImportWork
from coterie.log.append import Change, lock

MESSAGE_LENGTH: Final = 500

Pair = tuple[UUID, UUID]
"""Two people, the lower id first."""


class ImportedContact(NamedTuple):
    """A friendship, and which of the two had the other as a contact."""

    new: Friendship
    contact_id: UUID


def _pair(one: UUID, other: UUID) -> Pair:
    return min(one, other), max(one, other)


async def _states(connection: OneConnection, pairs: Iterable[Pair]) -> dict[Pair, set[str]]:
    """What pairs already are to each other: `friend`, `blocked` by at least one, or with a `pending` request."""
    states: dict[Pair, set[str]] = {pair: set() for pair in pairs}
    rows = await connection.fetch(
        """
        SELECT given.low, given.high, held.state FROM unnest($1::uuid[], $2::uuid[]) AS given (low, high)
        CROSS JOIN LATERAL (
            (SELECT state FROM contacts WHERE user_id = given.low AND contact_user_id = given.high LIMIT 1)
            UNION (SELECT state FROM contacts WHERE user_id = given.high AND contact_user_id = given.low LIMIT 1)
            UNION (SELECT status FROM friend_requests
                   WHERE least(from_user_id, to_user_id) = given.low AND greatest(from_user_id, to_user_id) = given.high
                     AND status = 'pending' LIMIT 1)
        ) AS held
        """,
        [low for low, _ in states],
        [high for _, high in states],
    )
    for row in rows:
        states[row["low"], row["high"]].add(row["state"])
    return states


def _has_back(table: Table, _: str) -> str:
    return (
        f"EXISTS (SELECT FROM {table.name} AS back WHERE back.user_id = {table.value('contact_user_id')} "
        f"AND back.contact_user_id = {table.value('user_id')})"
    )


def _contact(row: SourceRow) -> ImportedContact | None:
    one, other = row.here["user_id"], row.here["contact_user_id"]
    if one == other:
        row.leave("an account cannot be its own friend")
        return None
    if not row["has_back"]:
        row.change("now mutual: only one of them had the other as a friend")
    return ImportedContact(Friendship(*_pair(one, other), row["created_at"]), other)


async def _befriend(work: ImportWork, made: list[ImportedContact]) -> list[Change]:
    """Each pair once, by the older of its two rows."""
    pairs: dict[Pair, Friendship] = {}
    for contact, _ in made:
        pairs.setdefault((contact.low, contact.high), contact)
    await lock(work.connection, {person for pair in pairs for person in pair})
    states = await _states(work.connection, pairs)
    new = [each for pair, each in pairs.items() if not states[pair] & {"friend", "blocked"}]
    friends = await queries.befriend_all(work.connection, new)
    return [Change(each.user_id, f"contacts/{each.contact_user_id}", "CONTACT_CREATE", each) for each in friends]


contacts: Final = TableMapping[ImportedContact](
    "contacts",
    reads={"has_back": _has_back},
    refers={"user_id": ACCOUNT, "contact_user_id": ACCOUNT},
    make=one_by_one(_contact),
    store=_befriend,
    find=lambda here, ones, others: here.fetch(
        """
        SELECT user_id, contact_user_id FROM contacts
        WHERE user_id = ANY($1) AND contact_user_id = ANY($2) AND state = 'friend'
        """,
        ones,
        others,
    ),
    ids=("user_id", "contact_user_id"),
    became=attrgetter("contact_id"),
    keys=("created_at", "user_id", "contact_user_id"),
)


async def _requests(work: ImportWork, rows: list[SourceRow]) -> list[WholeRequest | None]:
    pairs = {_pair_of(each) for each in rows}
    await lock(work.connection, {person for pair in pairs for person in pair})
    states = await _states(work.connection, pairs)
    return [_request(each, states[_pair_of(each)]) for each in rows]


def _pair_of(row: SourceRow) -> Pair:
    return _pair(row.here["from_user_id"], row.here["to_user_id"])


def _request(row: SourceRow, states: set[str]) -> WholeRequest | None:
    """`states` are what the two are to each other, and become."""
    if row.here["from_user_id"] == row.here["to_user_id"]:
        row.leave("is to the same account")
        return None
    status = _status(row, are_friends="friend" in states)
    if status == "pending":
        if states & {"pending", "blocked"}:
            row.leave("the two have another pending request, or one blocks the other")
            return None
        states.add("pending")
    answered = None if status == "pending" else row["responded_at"] or row["created_at"]
    values = {"message": _message(row), "status": status, "responded_at": answered}
    return row.become(WholeRequest, is_by_email=True, **values)


def _status(row: SourceRow, *, are_friends: bool) -> str:
    status: str = row["status"]
    if status == "pending" and are_friends:
        row.change("was pending, but the two are friends")
        return "accepted"
    if status not in ("pending", "accepted", "rejected"):
        row.change("was neither pending, accepted nor rejected: now rejected", status)
        return "rejected"
    return status


def _message(row: SourceRow) -> str | None:
    message = (row["message"] or "").strip()
    if len(message) > MESSAGE_LENGTH:
        row.change(f"its message cut to {MESSAGE_LENGTH} characters", row["message"][MESSAGE_LENGTH:])
    return texts.cut(message, MESSAGE_LENGTH)


async def _store_requests(work: ImportWork, made: list[WholeRequest]) -> list[Change]:
    told = await queries.insert_requests(work.connection, made)
    return [
        Change(user, f"friend_requests/{each.id}", "FRIEND_REQUEST_CREATE", each)
        for each in told
        for user in (each.from_user_id, each.to_user_id)
    ]


requests: Final = TableMapping[WholeRequest](
    "friend_requests",
    reads={**read(Table.text, "message", "status"), "responded_at": Table.optional_moment},
    refers={"from_user_id": ACCOUNT, "to_user_id": ACCOUNT},
    make=_requests,
    store=_store_requests,
    find=lambda here, ids: here.fetch("SELECT id FROM friend_requests WHERE id = ANY($1)", ids),
)
