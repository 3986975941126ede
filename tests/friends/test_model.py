"""Any order of actions among three users, against a model of a few lines; and the log agrees with the tables."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coterie.database.connection import Database
from coterie.database.pool import open_pool
from coterie.errors import CoterieError
from coterie.friends import actions, queries, requests
from coterie.friends.actions import Friends
from coterie.friends.models import RequestCreation
from coterie.settings.record import Settings
from tests.conversations.accounts import make_account
from tests.patience import PATIENCE

KINDS: Final = ("ask", "accept", "decline", "cancel", "part", "block", "unblock")
PERSON: Final = st.integers(0, 2)
OPERATIONS: Final = st.lists(
    st.tuples(st.sampled_from(KINDS), PERSON, PERSON, st.integers(0, 5)).filter(
        lambda operation: operation[1] != operation[2]
    ),
    min_size=4,
    max_size=25,
)
Operation = tuple[str, int, int, int]


@dataclass
class Asked:
    """A request of the model; `is_gone` once a later one took its place."""

    sender: int
    recipient: int
    status: str = "pending"
    is_gone: bool = False


@dataclass
class Model:
    """What should hold. No time passes here, so a declined user can never ask again."""

    friends: set[frozenset[int]] = field(default_factory=set)
    blocks: set[tuple[int, int]] = field(default_factory=set)
    asked: list[Asked] = field(default_factory=list)

    def pending(self, one: int, other: int) -> Asked | None:
        pair = {one, other}
        return next(
            (each for each in self.asked if each.status == "pending" and {each.sender, each.recipient} == pair), None
        )

    def of(self, one: int, other: int, status: str) -> list[Asked]:
        """What the one asked the other, with this outcome."""
        return [
            each
            for each in self.asked
            if (each.sender, each.recipient, each.status, each.is_gone) == (one, other, status, False)
        ]

    def ask(self, one: int, other: int) -> str:
        if (one, other) in self.blocks:
            return "blocked_by_you"
        if frozenset((one, other)) in self.friends:
            return "already_friends"
        if found := self.pending(one, other):
            return "request_pending" if found.sender == one else self.accept(found)
        if (other, one) in self.blocks:
            return "nobody_to_ask"
        if self.of(one, other, "rejected"):
            return "cooling_off"
        for status in ("accepted", "cancelled"):
            for old in self.of(one, other, status):
                old.is_gone = True
        self.asked.append(Asked(one, other))
        return "pending"

    def accept(self, request: Asked) -> str:
        request.status = "accepted"
        self.friends.add(frozenset((request.sender, request.recipient)))
        return "accepted"

    def respond(self, who: int, request: Asked, *, accept: bool) -> str:
        are_friends = frozenset((request.sender, request.recipient)) in self.friends
        outcome = "accepted" if accept else "rejected"
        if request.is_gone or who not in (request.sender, request.recipient):
            return "not_found"
        if who == request.sender:
            return "not_the_recipient"
        if request.status == "pending":
            request.status = outcome
            return self.accept(request) if accept else outcome
        return outcome if request.status == outcome and are_friends == accept else "request_closed"

    def cancel(self, who: int, request: Asked) -> str:
        if request.is_gone or who not in (request.sender, request.recipient):
            return "not_found"
        if who == request.recipient:
            return "not_the_sender"
        if request.status == "pending":
            request.status = "cancelled"
        return "cancelled" if request.status == "cancelled" else "request_closed"

    def block(self, one: int, other: int) -> None:
        if (one, other) in self.blocks:
            return
        self.blocks.add((one, other))
        self.friends.discard(frozenset((one, other)))
        if found := self.pending(one, other):
            found.status = "cancelled" if found.sender == one else "rejected"


@dataclass
class World:
    """The same actions done for real, by three users who are new to each other."""

    friends: Friends
    people: list[UUID]
    requests: list[UUID] = field(default_factory=list)
    conversations: dict[frozenset[int], set[UUID]] = field(default_factory=dict)

    async def ask(self, one: int, other: int) -> str:
        outcome = await requests.ask(self.friends, self.people[one], RequestCreation(to_user_id=self.people[other]))
        if outcome.status == "pending" and outcome.success and outcome.request_id:
            self.requests.append(outcome.request_id)
        if outcome.conversation_id:
            self.met(one, other, outcome.conversation_id)
        return str(outcome.status if outcome.success else outcome.code)

    def met(self, one: int, other: int, conversation: UUID) -> None:
        self.conversations.setdefault(frozenset((one, other)), set()).add(conversation)

    async def respond(self, who: int, request: Asked, id: UUID, *, accept: bool) -> str:
        try:
            conversation = await requests.respond(self.friends, self.people[who], id, accept=accept)
        except CoterieError as error:
            return error.entry.code
        assert (conversation is not None) == accept
        if conversation:
            self.met(request.sender, request.recipient, conversation)
        return "accepted" if accept else "rejected"

    async def cancel(self, who: int, id: UUID) -> str:
        try:
            await requests.cancel(self.friends, self.people[who], id)
        except CoterieError as error:
            return error.entry.code
        return "cancelled"


async def done(model: Model, world: World, operation: Operation) -> None:
    """An action has the same outcome in the model and for real."""
    kind, one, other, number = operation
    mine, theirs = world.people[one], world.people[other]
    if kind == "ask":
        assert await world.ask(one, other) == model.ask(one, other)
    elif kind == "part":
        await actions.end_friendship(world.friends, mine, theirs)
        model.friends.discard(frozenset((one, other)))
    elif kind == "block":
        await actions.block(world.friends, mine, theirs)
        model.block(one, other)
    elif kind == "unblock":
        await actions.unblock(world.friends, mine, theirs)
        model.blocks.discard((one, other))
    elif number < len(world.requests):
        request, id = model.asked[-1 - number], world.requests[-1 - number]
        if kind == "cancel":
            assert await world.cancel(one, id) == model.cancel(one, request)
        else:
            accept = kind == "accept"
            found = await world.respond(one, request, id, accept=accept)
            assert found == model.respond(one, request, accept=accept)


async def check(model: Model, world: World) -> None:
    """The tables say what the model says, to each of the three; and the log says what the tables say."""
    for number, person in enumerate(world.people):
        friends = await queries.friends(world.friends.database, person)
        open_requests = await queries.pending(world.friends.database, person)
        blocks = await queries.blocks(world.friends.database, person)
        others = {world.people[other] for pair in model.friends if number in pair for other in pair - {number}}
        assert {friend.contact_user_id for friend in friends} == others
        assert {block.user_id for block in blocks} == {world.people[b] for a, b in model.blocks if a == number}
        waiting = [each for each in model.asked if each.status == "pending" and number in (each.sender, each.recipient)]
        assert len(open_requests) == len(waiting)
        keys = {f"contacts/{friend.id}": msgspec.to_builtins(friend) for friend in friends}
        keys |= {f"friend_requests/{request.id}": msgspec.to_builtins(request) for request in open_requests}
        assert {key: value for key, value in (await logged(world, person)).items() if "blocks" not in key} == keys
    assert all(len(found) == 1 for found in world.conversations.values()), "one conversation for each pair"


async def logged(world: World, person: UUID) -> dict[str, object]:
    rows = await world.friends.database.fetch(
        """
        SELECT key, data FROM changes WHERE topic_id = $1 AND NOT is_removal
            AND split_part(key, '/', 1) IN ('contacts', 'friend_requests', 'blocks')
        """,
        person,
    )
    return {row["key"]: msgspec.json.decode(row["data"]) for row in rows}


@settings(max_examples=25, deadline=PATIENCE * 1000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(operations=OPERATIONS)
async def test_any_order_of_actions(shared_database_url: str, operations: list[Operation]) -> None:
    pool: Database = await open_pool(Settings(database_url=shared_database_url, pool_size=2))
    try:
        world = World(Friends(pool, timedelta(days=7)), [await make_account(pool) for _ in range(3)])
        model = Model()
        for operation in operations:
            await done(model, world, operation)
        await check(model, world)
    finally:
        await pool.close()


@pytest.mark.parametrize("status", ["accepted", "rejected", "cancelled"])
def test_the_model_knows_each_outcome(status: str) -> None:
    """So that what is compared is not two times nothing."""
    model = Model()
    assert model.ask(0, 1) == "pending"
    [request] = model.asked
    if status == "cancelled":
        assert model.cancel(0, request) == status
    else:
        assert model.respond(1, request, accept=status == "accepted") == status
