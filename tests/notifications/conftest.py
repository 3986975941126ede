"""What the tests of notifications share."""

from tests.conversations.conftest import open_direct
from tests.sync.braid_reader import follow

__all__ = ["follow", "open_direct"]
