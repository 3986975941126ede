"""What the tests of notifications share."""

from tests.sync.braid_reader import follow

__all__ = ["follow"]
