"""Sending a part of an answer that does not end, to a client that may have stopped reading."""

import asyncio

from coterie.sync.exchange import Exchange
from coterie.sync.stream import SEND_SECONDS


async def sent(exchange: Exchange, body: bytes, *, is_last: bool = False) -> bool:
    """Send it. Who takes nothing for too long is cut off and answered False; they come again from where they were."""
    try:
        async with asyncio.timeout(SEND_SECONDS):
            await exchange.send(body, is_last=is_last)
    except TimeoutError:
        exchange.abort()
        return False
    return True
