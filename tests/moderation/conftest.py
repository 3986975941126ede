"""The fixtures of the tests of moderation."""

from tests.roles.conftest import ranks

__all__ = ["ranks"]
