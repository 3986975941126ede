"""The instance and the users of `tests/account_deletion`, for those who take along what is theirs."""

from tests.account_deletion.conftest import instance, place

__all__ = ["instance", "place"]
