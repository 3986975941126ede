"""The one evaluation of permissions, against a second one and against the laws that both must keep."""

from dataclasses import replace
from uuid import UUID

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from coterie.permissions.bits import EVERY, Permission
from tests.permissions.worlds import OWNER, World, at_large, bits, changed, evaluate, structure_of, total, worlds

law = settings(max_examples=60, deadline=None)

Told = dict[tuple[UUID, UUID], Permission]


def told(world: World) -> Told:
    """Everyone's permissions everywhere, according to the application."""
    structure, member_states = structure_of(world)
    return {
        (person, channel): structure.permissions_in(channel, person, member_states[person])
        for person in world.people
        for channel in world.channels
    }


def assert_nothing_is_lost(before: World, after: World) -> None:
    earlier, later = told(before), told(after)
    lost = {place: earlier[place] & ~later[place] for place in earlier if earlier[place] & ~later[place]}
    assert not lost


@law
@given(worlds())
def test_both_evaluations_agree(world: World) -> None:
    assert told(world) == {
        (person, channel): Permission(total(evaluate(world, channel, person)))
        for person in world.people
        for channel in world.channels
    }


@law
@given(worlds())
def test_they_agree_at_large_and_on_what_is_visible(world: World) -> None:
    structure, member_states = structure_of(world)
    for person in world.members:
        assert structure.permissions(person, member_states[person]) == total(at_large(world, person))
    for person in world.people:
        seen = {channel for channel in world.channels if evaluate(world, channel, person)}
        assert structure.visible(person, member_states[person]) == seen


@law
@given(worlds(), st.data())
def test_an_allowance_takes_nothing(world: World, data: st.DataObject) -> None:
    assume(world.overrides)
    number = data.draw(st.integers(0, len(world.overrides) - 1))
    held = world.overrides[number]
    more = held.allow | (data.draw(bits) - held.deny)
    assert_nothing_is_lost(world, changed(world, number, allow=more, deny=held.deny))


@law
@given(worlds(), st.data())
def test_to_deny_less_takes_nothing(world: World, data: st.DataObject) -> None:
    assume(world.overrides)
    number = data.draw(st.integers(0, len(world.overrides) - 1))
    held = world.overrides[number]
    assert_nothing_is_lost(world, changed(world, number, allow=held.allow, deny=held.deny - data.draw(bits)))


@law
@given(worlds(), st.data())
def test_a_stronger_role_or_default_takes_nothing(world: World, data: st.DataObject) -> None:
    more = data.draw(bits)
    assert_nothing_is_lost(world, replace(world, default=world.default | more))
    assume(world.roles)
    role = data.draw(st.sampled_from(sorted(world.roles)))
    assert_nothing_is_lost(world, replace(world, roles={**world.roles, role: world.roles[role] | more}))


@law
@given(worlds())
def test_owners_and_administrators_stand_on_top(world: World) -> None:
    for (person, _), permissions in told(world).items():
        if person == OWNER or (person in world.members and Permission.ADMINISTRATOR in at_large(world, person)):
            assert permissions == EVERY


@law
@given(worlds())
def test_without_the_right_to_view_there_is_no_other(world: World) -> None:
    for (person, _), permissions in told(world).items():
        assert not permissions or permissions & Permission.VIEW_CHANNEL
        assert person in world.members or not permissions


@law
@given(worlds(), st.data())
def test_what_is_forgotten_counts_for_nothing(world: World, data: st.DataObject) -> None:
    """A removed role changes nothing for members that still name it, and neither do its overrides."""
    assume(world.roles)
    gone = data.draw(st.sampled_from(sorted(world.roles)))
    structure, member_states = structure_of(world)
    structure.apply(2, f"roles/{gone}", "{}", is_removal=True)
    roles = {id: held for id, held in world.roles.items() if id != gone}
    without = replace(world, roles=roles)
    for person in world.people:
        for channel in world.channels:
            expected = total(evaluate(without, channel, person))
            assert structure.permissions_in(channel, person, member_states[person]) == expected
