"""Variants of a test: `make test` runs the hardest, `make test-all` all of them."""

from collections.abc import Iterator
from typing import Any

import pytest


def in_test_all(reason: str, *variants: Any) -> Iterator[Any]:
    """More values for `pytest.mark.parametrize`, which only `make test-all` tries; a tuple has one for each name."""
    for each in variants:
        values = each if isinstance(each, tuple) else (each,)
        yield pytest.param(*values, marks=pytest.mark.extended(reason))
