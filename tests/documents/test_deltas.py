"""The laws of deltas, on texts of any characters."""

from hypothesis import given
from hypothesis import strategies as some

from coterie.documents import authorship, deltas
from coterie.documents.deltas import Delta, Patch
from coterie.documents.differences import differences

LETTERS = some.text("abc😀e\u0301\r\nש\x00", max_size=4)
TEXTS = some.text("0123456789é👍", max_size=12)


@some.composite
def edits_of(draw: some.DrawFn, text: str) -> Delta:
    """Some delta on a text."""
    places = sorted(draw(some.lists(some.integers(0, len(text)), max_size=6)))
    pairs = zip(places[::2], places[1::2], strict=False)
    return deltas.of_patches([Patch(start, end, draw(LETTERS)) for start, end in pairs])


@given(some.data(), TEXTS)
def test_both_orders_come_to_the_same_text(data: some.DataObject, text: str) -> None:
    one, other = data.draw(edits_of(text)), data.draw(edits_of(text))
    left = deltas.apply(deltas.apply(text, one), deltas.transform(other, one))
    assert left == deltas.apply(deltas.apply(text, other), deltas.transform(one, other, is_first=True))


@given(some.data(), TEXTS)
def test_one_delta_does_what_two_do(data: some.DataObject, text: str) -> None:
    one = data.draw(edits_of(text))
    between = deltas.apply(text, one)
    other = data.draw(edits_of(between))
    assert deltas.apply(text, deltas.compose(one, other)) == deltas.apply(between, other)
    assert deltas.apply(text, deltas.compose_all([one, other])) == deltas.apply(between, other)


@given(some.data(), TEXTS)
def test_a_delta_in_parts(data: some.DataObject, text: str) -> None:
    whole = data.draw(edits_of(text))
    count = data.draw(some.integers(0, deltas.size(whole)))
    first, rest = deltas.split(whole, count)
    assert deltas.size(first) == count
    assert deltas.apply(deltas.apply(text, first), rest) == deltas.apply(text, whole)


@given(some.data(), TEXTS)
def test_patches_and_lengths(data: some.DataObject, text: str) -> None:
    delta = data.draw(edits_of(text))
    after = deltas.apply(text, delta)
    assert deltas.apply(text, deltas.of_patches(deltas.patches_of(delta))) == after
    assert len(after) == len(text) + deltas.growth(delta)
    assert all(0 <= deltas.moved(place, delta) <= len(after) for place in range(len(text) + 1))


@given(some.data(), TEXTS)
def test_each_code_point_has_its_edit(data: some.DataObject, text: str) -> None:
    spans: authorship.Spans = [(len(text), 1)] if text else []
    history = []
    for position in (2, 3, 4):
        delta = data.draw(edits_of(text))
        history.append((position, delta))
        text = deltas.apply(text, delta)
    together = authorship.follow(spans, history)
    for edit in history:
        spans = authorship.follow(spans, [edit])
    assert together == spans
    assert sum(length for length, _ in spans) == len(text)


@given(some.text("ab\n", max_size=30), some.text("ab\n", max_size=30))
def test_differences_lead_there(before: str, after: str) -> None:
    assert deltas.apply(before, deltas.of_patches(differences(before, after))) == after


def test_that_what_is_the_same_stays() -> None:
    before, after = "one\n\ntwo\n\nthree\n\nfour\n", "zero\n\none\n\nTwo\n\nthree\n\nfour"
    assert differences(before, after) == [Patch(0, 0, "zero\n\n"), Patch(5, 6, "T"), Patch(21, 22, "")]
    old, new = ("".join(f"{word} {number}\n\n" for number in range(1_000)) for word in ("old", "new"))
    assert differences(old, new) == [Patch(0, len(old) - len(" 999\n\n"), new.removesuffix(" 999\n\n"))]


def test_what_comes_at_one_place() -> None:
    """The edit that is moved goes to the left, so that text typed by one user stays together."""
    text = "()"
    ann, bob = deltas.of_patches([Patch(1, 1, "a")]), deltas.of_patches([Patch(1, 1, "b")])
    assert deltas.apply(deltas.apply(text, ann), deltas.transform(bob, ann, is_first=True)) == "(ba)"
