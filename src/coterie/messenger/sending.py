"""Send a part of a response that does not end, to a client that may have stopped reading."""

import asyncio

from coterie.sync.endless_response import SEND_SECONDS
from coterie.sync.exchange import Exchange


async def sent(exchange: Exchange, body: bytes, *, is_last: bool = False) -> bool:
    """Send it. A client that takes nothing for too long is cut off, and False is returned; it can resume later."""
    try:
        async with asyncio.timeout(SEND_SECONDS):
            await exchange.send(body, is_last=is_last)
    except TimeoutError:
        exchange.abort()
        return False
    return True
