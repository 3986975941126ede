"""The fixtures of the tests of permissions."""

from tests.roles.conftest import ranks
from tests.sync.braid_reader import follow

__all__ = ["follow", "ranks"]
