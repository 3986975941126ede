"""The fixtures of the tests of polls."""

from tests.roles.conftest import ranks

__all__ = ["ranks"]
