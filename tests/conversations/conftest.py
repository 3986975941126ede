"""The cast of conversations."""

from collections.abc import Awaitable, Callable

import pytest

from tests.conversations.opened import opened
from tests.people import Person
from tests.sync.braid_reader import follow

__all__ = ["follow"]

Open = Callable[[Person, Person], Awaitable[str]]


@pytest.fixture
def open_direct(shared_database_url: str) -> Open:
    """Opens the direct conversation of two people."""

    async def open(one: Person, other: Person) -> str:
        return await opened(shared_database_url, one, other)

    return open
