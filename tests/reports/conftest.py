"""The fixtures of the tests of reports."""

from tests.roles.conftest import ranks

__all__ = ["ranks"]
