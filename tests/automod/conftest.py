"""The fixtures of the tests of automod."""

from tests.roles.conftest import ranks

__all__ = ["ranks"]
