"""The types that queries are written against.

A query takes a `Connection`; to share a transaction with others, pass the transaction's connection. If you pass the
`Database` (the pool) instead, the query runs alone, on any free connection. Code that keeps state between statements,
such as an advisory lock, takes a `OneConnection`, which the pool is not.
"""

from typing import TYPE_CHECKING, TypeAlias

import asyncpg

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Row: TypeAlias = asyncpg.Record
    Database: TypeAlias = asyncpg.Pool[asyncpg.Record]
    OneConnection: TypeAlias = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]
    Connection: TypeAlias = OneConnection | Database
else:
    Row = asyncpg.Record
    Database = asyncpg.Pool
    OneConnection = asyncpg.Connection
    Connection = asyncpg.Connection | asyncpg.Pool
