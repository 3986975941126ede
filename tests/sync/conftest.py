"""What the tests of the gateway and the streams share."""

from tests.sync.braid_reader import follow

__all__ = ["follow"]
