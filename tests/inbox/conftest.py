"""What the tests of the inbox share."""

from tests.conversations.conftest import open_direct

__all__ = ["open_direct"]
