"""Every parser keeps what it owes: for the whole corpus, and for some inputs made from it.

`make fuzz` searches for as long as you like, and guided by what each input reaches.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as some

from tests.fuzzing.parsers import PARSERS

CORPUS: Final = Path(__file__).parent / "corpus"
EXAMPLES: Final = 60
LARGEST: Final = 100_000
"""Bytes of one input in the tree."""

SIGNS: Final = (b"\0", b"\n", b"\r\n", b'"', b"[", b"{", b"-1", b"9" * 30, b"\xff", b"\xed\xa0\x80", b"\\ud800", b"@")


def inputs(parser: str) -> list[bytes]:
    return [path.read_bytes() for path in sorted((CORPUS / parser).iterdir())]


def test_each_parser_has_a_small_corpus() -> None:
    assert {path.name for path in CORPUS.iterdir()} == PARSERS.keys()
    assert all(path.stat().st_size <= LARGEST for path in CORPUS.rglob("*"))


@pytest.mark.parametrize("parser", PARSERS)
def test_the_corpus(parser: str) -> None:
    for each in inputs(parser):
        PARSERS[parser](each)


@some.composite
def altered(draw: some.DrawFn, known: list[bytes]) -> bytes:
    """Pieces of two known inputs, with something hostile between them."""
    one, other = draw(some.sampled_from(known)), draw(some.sampled_from(known))
    end, start = draw(some.integers(0, len(one))), draw(some.integers(0, len(other)))
    return one[:end] + draw(some.sampled_from(SIGNS) | some.binary(max_size=8)) + other[start:]


@pytest.mark.parametrize("parser", PARSERS)
def test_what_is_like_the_corpus(parser: str) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(altered(inputs(parser)))
    def check(example: bytes) -> None:
        PARSERS[parser](example)

    check()


LONG: Final[dict[str, tuple[tuple[bytes, bytes, bytes], ...]]] = {
    "address": ((b"http://", b"a.", b""), (b"http://x/", b"%", b"")),
    "braid_headers": ((b"", b'"a", ', b'"b"'), (b"", b"a, ", b""), (b"\njson ", b" ", b""), (b"sha-256", b" ", b"")),
    "braid_patch": ((b"", b"a:b\r\n", b""), (b"", b"\r\n", b"")),
    "cursor": ((b"0" * 32 + b".", b"__", b""), (b"\n", b"a-", b""), (b"\n\n\n", b"W/,", b"")),
    "headers": ((b"http://", b"[", b""), (b"\n\n", b"a=b; ", b""), (b"\n\n", b'"\\', b""), (b"\n\nCookie", b" ", b"=")),
    "markup": (
        *((b"@", pump, b"") for pump in (b"a-", b"w", b"@", b"0a:", b"www.", b"`\\", b"> ", b">>> ", b"1.", b"\\`")),
        *((b"@\n", pump, b"") for pump in (b"```\n", b"- ```\n", b" \n", b"#", b"> \n", b"- a\n", b"~~~\n`", b"``\n")),
        (b"@", b" ", b"-"),
    ),
    "page": ((b"\n", b"<title>", b""), (b"\n", b"<meta ", b""), (b"\n", b'<meta a="', b""), (b"\n", b"<!--", b"")),
    "picture": ((b"\0\xff\xd8", b"\xff", b""), (b"\0\xff\xd8\xff\xda\0\2", b"\xff\0", b"")),
    "search": ((b"x\n", b"xy", b""), (b'"', b"a ", b'"\n'), (b"x\n", b"\xcc\x81", b"")),
    "text_patches": ((b"Patches: 9999\n", b"a:b\n", b""), (b"Content-Range: text [", b" ", b"")),
    "upload": ((b"", b" ", b""), (b"\x1aE\xdf\xa3", b"B\x82\x84", b"")),
}
"""For each parser: beginnings, pieces to repeat, and ends, on which reading could take more than linear time."""


@pytest.mark.parametrize(("parser", "parts"), [(name, parts) for name, many in LONG.items() for parts in many])
def test_time_grows_with_the_length(parser: str, parts: tuple[bytes, bytes, bytes]) -> None:
    """Eight times the length takes far less than the 64 times of quadratic reading."""
    beginning, piece, end = parts
    count = 8_000 // len(piece)
    short, long = (beginning + piece * (count * times) + end for times in (1, 8))
    assert quickest(PARSERS[parser], long) <= 30 * quickest(PARSERS[parser], short) + 0.005


def quickest(parser: Callable[[bytes], None], given: bytes) -> float:
    """Seconds of the processor, by the best of some runs."""
    found = []
    for _ in range(5):
        began = time.thread_time()
        parser(given)
        found.append(time.thread_time() - began)
    return min(found)
