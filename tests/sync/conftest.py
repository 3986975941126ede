"""What the tests of the live doors share."""

from tests.sync.braid_reader import follow

__all__ = ["follow"]
