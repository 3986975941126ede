"""Random servers, and a second evaluation of their rules: slow, plain, and written from their description alone."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from hypothesis import strategies as st

from coterie.permissions.bits import Permission
from coterie.permissions.models import Channel, Override, Role
from coterie.permissions.structure import LoggedServer, MemberState, Structure

SERVER: Final = UUID(int=1)
OWNER: Final = UUID(int=2)
NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)
ALL: Final = frozenset(Permission)

Bits = frozenset[Permission]


@dataclass(frozen=True)
class Exemption:
    """An override: `target` is a role, a member, or the server for everyone."""

    channel: UUID
    target: UUID
    allow: Bits
    deny: Bits


@dataclass(frozen=True)
class World:
    """A server by what decides permissions in it; `members` hold ids of roles, some of which do not exist."""

    default: Bits
    roles: dict[UUID, Bits]
    members: dict[UUID, frozenset[UUID]]
    channels: tuple[UUID, ...]
    overrides: tuple[Exemption, ...]

    @property
    def people(self) -> list[UUID]:
        """All members, and a user who is not one."""
        return [*self.members, UUID(int=999)]


def total(bits: Bits) -> int:
    return sum(int(bit) for bit in bits)


def evaluate(world: World, channel: UUID, person: UUID) -> Bits:
    """A user's permissions in a channel, step by step as docs/permissions.md describes them."""
    if person not in world.members:
        return frozenset()
    bits = at_large(world, person)
    if bits == ALL:
        return ALL
    here = [override for override in world.overrides if override.channel == channel]
    held = {role for role in world.members[person] if role in world.roles}
    for targets in ({SERVER}, held, {person}):
        concerned = [override for override in here if override.target in targets]
        for override in concerned:
            bits = bits - override.deny
        for override in concerned:
            bits = bits | override.allow
    return bits if Permission.VIEW_CHANNEL in bits else frozenset()


def at_large(world: World, person: UUID) -> Bits:
    """A member's permissions in the server."""
    if person == OWNER:
        return ALL
    bits = world.default
    for role in world.members[person]:
        bits = bits | world.roles.get(role, frozenset())
    return ALL if Permission.ADMINISTRATOR in bits else bits


def structure_of(world: World) -> tuple[Structure, dict[UUID, MemberState]]:
    """The same server as the application keeps it, and everyone's standing in it."""
    structure = Structure(SERVER, 1, LoggedServer(OWNER, total(world.default)))
    structure.add(
        *(Role(id, SERVER, "role", total(bits), None, 1, NOW) for id, bits in world.roles.items()),
        *(Channel(id, SERVER, "channel", "text", 0, None, None, NOW) for id in world.channels),
        *(_override(world, number, each) for number, each in enumerate(world.overrides)),
    )
    members = {user: MemberState(1, is_member=True, role_ids=roles) for user, roles in world.members.items()}
    return structure, {user: members.get(user, MemberState(1, is_member=False)) for user in world.people}


def _override(world: World, number: int, given: Exemption) -> Override:
    is_member = given.target in world.members
    role, user = (None, given.target) if is_member else (given.target, None)
    return Override(UUID(int=5000 + number), given.channel, role, user, total(given.allow), total(given.deny))


bits: Final = st.frozensets(st.sampled_from([each for each in Permission if each != Permission.ADMINISTRATOR]))
"""Without ADMINISTRATOR, beside which little else shows."""

role_bits: Final = st.one_of(bits, bits, bits, bits.map(lambda found: found | {Permission.ADMINISTRATOR}))


@st.composite
def worlds(draw: st.DrawFn) -> World:
    roles = {UUID(int=100 + number): draw(role_bits) for number in range(draw(st.integers(0, 4)))}
    held = st.frozensets(st.sampled_from([*roles, UUID(int=99)]))
    people = [OWNER, *(UUID(int=200 + number) for number in range(draw(st.integers(1, 3))))]
    members = {person: draw(held) for person in people}
    channels = tuple(UUID(int=300 + number) for number in range(draw(st.integers(1, 3))))
    targets = st.tuples(st.sampled_from(channels), st.sampled_from([SERVER, *roles, *people]))
    places = draw(st.lists(targets, unique=True, max_size=8))
    overrides = tuple(draw(override(channel, target)) for channel, target in places)
    return World(draw(bits), roles, members, channels, overrides)


@st.composite
def override(draw: st.DrawFn, channel: UUID, target: UUID) -> Exemption:
    allow = draw(bits)
    return Exemption(channel, target, allow, draw(bits) - allow)


def changed(world: World, number: int, *, allow: Bits, deny: Bits) -> World:
    """The world with other bits in one of its overrides."""
    found = list(world.overrides)
    found[number] = replace(found[number], allow=allow, deny=deny)
    return replace(world, overrides=tuple(found))
