"""The types that queries are written against.

A query takes a `Connection`; one that must share a transaction with others is given the transaction's own. Handing it
the `Database` (the pool) instead runs it alone, on any free connection.
"""

from typing import TYPE_CHECKING, TypeAlias

import asyncpg

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Row: TypeAlias = asyncpg.Record
    Database: TypeAlias = asyncpg.Pool[asyncpg.Record]
    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record] | Database
else:
    Row = asyncpg.Record
    Database = asyncpg.Pool
    Connection = asyncpg.Connection | asyncpg.Pool
