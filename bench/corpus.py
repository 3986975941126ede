"""Messages like those of users of many languages, always the same: words by Zipf's law in several scripts.

They also contain words of known frequency, so the expected results of a search are known.
"""

import itertools
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Final

VOCABULARY: Final = 30_000
RARE: Final = "kingfisher"
"""In one of 100,000 messages."""
UNCOMMON: Final = "lighthouse"
"""In one of 200 messages."""
COMMON: Final = "coffee"
"""In one of 5 messages."""
BYGONE: Final = "floppy"
"""In one of 4 messages, but only in the first fifth of the history."""
PHRASE: Final = "as far as anybody could tell"
"""In one of 10,000 messages."""
HAN_WORD: Final = "翠鸟"
"""A Chinese word of two characters, in one of 50,000 messages."""


def messages(count: int) -> Iterator[str]:
    """The given number of messages, oldest first; the same ones each time."""
    chance = random.Random(7)
    speakers = [_words(chance, *alphabet) for alphabet in ALPHABETS] + [_run(*script) for script in SPACELESS] + [_code]
    weights = list(itertools.accumulate(SHARES))
    for number in range(count):
        [speak] = chance.choices(speakers, cum_weights=weights)
        yield " ".join([speak(chance), *_known(number, count)])


def _known(number: int, count: int) -> list[str]:
    found = [word for word, every in EVERY if number % every == every // 2]
    return [*found, BYGONE] if number % 4 == 1 and number < count // 5 else found


EVERY: Final = [(RARE, 100_000), (UNCOMMON, 200), (COMMON, 5), (PHRASE, 10_000), (HAN_WORD, 50_000)]
ALPHABETS: Final = [
    ("bcdfghklmnprstvw", "aeiou", 11),
    ("bdfgklmnrstvz", "aeiouäöüßé", 10),
    ("бвгдзклмнпрстх", "аеиоуыяё", 9),
    ("بتجدرسشفقكلمنه", "اوي", 8),
]
"""Consonants, vowels, and the median number of words in a message."""
SPACELESS: Final = [(0x4E00, 3_000, 18), (0x3042, 80, 20), (0xAC00, 2_000, 16), (0x0E01, 46, 40)]
"""The first character of a script, the number in use, and the median number in a message."""
SHARES: Final = [45, 8, 12, 5, 12, 5, 4, 4, 5]


def _words(chance: random.Random, consonants: str, vowels: str, length: int) -> Callable[[random.Random], str]:
    syllables = [consonant + vowel for consonant in consonants for vowel in vowels]
    vocabulary = ["".join(chance.choices(syllables, k=1 + rank.bit_length() // 4)) for rank in range(VOCABULARY)]
    weights = _zipf(VOCABULARY)
    return lambda chance: " ".join(chance.choices(vocabulary, cum_weights=weights, k=_about(chance, length))) + "."


def _run(first: int, size: int, length: int) -> Callable[[random.Random], str]:
    characters, weights = [chr(first + place * 3 % size) for place in range(size)], _zipf(size)
    return lambda chance: "".join(chance.choices(characters, cum_weights=weights, k=_about(chance, length))) + "。"


def _code(chance: random.Random) -> str:
    return f"see `getUser_{chance.randrange(5_000)}(id)` at https://example.org/issues/{chance.randrange(100_000)}"


def _zipf(size: int) -> Sequence[float]:
    return list(itertools.accumulate(1 / (rank + 2) for rank in range(size)))


def _about(chance: random.Random, middle: int) -> int:
    return max(1, round(chance.lognormvariate(0, 0.6) * middle))
