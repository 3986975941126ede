"""Notifications that are too long for PostgreSQL, cut and joined."""

import random

from coterie.log.parts import INCOMPLETE_LIMIT, LIMIT, Joiner, cut


def test_what_fits_stays_whole() -> None:
    for payload in ('{"type":"X"}', "x" * LIMIT):
        assert cut(payload) == [payload]
        assert Joiner().take(payload) == payload


def test_what_does_not_fit_is_joined_again() -> None:
    payload = '{"data":"' + "é☃" * 20_000 + '"}'
    pieces = cut(payload)
    assert len(pieces) > 2
    assert all(len(piece.encode()) < 8_000 for piece in pieces)
    random.shuffle(pieces)
    joiner = Joiner()
    joined = [joiner.take(piece) for piece in pieces]
    assert joined == [None] * (len(pieces) - 1) + [payload]


def test_bytes_count_and_not_characters() -> None:
    assert len(cut("☃" * 3_000)) > 1


def test_what_is_never_whole_makes_room() -> None:
    joiner = Joiner()
    for _ in range(INCOMPLETE_LIMIT * 2):
        joiner.take(cut("x" * 20_000)[0])
    assert len(joiner._incomplete) <= INCOMPLETE_LIMIT
