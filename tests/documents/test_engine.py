"""The engine of a text: what it makes of deltas, and that what it refuses can be caught."""

import pytest

from coterie.documents.engine import Engine


def test_it_works() -> None:
    one, other = Engine("h\N{LATIN SMALL LETTER E WITH ACUTE}llo"), Engine("h\N{LATIN SMALL LETTER E WITH ACUTE}llo")
    steps = [one.apply((1, -1, "\N{GRINNING FACE}")), one.apply((5, "!"))]
    assert (str(one), len(one)) == ("h\N{GRINNING FACE}llo!", 6)
    other.take(steps)
    assert str(other) == str(one)


@pytest.mark.parametrize("updates", [[b"\x00"], [b"loro" + bytes(60)]])
def test_what_is_no_edit(updates: list[bytes]) -> None:
    with pytest.raises(ValueError, match=r"."):
        Engine("hello").take(updates)


def test_an_edit_whose_predecessor_is_missing() -> None:
    one = Engine()
    one.apply(("first",))
    with pytest.raises(ValueError, match="missing"):
        Engine().take([one.apply((5, "second"))])


@pytest.mark.parametrize("delta", [(9, "x"), (-9,), (2, -9)])
def test_what_reaches_beyond_the_text(delta: tuple[int | str, ...]) -> None:
    with pytest.raises(ValueError, match=r"."):
        Engine("hello").apply(delta)
