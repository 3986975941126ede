"""How two people are related, and whether one may send the other a friend request.

One statement reads all of it, even for a user who does not exist, so that a refusal costs the same whatever its reason.
It runs under the locks of both people's topics.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from coterie.database.connection import Connection
from coterie.friends.models import Circle

NOBODY: Final = UUID(int=0)
"""Used for a user who was not found."""


@dataclass(frozen=True, slots=True)
class Relationship:
    """How a user (`own`) and another (`theirs`) are related; `takes_from` is None if the other does not exist.

    `pending_*` are about the open request between them, in either direction.
    """

    takes_from: Circle | None
    own_state: Literal["friend", "blocked"] | None
    their_state: Literal["friend", "blocked"] | None
    friend_knows_email: bool
    shares_server: bool
    shares_friend: bool
    pending_id: UUID | None
    pending_from: UUID | None
    pending_by_email: bool
    declined_at: datetime | None

    @property
    def are_friends(self) -> bool:
        return self.own_state == "friend"

    @property
    def knows_email(self) -> bool:
        """Whether a request by address reveals nothing new."""
        return self.friend_knows_email or self.pending_by_email

    @property
    def takes_requests(self) -> bool:
        """Whether the other takes requests from this user, as far as the other's own choices decide."""
        if self.their_state == "blocked":
            return False
        return {
            None: False,
            "everyone": True,
            "servers": self.shares_server,
            "friends": self.shares_friend,
            "nobody": False,
        }[self.takes_from]

    def is_cooling_off(self, now: datetime, time: timedelta) -> bool:
        """Whether the other declined a request less than this time ago."""
        return self.declined_at is not None and now < self.declined_at + time


async def relationship_of(connection: Connection, one: UUID, other: UUID) -> Relationship:
    """How one user is related to another, who may be NOBODY."""
    row = await connection.fetchrow(
        """
        SELECT users.friend_requests_from AS takes_from, own.state AS own_state, theirs.state AS their_state,
               coalesce(own.knows_email, FALSE) AS friend_knows_email,
               EXISTS (SELECT FROM server_members AS mine
                       JOIN server_members AS yours ON yours.server_id = mine.server_id AND yours.user_id = pair.other
                       WHERE mine.user_id = pair.one) AS shares_server,
               EXISTS (SELECT FROM contacts AS mine
                       JOIN contacts AS yours
                           ON yours.user_id = mine.contact_user_id AND yours.contact_user_id = pair.other
                       WHERE mine.user_id = pair.one AND mine.state = 'friend' AND yours.state = 'friend')
                   AS shares_friend,
               pending.id AS pending_id, pending.from_user_id AS pending_from,
               coalesce(pending.is_by_email, FALSE) AS pending_by_email,
               (SELECT max(responded_at) FROM friend_requests
                WHERE from_user_id = pair.one AND to_user_id = pair.other AND status = 'rejected') AS declined_at
        FROM (SELECT $1::uuid AS one, $2::uuid AS other) AS pair
        LEFT JOIN users ON users.id = pair.other AND disabled_at IS NULL
        LEFT JOIN contacts AS own ON own.user_id = pair.one AND own.contact_user_id = pair.other
        LEFT JOIN contacts AS theirs ON theirs.user_id = pair.other AND theirs.contact_user_id = pair.one
        LEFT JOIN friend_requests AS pending
            ON least(pending.from_user_id, pending.to_user_id) = least(pair.one, pair.other)
            AND greatest(pending.from_user_id, pending.to_user_id) = greatest(pair.one, pair.other)
            AND pending.status = 'pending'
        """,
        one,
        other,
    )
    assert row is not None, "the pair is there even if nobody is"
    return Relationship(**row)
