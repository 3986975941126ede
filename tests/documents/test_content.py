"""The content of a document: what deltas make of it, wherever its pieces end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coterie.documents import content, deltas
from coterie.documents.content import Content
from coterie.documents.deltas import Delta


def test_it_works() -> None:
    one = Content("h\N{LATIN SMALL LETTER E WITH ACUTE}llo")
    one.apply((1, -1, "\N{GRINNING FACE}"))
    one.apply((5, "!"))
    assert (str(one), len(one)) == ("h\N{GRINNING FACE}llo!", 6)


@pytest.mark.parametrize("delta", [(9, "x"), (-9,), (2, -9), (3, "x", 3, -1)])
def test_what_reaches_beyond_the_text(delta: Delta) -> None:
    one = Content("hello")
    with pytest.raises(ValueError, match="beyond the text"):
        one.apply(delta)
    assert (str(one), len(one)) == ("hello", 5)


ops = st.one_of(st.integers(-12, 12).filter(bool), st.text("ab\N{GRINNING FACE}\0\n", min_size=1, max_size=20))


@given(st.text(max_size=40), st.lists(st.lists(ops, max_size=8), max_size=20), st.sampled_from([0, 1, 2, 4, 100]))
def test_it_does_what_deltas_do(text: str, steps: list[list[int | str]], many: int) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(content, "PIECE", 3)
        patched.setattr(content, "MANY", many)
        one = Content(text)
        for step in steps:
            delta = tuple(step)
            if deltas.required_length(delta) <= len(text):
                one.apply(delta)
                text = deltas.apply(text, delta)
            assert (str(one), len(one)) == (text, len(text))


def test_pieces_stay_small() -> None:
    """However a text grows, an edit copies no more than a few of them."""
    one = Content("x" * 100_000)
    one.apply((50_000, "y" * 300_000))
    for _ in range(1000):
        one.apply((60_000, "z" * 100))
    one.apply((10, -399_990, "w" * 99_000))
    assert max(map(len, one._pieces)) <= 2 * content.PIECE
    assert len(one._pieces) < 2 * len(one) / content.PIECE + 2


def test_it_reports_its_memory() -> None:
    text = "\N{GRINNING FACE}" * 1_000_000
    assert 0 <= Content(text).weight - 4 * len(text) < 10_000
    assert Content().weight >= content.BYTES


@given(st.text("ab\n", max_size=30), st.lists(st.one_of(st.integers(-4, 6).filter(bool), st.text("xy\n", max_size=4))))
def test_the_lines_of_a_change(text: str, steps: list[int | str]) -> None:
    """Each line with something new, or from which something is gone, and hardly any other."""
    delta = tuple(step for step in steps if step)
    if deltas.required_length(delta) > len(text):
        return
    after = Content(text).after(delta)
    changed = places_of(delta)
    lines, start = str(after).split("\n"), 0
    wanted, allowed = [], []
    for line in lines:
        end = start + len(line)
        if any(first < end and last > start for first, last in changed) or any(
            first == last and start < first < end for first, last in changed
        ):
            wanted.append(line)
        if any(first <= end and last >= start for first, last in changed):
            allowed.append(line)
        start = end + 1
    found = after.lines_of(delta).split("\n")
    assert set(wanted) <= set(found)
    assert set(found) <= {*allowed, ""}


def places_of(delta: Delta) -> list[tuple[int, int]]:
    """Where in the new text a delta has inserted or, between two places, deleted something."""
    at, places = 0, []
    for op in delta:
        if isinstance(op, int) and op > 0:
            at += op
            continue
        size = len(op) if isinstance(op, str) else 0
        places.append((at, at + size))
        at += size
    return places


def test_a_long_line_is_looked_at_around_a_change() -> None:
    text = Content("x" * 50_000 + "rascal" + "x" * 50_000)
    lines = text.lines_of((50_002, "s"))
    assert len(lines) < 3 * content.LINE
    assert "rascal" in lines
