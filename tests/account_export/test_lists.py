"""The statement of each list fits the schema, and reads rows in an order that two exports share."""

from uuid import uuid4

import pytest

from coterie.account_export.lists import LISTS, AccountList
from coterie.database.connection import Database


@pytest.mark.parametrize("each", LISTS, ids=lambda each: each.name)
async def test_a_list_can_be_read_and_has_an_order(pool: Database, each: AccountList) -> None:
    assert await pool.fetch(each.sql, uuid4()) == []
    assert "ORDER BY" in each.sql
