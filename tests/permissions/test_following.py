"""What a process knows of a server by following its log equals what it would read again, whatever was done.

Real actions of users with and without the right, in random order; the structure is kept once change by change, as live
connections do, and once by reading all changes at one time, as after an absence.
"""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from msgspec import Raw

from coterie.channels import actions as channels
from coterie.channels.models import ChannelChange, ChannelCreation
from coterie.database.connection import Database
from coterie.errors import CoterieError
from coterie.permissions import queries
from coterie.permissions.bits import DEFAULT, Permission
from coterie.permissions.cache import PermissionCache, structure_of
from coterie.permissions.context import ActionContext
from coterie.permissions.models import OverrideSetting, RoleChange, RoleCreation
from coterie.permissions.structure import MemberState, Structure
from coterie.roles import actions
from coterie.servers import actions as servers
from coterie.servers.models import ServerChange, ServerCreation

ROUNDS = 100
DEFAULTS = [int(DEFAULT), 2, int(DEFAULT | Permission.MANAGE_ROLES | Permission.MANAGE_CHANNELS)]

Operation = Callable[["Play"], Awaitable[Any]]


@dataclass
class Play:
    """A server, users of whom some are members, and a source of chance."""

    context: ActionContext
    server: UUID
    people: list[UUID]
    chance: random.Random
    known: Structure | None = None

    async def fresh(self) -> Structure:
        """As it is read, with everyone's standing in it."""
        [row] = await queries.structures(self.context.database, [self.server])
        structure = structure_of(row)
        for found in await queries.member_states(self.context.database, [(self.server, each) for each in self.people]):
            state = MemberState(found.position, found.is_member, frozenset(found.role_ids), found.timed_out_until)
            structure.remember(found.user_id, state)
        return structure

    async def follow(self, structure: Structure) -> None:
        """Take the changes since."""
        known = [(self.server, structure.position)]
        changes = (await queries.changes(self.context.database, known))[self.server]
        assert changes is not None
        for change in changes:
            structure.apply(change.position, change.key, change.data, is_removal=change.is_removal)

    @property
    def somebody(self) -> UUID:
        return self.chance.choice(self.people)

    @property
    def actor(self) -> UUID:
        """Often the owner, so that something happens."""
        assert self.known is not None, "it is set before anybody acts"
        return self.known.owner_id if self.chance.random() < 0.6 else self.somebody

    @property
    def bits(self) -> int:
        return self.chance.choice([1, 2, 1024, 2048, 3072, 8192, self.chance.randrange(32768)])

    async def any_of(self, table: str) -> UUID:
        """One of the server's roles, channels or overrides, or none that there is."""
        structure = await self.fresh()
        held: dict[str, dict[UUID, Any]] = {
            "roles": structure.roles,
            "channels": structure.channels,
            "overrides": structure.overrides,
        }
        return self.chance.choice(
            [*sorted(held[table]), *([uuid4()] if self.chance.random() < 0.1 else [])] or [uuid4()]
        )


async def make_role(play: Play) -> None:
    position = play.chance.choice([None, 1, 2, 5, 9])
    await actions.create_role(play.context, play.server, play.actor, RoleCreation("role", play.bits, None, position))


async def change_role(play: Play) -> None:
    change = RoleChange(permissions=play.bits, position=play.chance.choice([0, 1, 3, 7]))
    await actions.edit_role(play.context, play.server, await play.any_of("roles"), play.actor, change)


async def remove_role(play: Play) -> None:
    await actions.delete_role(play.context, play.server, await play.any_of("roles"), play.actor)


async def give_role(play: Play) -> None:
    await actions.give_role(play.context, play.server, await play.any_of("roles"), play.actor, play.somebody)


async def take_role(play: Play) -> None:
    await actions.take_role(play.context, play.server, await play.any_of("roles"), play.actor, play.somebody)


async def set_override(play: Play) -> None:
    allow = play.bits
    role = play.chance.choice([None, play.server, await play.any_of("roles")])
    setting = OverrideSetting(allow, play.bits & ~allow, role, None if role else play.somebody)
    await actions.set_override(play.context, await play.any_of("channels"), play.actor, setting)


async def remove_override(play: Play) -> None:
    structure = await play.fresh()
    if structure.overrides:
        override = play.chance.choice(sorted(structure.overrides.values(), key=lambda each: each.id))
        await actions.delete_override(play.context, override.channel_id, override.id, play.actor)


async def make_channel(play: Play) -> None:
    await channels.create(play.context, play.server, play.actor, ChannelCreation("channel", "text"))


async def change_channel(play: Play) -> None:
    channel = await play.any_of("channels")
    await channels.edit(play.context, play.server, channel, play.actor, ChannelChange(name="other"))


async def remove_channel(play: Play) -> None:
    await channels.delete(play.context, play.server, await play.any_of("channels"), play.actor)


async def change_default(play: Play) -> None:
    change = ServerChange(default_permissions=play.chance.choice(DEFAULTS))
    await servers.edit(play.context, play.server, play.actor, change)


async def hand_over(play: Play) -> None:
    await servers.hand_over(play.context, play.server, play.actor, play.somebody)


async def come_or_go(play: Play) -> None:
    operation = play.chance.choice([servers.join, servers.join, servers.leave])
    await operation(play.context, play.server, play.somebody)


OPERATIONS: list[Operation] = [
    make_role,
    change_role,
    remove_role,
    *[give_role] * 4,
    take_role,
    *[set_override] * 4,
    remove_override,
    *[make_channel] * 2,
    change_channel,
    remove_channel,
    change_default,
    hand_over,
    come_or_go,
]


@pytest.fixture
async def play(pool: Database, request: pytest.FixtureRequest) -> Play:
    chance = random.Random(request.param)
    people = [UUID(int=chance.getrandbits(128), version=4) for _ in range(5)]
    for number, person in enumerate(people):
        await pool.execute(
            """
            WITH opened AS (INSERT INTO topics (id, kind) VALUES ($1, 'user') RETURNING id)
            INSERT INTO users (id, username, created_at) SELECT id, $2, $3 FROM opened
            """,
            person,
            f"person_{number}",
            datetime.now(UTC),
        )
    context = ActionContext(pool, PermissionCache())
    server = await servers.create(pool, people[0], ServerCreation("Club", is_public=True))
    for person in people[1:4]:
        await servers.join(context, server.id, person)
    return Play(context, server.id, people, chance)


@pytest.mark.parametrize("play", range(3), indirect=True)
async def test_old_state_and_events_are_the_fresh_state(play: Play) -> None:
    step_by_step, at_once = await play.fresh(), await play.fresh()
    play.known, done = step_by_step, 0
    for _ in range(ROUNDS):
        try:
            await play.chance.choice(OPERATIONS)(play)
            done += 1
        except CoterieError:
            assert await stands_still(play, step_by_step)
        await play.follow(step_by_step)
        permissions(play, step_by_step)  # as connections ask all along: what is remembered too long would show
        encoded_overrides(step_by_step)
    await play.follow(at_once)
    fresh = await play.fresh()
    assert done > ROUNDS / 3, "most were refused, which would prove little"
    for kept in (step_by_step, at_once):
        assert (kept.position, kept.owner_id, kept.default) == (fresh.position, fresh.owner_id, fresh.default)
        assert kept.roles == fresh.roles
        assert kept.channels == fresh.channels
        assert kept.overrides == fresh.overrides
        assert encoded_overrides(kept) == encoded_overrides(fresh)
        assert permissions(play, kept) == permissions(play, fresh)


async def stands_still(play: Play, structure: Structure) -> bool:
    """A refused action leaves nothing in the log."""
    return (await play.fresh()).position == structure.position


def encoded_overrides(structure: Structure) -> dict[UUID, Raw | None]:
    """As READY has them, of each channel."""
    return {channel: structure.encoded_overrides_of(channel) for channel in structure.channels}


def permissions(play: Play, structure: Structure) -> dict[UUID, Any]:
    """Everyone's standing and permissions, in the server and in each channel."""
    return {
        person: (
            member_state.is_member,
            structure.rank(person, member_state) if member_state.is_member else None,
            structure.permissions(person, member_state) if member_state.is_member else None,
            {channel: structure.permissions_in(channel, person, member_state) for channel in structure.channels},
            structure.visible(person, member_state),
        )
        for person, member_state in ((person, structure.member_states[person]) for person in play.people)
    }
